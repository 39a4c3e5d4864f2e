/* Steps of an automaton over a text: what running it and looking beside a literal share.
 * Private to automaton*.c. */
#ifndef RF_MATCH_AUTOMATON_INNER_H
#define RF_MATCH_AUTOMATON_INNER_H

#include "lib/match/automaton.h"

#define RF_BEYOND 128 /* as a character */

static inline bool rf_goes_on(unsigned char c)
{
    return (c & 0xC0) == 0x80;
}

/* Whether what stands there is part of a word, as \b sees it. */
enum rf_word { RF_NO_WORD, RF_WORD, RF_WORD_UNKNOWN };

static inline unsigned rf_char_at(struct rf_str text, size_t i)
{
    unsigned char c = (unsigned char)text.p[i];
    return c < RF_BEYOND ? c : RF_BEYOND;
}

/* Of the character beyond ASCII that text[i] is part of: what is a letter in all versions
 * of Unicode and is common in texts, ideographs and Cyrillic. */
static inline enum rf_word rf_word_beyond(struct rf_str text, size_t i)
{
    while (i > 0 && rf_goes_on((unsigned char)text.p[i]))
        i--;
    unsigned char c = (unsigned char)text.p[i];
    unsigned char second = i + 1 < text.n ? (unsigned char)text.p[i + 1] : 0;
    bool ideograph = (c == 0xE4 && second >= 0xB8) || (c >= 0xE5 && c <= 0xE8) ||
                     (c == 0xE9 && second < 0xBE); /* U+4E00 to U+9F7F */
    return ideograph || c == 0xD0 || c == 0xD1 ? RF_WORD : RF_WORD_UNKNOWN;
}

static inline enum rf_word rf_word_at(struct rf_str text, size_t i)
{
    if (i >= text.n)
        return RF_NO_WORD;
    unsigned c = rf_char_at(text, i);
    unsigned letter = (c | 0x20) - 'a', digit = c - '0';
    if (c == RF_BEYOND)
        return rf_word_beyond(text, i);
    return letter < 26 || digit < 10 || c == '_' ? RF_WORD : RF_NO_WORD;
}

/* Whether an edge of a word may be between the two. */
static inline bool rf_edge_between(enum rf_word before, enum rf_word behind)
{
    return before != behind || before == RF_WORD_UNKNOWN;
}

/* Whether an edge of a word may be before text[i]. */
static inline bool rf_edge_before(struct rf_str text, size_t i)
{
    return rf_edge_between(i ? rf_word_at(text, i - 1) : RF_NO_WORD, rf_word_at(text, i));
}

/* The places behind those, before text[i]. */
static inline uint64_t rf_behind(const struct rf_automaton *x, uint64_t at,
                                 struct rf_str text, size_t i)
{
    uint64_t next = 0, edged = at & x->edged;
    for (; at; at &= at - 1)
        next |= x->then[__builtin_ctzll(at)];
    if (!edged || !rf_edge_before(text, i))
        return next;
    for (; edged; edged &= edged - 1)
        next |= x->then[x->n + (unsigned)__builtin_ctzll(edged)];
    return next;
}

/* Behind the character that begins at text[i]. */
static inline size_t rf_past(struct rf_str text, size_t i)
{
    i++;
    while (i < text.n && rf_goes_on((unsigned char)text.p[i]))
        i++;
    return i;
}

static inline uint64_t rf_want(const struct rf_automaton *x, struct rf_str text, size_t i)
{
    return x->want[x->class_of[rf_char_at(text, i)]];
}

#endif
