/* What is added to lists while running, for the index: joined as their entries are. */
#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/ruleset/index.h"

static uint32_t count_added(const struct rf_list_index *x)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < x->nof; i++)
        n += rf_list_added(x->of[i]);
    return n;
}

/* All that is added to the joined lists, for good: those that are possible are tested.
 */
static struct rf_overlay *join_added(const struct rf_ruleset *rs,
                                     const struct rf_list_index *x)
{
    struct rf_arena a;
    uint32_t n = count_added(x), k = 0;
    if (n == 0)
        return NULL;
    struct rf_list_change *v = rf_mem_calloc(n, sizeof *v);
    rf_arena_init(&a, 0);
    for (uint32_t i = 0; i < x->nof; i++) {
        uint32_t size = rf_list_size(x->of[i]), added = rf_list_added(x->of[i]);
        for (uint32_t j = 0; j < added && k < n; j++) {
            struct rf_list_entry e;
            rf_list_entry(x->of[i], size + j, &a, &e);
            v[k++] = (struct rf_list_change){.entry = e.text,
                                             .who = {"", 0},
                                             .why = {"", 0},
                                             .expires_ms = RF_LIST_NEVER};
        }
    }
    struct rf_overlay *o = rf_overlay_new(x->joined, rs->plan, v, k);
    rf_arena_fini(&a);
    free(v);
    return o;
}

void rf_index_changed(struct rf_ruleset *rs, struct rf_overlay **old)
{
    for (uint32_t i = 0; i < rs->index->nlists; i++) {
        const struct rf_list_index *x = &rs->index->lists[i];
        old[i] = x->joined ? rf_list_put_overlay(x->joined, join_added(rs, x)) : NULL;
    }
}
