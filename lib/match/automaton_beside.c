/* What may stand beside a literal that begins a match: told cold, asked hot. */
#include "lib/base/utf8.h"
#include "lib/match/automaton_inner.h"

/* What a place may be beside: the text's end, or a character of one of these. */
enum rf_neighbor {
    END,
    LETTER,
    DIGIT,
    SPACE,
    BREAK,
    SIGN,
    WORD_BEYOND,
    BEYOND,
    NEIGHBORS
};

static const enum rf_word words[NEIGHBORS] = {[LETTER] = RF_WORD,
                                              [DIGIT] = RF_WORD,
                                              [WORD_BEYOND] = RF_WORD,
                                              [BEYOND] = RF_WORD_UNKNOWN};

/* That text[i] is part of, or the end. */
static inline enum rf_neighbor neighbor_at(struct rf_str text, size_t i)
{
    if (i >= text.n)
        return END;
    unsigned c = rf_char_at(text, i), letter = (c | 0x20) - 'a', digit = c - '0';
    if (c == RF_BEYOND)
        return rf_word_beyond(text, i) == RF_WORD ? WORD_BEYOND : BEYOND;
    return letter < 26 || c == '_' ? LETTER
           : digit < 10            ? DIGIT
           : c == ' ' || c == '\t' ? SPACE
           : c == '\n'             ? BREAK
                                   : SIGN;
}

bool rf_automaton_stands(struct rf_beside b, struct rf_str text, size_t begin, size_t end)
{
    return (b.before == RF_BESIDE_ANY ||
            b.before >> neighbor_at(text, begin ? begin - 1 : text.n) & 1) &&
           (b.behind == RF_BESIDE_ANY || b.behind >> neighbor_at(text, end) & 1);
}

/* ---- cold ---- */

/* By kind, the places that take some character of it. */
struct wanted {
    uint64_t by[NEIGHBORS];
};

static struct wanted wanted_by(const struct rf_automaton *x)
{
    struct wanted w = {0};
    for (unsigned c = 0; c < RF_BEYOND; c++) {
        char byte = (char)c;
        w.by[neighbor_at(rf_str(&byte, 1), 0)] |= x->want[x->class_of[c]];
    }
    w.by[WORD_BEYOND] = w.by[BEYOND] = x->want[x->class_of[RF_BEYOND]];
    return w;
}

/* Those reached by the literal's first character behind that neighbor. */
static uint64_t first(const struct rf_automaton *x, struct rf_str s,
                      enum rf_neighbor before)
{
    bool edge = rf_edge_between(words[before], rf_word_at(s, 0)), end = before == END;
    return rf_want(x, s, 0) & (x->first[0] | (edge ? x->first[RF_STEP_EDGE] : 0) |
                               (end ? x->first[2] : 0) | (edge && end ? x->first[3] : 0));
}

/* Whether a match may end with those places, where `edge` says so and a line may end. */
static bool ends(const struct rf_automaton *x, uint64_t at, bool edge, bool line)
{
    return at & (x->last[0] | (edge ? x->last[RF_STEP_EDGE] : 0) |
                 (line ? x->last[2] : 0) | (edge && line ? x->last[3] : 0));
}

/* What may stand behind the literal if all of it leads to those places. */
static uint8_t beyond_all(const struct rf_automaton *x, const struct wanted *w,
                          uint64_t at, struct rf_str s)
{
    uint8_t some = 0;
    for (enum rf_neighbor k = END; k < NEIGHBORS; k++) {
        bool edge = rf_edge_between(rf_word_at(s, s.n - 1), words[k]);
        uint64_t next = 0;
        for (uint64_t left = at; left; left &= left - 1) {
            unsigned place = (unsigned)__builtin_ctzll(left);
            next |= x->then[place];
            if (edge && (x->edged >> place & 1))
                next |= x->then[x->n + place];
        }
        if (ends(x, at, edge, k == END || k == BREAK) || (k != END && (next & w->by[k])))
            some |= (uint8_t)(1u << k);
    }
    return some;
}

/* What may stand behind the literal if that neighbor is before it. */
static uint8_t behind_literal(const struct rf_automaton *x, const struct wanted *w,
                              struct rf_str s, enum rf_neighbor before)
{
    uint64_t at = first(x, s, before);
    for (size_t i = rf_past(s, 0); at && i < s.n; i = rf_past(s, i)) {
        if (ends(x, at, rf_edge_before(s, i), s.p[i] == '\n'))
            return RF_BESIDE_ANY;
        at = rf_behind(x, at, s, i) & rf_want(x, s, i);
    }
    return at ? beyond_all(x, w, at, s) : 0;
}

struct rf_beside rf_automaton_beside(const struct rf_automaton *x, struct rf_str literal)
{
    struct rf_beside b = {0};
    if (literal.n == 0 || !rf_utf8_valid(literal))
        return (struct rf_beside){RF_BESIDE_ANY, RF_BESIDE_ANY};
    struct wanted w = wanted_by(x);
    for (enum rf_neighbor k = END; k < NEIGHBORS; k++) {
        uint8_t behind = behind_literal(x, &w, literal, k);
        b.before |= (uint8_t)((behind != 0) << k);
        b.behind |= behind;
    }
    return b;
}
