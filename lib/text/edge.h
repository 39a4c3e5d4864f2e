/* Word edges in a text. Pure functions, any thread. Hot. */
#ifndef RF_TEXT_EDGE_H
#define RF_TEXT_EDGE_H

#include "lib/base/str.h"

/* Whether view[begin, end) stands there as a word: no letter of the same script, no mark
 * and no digit beside either end. An end in Han, kana, Hangul, Thai, Lao, Khmer or
 * Myanmar, which write no spaces, has no such rule. view is valid UTF-8, begin and end
 * are on code point boundaries, begin <= end <= view.n; O(length of the last
 * character and its marks). An empty word has none. */
bool rf_text_word_edges(struct rf_str view, size_t begin, size_t end);

#endif
