/* Hot: running automata. */
#include "lib/match/automaton_inner.h"

#define AHEAD 64 /* bytes that are looked at where a match may begin */

/* Whether $ holds before text[i]. */
static bool end_before(struct rf_str text, size_t i)
{
    return i == text.n || (i + 1 == text.n && text.p[i] == '\n');
}

static bool ends(const struct rf_automaton *x, uint64_t at, struct rf_str text, size_t i)
{
    at &= x->ending;
    if (!at || (at & x->last[0]))
        return at;
    if (i + 1 < text.n && !(at & x->last[RF_STEP_EDGE]))
        return false;
    bool end = end_before(text, i);
    if (end && (at & x->last[2]))
        return true;
    at &= x->last[RF_STEP_EDGE] | (end ? x->last[3] : 0);
    return at && rf_edge_before(text, i);
}

/* Those of `some` that a match which begins at text[i] may begin with. */
static inline uint64_t first_at(const struct rf_automaton *x, uint64_t some,
                                struct rf_str text, size_t i)
{
    uint64_t first = some & (x->first[0] | (i ? 0 : x->first[2]));
    uint64_t edged = some & (x->first[RF_STEP_EDGE] | (i ? 0 : x->first[3]));
    return edged && rf_edge_before(text, i) ? first | edged : first;
}

static inline bool begins(const struct rf_automaton *x, unsigned char c)
{
    return x->begins[c / 64] >> (c % 64) & 1;
}

/* Where a match may begin next, from text[i] on. */
static inline size_t next_begin(const struct rf_automaton *x, struct rf_str text,
                                size_t i)
{
    if (x->only && i < text.n) {
        const char *at = memchr(text.p + i, x->only, text.n - i);
        return at ? (size_t)(at - text.p) : text.n;
    }
    while (i < text.n && !begins(x, (unsigned char)text.p[i]))
        i++;
    return i;
}

/* How many of eight bytes begin a character, if all of them are beyond ASCII, or 8. */
static inline unsigned eight_begin(const char *p)
{
    const uint64_t high = UINT64_C(0x8080808080808080);
    uint64_t v;
    memcpy(&v, p, sizeof v);
    if ((v & high) != high)
        return 8;
    return (unsigned)(((v & v << 1 & high) >> 7) * UINT64_C(0x0101010101010101) >> 56);
}

/* Pass over up to `most` characters of that class from text[*i] on, as far as text[end];
 * returns how many. */
static unsigned run_of(const struct rf_automaton *x, unsigned class, unsigned most,
                       struct rf_str text, size_t end, size_t *i)
{
    bool beyond = x->class_of[RF_BEYOND] == class;
    unsigned n = 0, some;
    size_t k = *i;
    while (k < end && n < most) {
        if (beyond && most - n >= 8 && end - k >= 8 &&
            (some = eight_begin(text.p + k)) < 8) {
            n += some;
            k += 8;
            continue;
        }
        if (!rf_goes_on((unsigned char)text.p[k])) {
            if (x->class_of[rf_char_at(text, k)] != class)
                break;
            n++;
        }
        k++;
    }
    while (k < text.n && rf_goes_on((unsigned char)text.p[k]))
        k++;
    *i = k;
    return n;
}

/* Where matches are whole texts. */
static bool in_whole(const struct rf_automaton *x, struct rf_str text)
{
    size_t end = text.n - (text.n && text.p[text.n - 1] == '\n'), i = 0;
    uint64_t at = 0;
    for (;;) {
        if (i >= end && ends(x, at, text, i))
            return true;
        if (i == text.n)
            return false;
        unsigned class = x->class_of[rf_char_at(text, i)];
        if ((at & x->runs[class]) && !(at & (at - 1)) && i < end) {
            unsigned place = (unsigned)__builtin_ctzll(at);
            unsigned most = (unsigned)__builtin_ctzll(~(x->runs[class] >> place));
            at <<= run_of(x, class, most, text, end, &i);
            continue;
        }
        uint64_t some = x->want[class];
        at = i ? rf_behind(x, at, text, i) & some : first_at(x, some, text, i);
        if (!at)
            return false;
        i = rf_past(text, i);
    }
}

bool rf_automaton_in(const struct rf_automaton *x, struct rf_str text)
{
    if (x->runs)
        return in_whole(x, text);
    uint64_t at = 0;
    for (size_t i = 0; i < text.n;) {
        uint64_t some = rf_want(x, text, i),
                 next = at ? rf_behind(x, at, text, i) & some : 0;
        at = next | (i && !x->open ? 0 : first_at(x, some, text, i));
        if (!at && !x->open)
            return false;
        i = rf_past(text, i);
        if (ends(x, at, text, i))
            return true;
        if (!at)
            i = next_begin(x, text, i);
    }
    return false;
}

bool rf_automaton_at(const struct rf_automaton *x, struct rf_str text, size_t at)
{
    size_t stop = text.n - at < AHEAD ? text.n : at + AHEAD, i = at;
    if (i == text.n)
        return false;
    uint64_t now = first_at(x, rf_want(x, text, i), text, i);
    for (;;) {
        if (!now)
            return false;
        i = rf_past(text, i);
        if (ends(x, now, text, i))
            return true;
        if (i >= stop)
            return i < text.n;
        now = rf_behind(x, now, text, i) & rf_want(x, text, i);
    }
}

static bool all_ascii(struct rf_str text)
{
    uint64_t some = 0, v;
    size_t i = 0;
    for (; i + sizeof v <= text.n; i += sizeof v) {
        memcpy(&v, text.p + i, sizeof v);
        some |= v;
    }
    for (; i < text.n; i++)
        some |= (uint64_t)(unsigned char)text.p[i];
    return !(some & UINT64_C(0x8080808080808080));
}

bool rf_automaton_exact(const struct rf_automaton *x, struct rf_str text)
{
    return x->complete && (x->beyond || all_ascii(text));
}
