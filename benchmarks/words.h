/* The vocabulary of rules and texts: 20,000 words of each of two languages, made from the
 * committed table (words.inc) by a fixed seed. English: the stems, then stems with an
 * ending and pairs of stems; Chinese: words of two and three characters, drawn by the
 * characters' weights. A word's place is its rank. */
#ifndef BENCH_WORDS_H
#define BENCH_WORDS_H

#include "benchmarks/zipf.h"
#include "lib/base/arena.h"

enum language { ENGLISH, CHINESE };

#define WORDS_EACH 20000
#define WORDS_COMMON 200 /* ranks no rule asks for */

struct words {
    struct rf_arena arena;
    struct rf_str v[2][WORDS_EACH];
    struct zipf zipf;
};

struct words *words_new(void);
void words_free(struct words *w);
/* A word of a text: by Zipf's law. */
struct rf_str words_of_text(const struct words *w, enum language l, struct random *r);
/* A word of a rule: any rank from WORDS_COMMON on. */
struct rf_str words_of_rule(const struct words *w, enum language l, struct random *r);

#endif
