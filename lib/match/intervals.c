#include "lib/match/intervals.h"

void rf_intervals_link(struct rf_interval *v, const int64_t *begins, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t out = i - 1; /* NONE for the first */
        while (out != RF_INTERVALS_NONE && v[out].end < begins[i])
            out = v[out].reach < begins[i] ? RF_INTERVALS_NONE : v[out].out;
        v[i].out = out;
        v[i].reach = v[i].end;
        if (out != RF_INTERVALS_NONE && v[out].reach > v[i].reach)
            v[i].reach = v[out].reach;
        v[i].pad = 0;
    }
}

/* Links lead down only, also in a damaged file: every walk ends. */
static uint32_t first_holding(const struct rf_intervals *s, uint32_t i, int64_t key)
{
    while (i != RF_INTERVALS_NONE && s->v[i].end < key) {
        uint32_t out = s->v[i].out;
        i = s->v[i].reach >= key && out < i ? out : RF_INTERVALS_NONE;
    }
    return i;
}

uint32_t rf_intervals_at(const struct rf_intervals *s, uint32_t begin, int64_t key)
{
    return first_holding(s, begin == RF_TREE_NONE ? RF_INTERVALS_NONE : begin, key);
}

uint32_t rf_intervals_out(const struct rf_intervals *s, uint32_t i, int64_t key)
{
    uint32_t out = s->v[i].out;
    return first_holding(s, out < i ? out : RF_INTERVALS_NONE, key);
}

/* What the links from the last beginning do not lead to has ended before it. */
bool rf_intervals_meet(const struct rf_intervals *s, int64_t first, int64_t last)
{
    uint32_t i = rf_tree_find(&s->begins, last);
    return i != RF_TREE_NONE &&
           (s->begins.level[0][i] >= first || s->v[i].reach >= first);
}
