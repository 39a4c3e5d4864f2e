/* Condition trees in three-valued logic (Kleene): behaviors are unknown while it is asked
 * whether a record qualifies. Hot. */
#include "lib/engine/state.h"

static enum rf_answer all(struct rf_engine *e, const struct rf_node *n)
{
    enum rf_answer result = RF_YES;
    for (uint32_t i = 0; i < n->nchildren; i++) {
        enum rf_answer a = rf_engine_node(e, n->children[i]);
        if (a == RF_NO)
            return RF_NO;
        if (a == RF_UNKNOWN)
            result = RF_UNKNOWN;
    }
    return result;
}

static enum rf_answer any(struct rf_engine *e, const struct rf_node *n)
{
    enum rf_answer result = RF_NO;
    for (uint32_t i = 0; i < n->nchildren; i++) {
        enum rf_answer a = rf_engine_node(e, n->children[i]);
        if (a == RF_YES)
            return RF_YES;
        if (a == RF_UNKNOWN)
            result = RF_UNKNOWN;
    }
    return result;
}

static bool listed_pair(struct rf_engine *e, const struct rf_pair_test *p,
                        const struct rf_str *first, const struct rf_str *second)
{
    int64_t ts = e->facts->record->value[RF_FIELD_TS].i;
    for (uint32_t i = 0; i < p->nlists; i++) {
        uint32_t found = second ? rf_list_find_pair(p->lists[i], *first, *second, ts)
                                : rf_list_find_first(p->lists[i], *first, ts);
        if (found != RF_LIST_NONE)
            return true;
    }
    return false;
}

/* in: some pair of values is listed. not_in: some first is listed, but with none of the
 * seconds. */
static enum rf_answer pair(struct rf_engine *e, const struct rf_pair_test *p)
{
    uint32_t na = rf_facts_get(e->facts, p->a)->n, nb = rf_facts_get(e->facts, p->b)->n;
    for (uint32_t i = 0; i < na && nb > 0; i++) {
        struct rf_str first = rf_facts_bytes(e->facts, p->a, i);
        bool together = false;
        for (uint32_t k = 0; k < nb && !together; k++) {
            struct rf_str second = rf_facts_bytes(e->facts, p->b, k);
            together = listed_pair(e, p, &first, &second);
        }
        if (p->negate ? !together && listed_pair(e, p, &first, NULL) : together)
            return RF_YES;
    }
    return RF_NO;
}

static enum rf_answer hit(struct rf_engine *e, const struct rf_hit_test *h)
{
    for (uint32_t i = 0; i < h->n; i++) {
        uint32_t rule = h->rules[i];
        if (e->rule_hit[rule] != e->serial)
            continue;
        if (h->by_rule || e->mode[rule] == RF_MODE_ENFORCE)
            return RF_YES;
    }
    return RF_NO;
}

enum rf_answer rf_engine_node(struct rf_engine *e, const struct rf_node *node)
{
    switch (node->kind) {
    case RF_NODE_ALL:
        return all(e, node);
    case RF_NODE_ANY:
        return any(e, node);
    case RF_NODE_NOT: {
        enum rf_answer a = rf_engine_node(e, node->children[0]);
        return a == RF_UNKNOWN ? RF_UNKNOWN : a == RF_YES ? RF_NO : RF_YES;
    }
    case RF_NODE_TEST:
        if (e->any_event && e->rs->tests[node->index].operand == RF_OPERAND_EVENT)
            return RF_UNKNOWN;
        return rf_engine_test(e, node->index);
    case RF_NODE_PAIR:
        return pair(e, &e->rs->pairs[node->index]);
    case RF_NODE_HIT:
        return hit(e, &e->rs->hits[node->index]);
    case RF_NODE_BEHAVIOR:
        return e->qualifying ? RF_UNKNOWN
                             : rf_engine_behavior(e, &e->rs->behaviors[node->index]);
    case RF_NODE_AFTER:
        return e->qualifying ? RF_UNKNOWN
                             : rf_engine_after(e, &e->rs->afters[node->index]);
    }
    return RF_NO;
}
