/* Small regexes, texts that may match them, and how an automaton is held against PCRE2.
 * All choices are bytes of a source: a fuzzer's input, or random ones. */
#ifndef TESTS_MATCH_REGEX_SOURCE_H
#define TESTS_MATCH_REGEX_SOURCE_H

#include "lib/match/automaton.h"
#include "lib/match/regex_ask.h"
#include "tests/unit/match/oracle.h"

struct source {
    const uint8_t *p;
    size_t n;
};

static inline unsigned choose(struct source *s, unsigned of)
{
    if (s->n == 0)
        return 0;
    s->n--;
    return *s->p++ % of;
}

#define CHOOSE(s, list) (list)[choose((s), sizeof(list) / sizeof *(list))]

static const char *const source_chars[] = {"a",  "b",        "K",
                                           "k",  "s",        "S",
                                           "_",  "1",        "0",
                                           " ",  "-",        "\n",
                                           ".",  "!",        "é",
                                           "É",  "ß",        "ſ",
                                           "K",  "快",       "号",
                                           "ａ", "\xc2\xa0", "\xe3\x80\x80",
                                           "٣",  "Ω",        "\xf0\x9f\x98\x80",
                                           "ж"};

static inline void source_piece(struct source *s, struct rf_buf *p, int depth);

static inline void source_regex(struct source *s, struct rf_buf *p, int depth)
{
    unsigned branches = choose(s, 4) ? 1 : 1 + choose(s, 3);
    for (unsigned b = 0; b < branches; b++) {
        rf_buf_addz(p, b ? "|" : "");
        for (unsigned i = choose(s, 5); i; i--)
            source_piece(s, p, depth);
    }
}

static inline void source_class(struct source *s, struct rf_buf *p)
{
    static const char *const more[] = {"a-c",       "\\s", "\\d", "\\W",
                                       "\\w",       "0-9", "A-Z", "à-ö",
                                       "[:alpha:]", "\\h", "\\S", "\\x{e0}-\\x{3000}"};
    rf_buf_addz(p, choose(s, 3) ? "[" : "[^");
    for (unsigned i = 1 + choose(s, 3); i; i--) {
        const char *c = choose(s, 2) ? CHOOSE(s, source_chars) : CHOOSE(s, more);
        rf_buf_printf(p, "%s%s", *c == '-' ? "\\" : "", c);
    }
    rf_buf_addc(p, ']');
}

static inline void source_piece(struct source *s, struct rf_buf *p, int depth)
{
    static const char *const odd[] = {
        ".",         "\\s",  "\\S",   "\\d",    "\\w",      "\\W",    "\\b",   "\\b",
        "^",         "$",    "\\A",   "\\z",    "\\Z",      "\\B",    "(?i)",  "(?-i)",
        "(?m)",      "(?s)", "(?-s)", "\\K",    "\\R",      "\\X",    "(?=a)", "(?<!a)",
        "\\x{212a}", "\\N",  "\\h",   "\\p{L}", "(?<=\\s)", "\\Q.\\E"};
    static const char *const heads[] = {"(?:", "(",   "(?i:",  "(?>",  "(?|",
                                        "(?=", "(?!", "(?-i:", "(?m:", "(?^:"};
    static const char *const repeats[] = {"?",     "*",   "+",    "{2}",    "{1,3}",
                                          "{0,2}", "{0}", "{2,}", "??",     "*?",
                                          "++",    "?+",  "{30}", "{0,40}", "{1,2}+"};
    unsigned kind = choose(s, 12);
    if (kind < 2 && depth > 0) {
        rf_buf_addz(p, heads[choose(s, choose(s, 3) ? 3 : 10)]);
        source_regex(s, p, depth - 1);
        rf_buf_addc(p, ')');
    } else if (kind < 4) {
        source_class(s, p);
    } else if (kind < 7) {
        rf_buf_addz(p, CHOOSE(s, odd));
    } else {
        const char *c = CHOOSE(s, source_chars);
        rf_buf_printf(p, "%s%s", *c == '.' ? "\\" : "", c);
    }
    if (choose(s, 4) == 0)
        rf_buf_addz(p, CHOOSE(s, repeats));
}

/* Characters, with now and then some more of the same. */
static inline void source_text(struct source *s, struct rf_buf *t)
{
    unsigned ascii = choose(s, 2);
    for (unsigned i = choose(s, 16); i; i--) {
        const char *c = ascii ? source_chars[choose(s, 14)] : CHOOSE(s, source_chars);
        unsigned times = choose(s, 8) ? 1 : 1 + choose(s, 40);
        while (times--)
            rf_buf_addz(t, c);
    }
}

/* How often automata were held against PCRE2, and were all that was needed. */
struct tally {
    size_t asked, exact, yes;
};

/* Whether x says of text what the pattern re, of that text, does: *t is counted on. */
static inline bool source_agree(const struct rf_automaton *x, const pcre2_code *re,
                                struct rf_str pattern, struct rf_str text,
                                struct tally *t)
{
    size_t begin = 0, end = 0;
    int want = oracle_match(re, text, &begin, &end);
    if (want < 0)
        return true; /* PCRE2 does not know */
    bool in = rf_automaton_in(x, text), exact = rf_automaton_exact(x, text);
    t->asked++;
    t->exact += exact;
    t->yes += exact && want;
    bool moved = memmem(pattern.p, pattern.n, "\\K", 2); /* the begin told */
    return (!want || in) && (!exact || in == want) &&
           (!want || moved || rf_automaton_at(x, text, begin));
}

#endif
