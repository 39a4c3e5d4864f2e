#include "lib/ruleset/ruleset.h"

#include <stdlib.h>

#include "lib/ruleset/index.h"

void rf_ruleset_free(struct rf_ruleset *rs)
{
    if (!rs)
        return;
    for (uint32_t i = 0; i < rs->nlists; i++)
        rf_list_free(rs->lists[i].list);
    if (rs->matcher)
        rf_index_fini(rs->index);
    rf_matcher_free(rs->matcher);
    struct rf_arena arena = rs->arena; /* the ruleset itself lies in it */
    rf_arena_fini(&arena);
}

uint32_t rf_ruleset_find_rule(const struct rf_ruleset *rs, struct rf_str id)
{
    uint32_t lo = 0, hi = rs->nrules;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        int c = rf_str_cmp(rs->rules[mid].id, id);
        if (c == 0)
            return mid;
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return UINT32_MAX;
}

const struct rf_named_list *rf_ruleset_find_list(const struct rf_ruleset *rs,
                                                 struct rf_str id)
{
    uint32_t lo = 0, hi = rs->nlists;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        int c = rf_str_cmp(rs->lists[mid].id, id);
        if (c == 0)
            return &rs->lists[mid];
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

const struct rf_behavior *rf_ruleset_watched(const struct rf_behavior *all,
                                             const struct rf_node *n)
{
    if (n->kind == RF_NODE_BEHAVIOR && all[n->index].has_over)
        return &all[n->index];
    for (uint32_t i = 0; i < n->nchildren; i++) {
        const struct rf_behavior *b = rf_ruleset_watched(all, n->children[i]);
        if (b)
            return b;
    }
    return NULL;
}

const char *rf_level_name(enum rf_level l)
{
    static const char *const names[] = {"informational", "low", "medium", "high",
                                        "critical"};
    return names[l];
}

const char *rf_mode_name(enum rf_mode m)
{
    static const char *const names[] = {"enforce", "monitor", "off"};
    return names[m];
}

const char *rf_action_name(enum rf_action a)
{
    static const char *const names[] = {"alert", "mark",  "allow",
                                        "warn",  "block", "score"};
    return names[a];
}

const char *rf_behavior_name(enum rf_count_kind k)
{
    static const char *const names[] = {"rate",    "distinct",   "sum", "ratio",
                                        "average", "concurrent", "new", "surge"};
    return names[k];
}

const char *rf_verdict_name(enum rf_verdict v)
{
    static const char *const names[] = {"allow", "warn", "block"};
    return names[v];
}

const char *rf_disposition_name(enum rf_disposition d)
{
    static const char *const names[] = {"",      "reject", "discard",
                                        "label", "divert", "challenge"};
    return names[d];
}
