/* Canonical texts: what makes a test or condition the same one, in one load (tests are
 * shared) and over reloads (counters live on). Spelling matters (a list of one is not its
 * item), file, position and kind of quotes do not. */
#include "lib/rule/canon.h"

#include "lib/rule/scalar.h"

void rf_canon_str(struct rf_buf *out, struct rf_str s)
{
    rf_buf_printf(out, "%zu:", s.n);
    rf_buf_adds(out, s);
}

void rf_canon_yaml(struct rf_buf *out, const struct rf_yaml_node *n)
{
    if (n->kind == RF_YAML_SCALAR) {
        rf_buf_addc(out, rf_scalar_needs_quotes(n) ? 'p' : 's');
        rf_canon_str(out, n->s);
        return;
    }
    rf_buf_addc(out, n->kind == RF_YAML_MAP ? '{' : '[');
    for (uint32_t i = 0; i < n->n; i++) {
        if (n->kind == RF_YAML_MAP) {
            rf_canon_str(out, n->pairs[i].key->s);
            rf_canon_yaml(out, n->pairs[i].value);
        } else {
            rf_canon_yaml(out, n->items[i]);
        }
    }
    rf_buf_addc(out, n->kind == RF_YAML_MAP ? '}' : ']');
}

void rf_canon_key(struct rf_buf *out, const struct rf_key *key)
{
    rf_buf_addc(out, 'k');
    for (uint32_t i = 0; i < key->n; i++)
        if (key->operand[i] != RF_OPERAND_NONE)
            rf_canon_str(out, rf_str_of(rf_operand_info(key->operand[i])->name));
    rf_buf_addc(out, ';');
}

static void canon_pair(const struct rf_load *ld, const struct rf_pair_test *p,
                       struct rf_buf *out)
{
    struct rf_key key = {.operand = {p->a, p->b}, .n = 2};
    rf_buf_addz(out, p->negate ? "P!" : "P");
    rf_canon_key(out, &key);
    for (uint32_t i = 0; i < p->nlists; i++)
        for (uint32_t l = 0; l < ld->rs->nlists; l++)
            if (ld->rs->lists[l].list == p->lists[i])
                rf_canon_str(out, ld->rs->lists[l].id);
}

void rf_rule_canon(const struct rf_load *ld, const struct rf_node *n, struct rf_buf *out)
{
    static const char kinds[] = "AON";
    switch (n->kind) {
    case RF_NODE_TEST:
        rf_buf_adds(out, *RF_VEC_AT(ld->canons, struct rf_str, n->index));
        break;
    case RF_NODE_PAIR:
        canon_pair(ld, RF_VEC_AT(ld->pairs, struct rf_pair_test, n->index), out);
        break;
    case RF_NODE_HIT:
        rf_buf_addc(out, 'H');
        rf_canon_yaml(out,
                      RF_VEC_AT(ld->hit_drafts, struct rf_hit_draft, n->index)->node);
        break;
    case RF_NODE_BEHAVIOR:
    case RF_NODE_AFTER:
        break; /* not inside `ratio`, the only condition that is written out */
    default:
        rf_buf_addc(out, kinds[n->kind]);
        rf_buf_addc(out, '(');
        for (uint32_t i = 0; i < n->nchildren; i++)
            rf_rule_canon(ld, n->children[i], out);
        rf_buf_addc(out, ')');
    }
}
