/* A batch's numbers and hosts in the lists of the index. Hot. */
#include "lib/base/limits.h"
#include "lib/engine/state.h"

#define VALUES_MAX                                                                       \
    8 /* of one record that are looked up together; of more any may be in */

/* Which of the queries is of which record. */
struct queries {
    uint16_t of[RF_LIMIT_BATCH * VALUES_MAX];
    size_t n;
};

/* The operand's values, where they can be looked up; else sets the record's bit. */
static const struct rf_values *values_of(struct rf_item *item, enum rf_operand o,
                                         uint64_t bit)
{
    static const struct rf_values none;
    if (!item->judged)
        return &none;
    const struct rf_values *v = rf_facts_get(&item->facts, o);
    if (v->n <= VALUES_MAX)
        return v;
    item->found |= bit;
    return &none;
}

static void look_up_addresses(const struct rf_list_index *x, uint64_t bit,
                              struct rf_item *items, size_t n)
{
    struct rf_list_query q[RF_LIMIT_BATCH * VALUES_MAX];
    struct queries of = {.n = 0};
    for (size_t i = 0; i < n; i++) {
        const struct rf_values *v = values_of(&items[i], x->operand, bit);
        for (uint32_t k = 0; k < v->n; k++) {
            of.of[of.n] = (uint16_t)i;
            q[of.n++] = (struct rf_list_query){
                .addr = &v->addrs[k],
                .now_ms = items[i].facts.record->value[RF_FIELD_TS].i};
        }
    }
    rf_list_find_addr_batch(x->list, q, of.n);
    for (size_t i = 0; i < of.n; i++)
        if (q[i].found != RF_LIST_NONE)
            items[of.of[i]].found |= bit;
}

static void look_up_hosts(const struct rf_list_index *x, uint64_t bit,
                          struct rf_item *items, size_t n)
{
    struct rf_list_host_query q[RF_LIMIT_BATCH * VALUES_MAX];
    struct queries of = {.n = 0};
    for (size_t i = 0; i < n; i++) {
        const struct rf_values *v = values_of(&items[i], x->operand, bit);
        for (uint32_t k = 0; k < v->n; k++) {
            of.of[of.n] = (uint16_t)i;
            q[of.n++] = (struct rf_list_host_query){
                .host = v->hosts ? v->hosts[k] : v->strs[k],
                .now_ms = items[i].facts.record->value[RF_FIELD_TS].i};
        }
    }
    rf_list_find_host_batch(x->list, q, of.n);
    for (size_t i = 0; i < of.n; i++)
        if (q[i].found != RF_LIST_NONE)
            items[of.of[i]].found |= bit;
}

void rf_engine_look_up(struct rf_engine *e, struct rf_item *items, size_t n)
{
    const struct rf_index *x = e->rs->index;
    for (size_t i = 0; i < n; i++)
        items[i].found = 0;
    for (uint32_t i = 0; i < x->nlists && i < RF_INDEX_LISTS; i++) {
        uint64_t bit = UINT64_C(1) << i;
        if (rf_operand_info(x->lists[i].operand)->class == RF_CLASS_ADDRESS)
            look_up_addresses(&x->lists[i], bit, items, n);
        else
            look_up_hosts(&x->lists[i], bit, items, n);
    }
}
