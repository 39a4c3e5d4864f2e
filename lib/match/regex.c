/* Cold: rule loading. */
#include "lib/match/regex.h"

#include <unicode/uset.h>

#include "lib/match/regex_lex.h"

static void class_chars(struct rf_str pattern, const struct rf_token *t,
                        rf_regex_char_fn *fn, void *arg)
{
    enum rf_regex_place place = t->negated ? RF_REGEX_NEGATED_CLASS : RF_REGEX_CLASS;
    struct rf_class_lex c;
    struct rf_class_item item;
    rf_class_lex_init(&c, pattern, t->inner);
    while (rf_class_lex_next(&c, &item)) {
        if (item.known && item.lo == item.hi)
            fn(arg, item.lo, t->caseless, item.at, place);
    }
}

bool rf_regex_literal_chars(struct rf_str pattern, bool caseless, rf_regex_char_fn *fn,
                            void *arg)
{
    struct rf_regex_lex l;
    rf_regex_lex_init(&l, pattern, caseless);
    for (;;) {
        struct rf_token t = rf_regex_lex_next(&l);
        if (t.kind == RF_TOK_END || t.kind == RF_TOK_GIVE_UP)
            return t.kind == RF_TOK_END;
        if (t.kind == RF_TOK_CHAR)
            fn(arg, t.cp, t.caseless, t.at, RF_REGEX_CHAR);
        else if (t.kind == RF_TOK_CLASS)
            class_chars(pattern, &t, fn, arg);
    }
}

size_t rf_regex_levels(struct rf_str pattern)
{
    struct rf_regex_lex l;
    enum rf_token_kind before = RF_TOK_END;
    size_t levels = 1;
    rf_regex_lex_init(&l, pattern, false);
    for (;;) {
        struct rf_token t = rf_regex_lex_next(&l);
        bool repeated = t.kind == RF_TOK_REPEAT && t.max > 1;
        if (t.kind == RF_TOK_END)
            return levels;
        if (t.kind == RF_TOK_GIVE_UP || t.kind == RF_TOK_UNKNOWN || t.unsure ||
            (repeated && (before == RF_TOK_CLOSE || before == RF_TOK_REPEAT)))
            return SIZE_MAX;
        levels += t.kind == RF_TOK_OPEN || t.kind == RF_TOK_REPEAT;
        before = t.kind;
    }
}

size_t rf_regex_case_variants(uint32_t cp, uint32_t out[RF_CASE_VARIANTS])
{
    size_t n = 0;
    out[n++] = cp;
    USet *set = uset_open((UChar32)cp, (UChar32)cp);
    uset_closeOver(set, USET_CASE_INSENSITIVE);
    int32_t items = uset_getItemCount(set);
    for (int32_t i = 0; i < items; i++) {
        UChar32 lo, hi;
        UErrorCode status = U_ZERO_ERROR;
        if (uset_getItem(set, i, &lo, &hi, NULL, 0, &status) != 0 || U_FAILURE(status))
            continue; /* a string: PCRE2 folds single characters only */
        for (UChar32 c = lo; c <= hi && n < RF_CASE_VARIANTS; c++)
            if ((uint32_t)c != cp)
                out[n++] = (uint32_t)c;
    }
    uset_close(set);
    return n;
}
