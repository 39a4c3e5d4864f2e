/* A window's nodes, internal to lib/count: what counting (count.c) and sharing have in
 * common; under the stripe's lock. */
#ifndef RF_COUNT_WINDOW_H
#define RF_COUNT_WINDOW_H

#include "lib/count/table.h"

static inline int64_t window_clamp(int64_t ms)
{
    return ms < RF_COUNT_WINDOW_MIN_MS   ? RF_COUNT_WINDOW_MIN_MS
           : ms > RF_COUNT_WINDOW_MAX_MS ? RF_COUNT_WINDOW_MAX_MS
                                         : ms;
}

/* The extension, or the node itself where it has none. */
static inline struct node *window_extension(struct stripe *s, struct node *n)
{
    return n->type == NODE_RATE || n->type == NODE_CONCURRENT ? n : table_extension(s, n);
}

static inline struct slice window_slice(int64_t number)
{
    return (struct slice){.turn = (uint32_t)(number / COUNT_SLOTS) + 1,
                          .slot = (unsigned)(number % COUNT_SLOTS)};
}

/* What the spec's `over` (of ratio, average and surge: `min`) is compared with. */
static inline double window_measure(const struct rf_count_spec *spec,
                                    const struct rf_count_value *v)
{
    bool means = spec->kind == RF_COUNT_RATIO || spec->kind == RF_COUNT_AVERAGE;
    return means ? (double)v->records : v->value;
}

/* The window's value at a slice. */
void window_evaluate(const struct rf_count_spec *spec, struct node *n, struct node *ext,
                     struct slice at, struct rf_count_value *out);
/* The slot is given to a newer slice. */
void window_begin_slice(struct stripe *s, struct node *n, struct node *ext,
                        struct slice at);

#endif
