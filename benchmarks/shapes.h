/* The committed table of regex shapes: how often each occurs among a ruleset's regexes,
 * what it looks like, a text it matches and one that misses it by one condition. */
#ifndef BENCH_SHAPES_H
#define BENCH_SHAPES_H

#include "benchmarks/words.h"
#include "lib/base/buf.h"

#define SHAPE_WORDS 6

struct shape {
    unsigned share; /* percent */
    enum language language;
    const char *regex, *hit, *near; /* %1 to %6 stand for words */
};

/* A shape by the table's shares. */
const struct shape *shape_draw(struct random *r);
/* Append the template with its words put in. */
void shape_write(struct rf_buf *out, const char *template,
                 const struct rf_str words[SHAPE_WORDS]);

#endif
