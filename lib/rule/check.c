/* What is wrong with a rule as a whole. */
#include "lib/rule/compile.h"

/* Whether `when` may hold for a record of that event, everything else being open: 0 no,
 * 1 perhaps, 2 certainly. */
static int holds(const struct rf_load *ld, const struct rf_node *n, int event)
{
    int best;
    switch (n->kind) {
    case RF_NODE_ALL:
        best = 2;
        for (uint32_t i = 0; i < n->nchildren; i++) {
            int h = holds(ld, n->children[i], event);
            best = h < best ? h : best;
        }
        return best;
    case RF_NODE_ANY:
        best = 0;
        for (uint32_t i = 0; i < n->nchildren; i++) {
            int h = holds(ld, n->children[i], event);
            best = h > best ? h : best;
        }
        return best;
    case RF_NODE_NOT:
        return 2 - holds(ld, n->children[0], event);
    case RF_NODE_TEST:
        break;
    default:
        return 1;
    }
    const struct rf_test *t = RF_VEC_AT(ld->tests, struct rf_test, n->index);
    if (t->operand != RF_OPERAND_EVENT)
        return 1;
    for (uint32_t i = 0; i < t->nterms; i++) {
        const struct rf_term *term = &t->terms[i];
        bool yes = term->op != RF_OP_ONE_OF || (term->mask >> event & 1) != term->negate;
        if (term->op == RF_OP_EXISTS)
            yes = term->flag;
        if (!yes)
            return 0;
    }
    return 2;
}

static void check_phases(struct rf_load *ld, const struct rf_rule *r,
                         const struct rf_yaml_node *node)
{
    const struct rf_yaml_node *at = rf_yaml_get(node, "action");
    bool before = false;
    if (r->kinds != RF_IN_CALL || r->action != RF_ACTION_BLOCK || !r->when || !at)
        return;
    for (int e = RF_EVENT_ATTEMPT; e < RF_EVENT_RELEASE; e++)
        before |= holds(ld, r->when, e) > 0;
    if (before || holds(ld, r->when, RF_EVENT_RELEASE) == 0)
        return;
    struct rf_diag *d = rf_rule_warn(
        ld, RF_CODE_TOO_LATE, at, "a call that was released cannot be blocked any more");
    rf_rule_hint(ld, d, "action: mark, and a rule with `after` for the next call");
}

void rf_rule_check(struct rf_load *ld, const struct rf_scope *sc,
                   const struct rf_rule *rule, const struct rf_yaml_node *node)
{
    check_phases(ld, rule, node);
    if (!(rule->kinds & RF_IN_CALL) || !sc->counts || sc->event)
        return;
    struct rf_diag *d = rf_rule_error(
        ld, RF_CODE_PHASE, rf_yaml_get(node, "id") ? rf_yaml_get(node, "id") : node,
        "a call rule that counts must test 'event': a call has several records");
    rf_rule_hint(ld, d, "when: {all: [{event: attempt}, ...]}");
}
