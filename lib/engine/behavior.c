/* Behaviors: keys, counting, windows, marks. Hot. */
#include "lib/engine/state.h"

#include "lib/base/mem.h"

void rf_engine_hash_key(struct rf_engine *e, const struct rf_str *part, uint32_t n_parts,
                        uint32_t rule, struct rf_hash128 *out)
{
    size_t bytes = 0, at = 0;
    int64_t salt = 0;
    for (uint32_t k = 0; k < n_parts; k++) {
        bytes += part[k].n + sizeof(uint32_t);
        int64_t s = e->nforgotten ? rf_engine_salt(e, rule, part[k]) : 0;
        salt = s > salt ? s : salt;
    }
    char *p = rf_arena_alloc(e->arena, bytes + sizeof salt);
    for (uint32_t k = 0; k < n_parts; k++) {
        uint32_t n = (uint32_t)part[k].n;
        memcpy(p + at, &n, sizeof n);
        memcpy(p + at + sizeof n, part[k].p, n);
        at += sizeof n + n;
    }
    memcpy(p + bytes, &salt, sizeof salt);
    rf_counters_hash(e->counters, p, bytes + (salt ? sizeof salt : 0), out);
}

/* Hash of the key whose field k takes its pick[k]-th value. */
static void hash_key(struct rf_engine *e, const struct rf_key *key, uint32_t rule,
                     const uint32_t *pick, struct rf_hash128 *out)
{
    struct rf_str part[RF_KEY_MAX];
    for (uint32_t k = 0; k < key->n; k++)
        part[k] = rf_facts_bytes(e->facts, key->operand[k], pick[k]);
    rf_engine_hash_key(e, part, key->n, rule, out);
}

/* Whether the last of n keys is among those before: a text that names one phone twice
 * counts it once. */
static bool is_repeated(const struct rf_hash128 *keys, uint32_t n)
{
    for (uint32_t i = 0; i + 1 < n; i++)
        if (memcmp(&keys[i], &keys[n - 1], sizeof *keys) == 0)
            return true;
    return false;
}

/* Whether two keys are made of the same fields. */
static bool same_fields(const struct rf_key *a, const struct rf_key *b)
{
    if (a->n != b->n)
        return false;
    for (uint32_t k = 0; k < a->n; k++)
        if (a->operand[k] != b->operand[k])
            return false;
    return true;
}

/* How many keys there are, at most RF_KEYS_MAX; 0 when a field is absent. */
static uint32_t count_values(struct rf_engine *e, const struct rf_key *key,
                             uint32_t n[RF_KEY_MAX])
{
    uint32_t product = 1;
    for (uint32_t k = 0; k < key->n; k++) {
        n[k] = rf_facts_get(e->facts, key->operand[k])->n;
        product = n[k] && product > RF_KEYS_MAX / n[k] ? RF_KEYS_MAX : product * n[k];
    }
    return product;
}

static struct rf_keyed *make_keys(struct rf_engine *e, const struct rf_key *key,
                                  uint32_t rule)
{
    uint32_t pick[RF_KEY_MAX] = {0}, n[RF_KEY_MAX] = {0};
    uint32_t most = count_values(e, key, n);
    struct rf_keyed *keyed =
        rf_arena_alloc(e->arena, sizeof *keyed + most * sizeof *keyed->v);
    keyed->key = key;
    keyed->rule = rule;
    keyed->n = 0;
    while (keyed->n < most) {
        hash_key(e, key, rule, pick, &keyed->v[keyed->n++]);
        if (is_repeated(keyed->v, keyed->n))
            keyed->n--;
        uint32_t k = 0;
        while (k < key->n && ++pick[k] == n[k])
            pick[k++] = 0;
        if (k == key->n)
            break;
    }
    return keyed;
}

const struct rf_keyed *rf_engine_keys(struct rf_engine *e, const struct rf_key *key,
                                      uint32_t rule)
{
    for (struct rf_keyed *k = *e->keyed; k; k = k->next)
        if (same_fields(k->key, key) && (!e->nforgotten || k->rule == rule))
            return k;
    struct rf_keyed *made = make_keys(e, key, rule);
    made->next = *e->keyed;
    return *e->keyed = made;
}

/* Counts under one key: each member of a distinct, else the amount. */
static void count_key(struct rf_engine *e, const struct rf_counter *c,
                      const struct rf_hash128 *key, double amount,
                      struct rf_count_value *out)
{
    int64_t ts = e->facts->record->value[RF_FIELD_TS].i;
    if (!e->counting || c->spec.kind == RF_COUNT_CONCURRENT) {
        rf_count_read(e->counters, &c->spec, key, ts, out);
    } else if (rf_count_has_members(&c->spec)) {
        uint32_t n = rf_facts_get(e->facts, c->of)->n;
        for (uint32_t i = 0; i < n; i++) {
            struct rf_str member = rf_facts_bytes(e->facts, c->of, i);
            struct rf_hash128 hash;
            rf_counters_hash(e->counters, member.p, member.n, &hash);
            rf_count_add(e->counters, &c->spec, key, ts, i > 0, &hash, out);
        }
    } else {
        rf_count_add(e->counters, &c->spec, key, ts, amount, NULL, out);
    }
}

static void count(struct rf_engine *e, uint32_t index)
{
    const struct rf_counter *c = &e->rs->counters[index];
    struct rf_counted *got = &e->counted[index];
    got->serial = e->serial;
    got->n = 0;
    const struct rf_values *of =
        c->of == RF_OPERAND_NONE ? NULL : rf_facts_get(e->facts, c->of);
    if (of && of->n == 0)
        return; /* without the field a record is not counted */
    double amount = of ? of->num : 0;
    if (c->of_cond)
        amount = rf_engine_node(e, c->of_cond) == RF_YES;
    const struct rf_keyed *keys = rf_engine_keys(e, &c->key, c->rule);
    got->keys = keys->v;
    got->values = rf_arena_alloc(e->arena, keys->n * sizeof *got->values);
    got->n = keys->n;
    for (uint32_t i = 0; i < got->n; i++)
        count_key(e, c, &got->keys[i], amount, &got->values[i]);
}

void rf_engine_count(struct rf_engine *e, const struct rf_rule *rule)
{
    for (uint32_t i = 0; i < rule->counters.n; i++)
        count(e, rule->counters.first + i);
}

/* ---- calls ---- */

/* The call of the record at hand, where it is to be counted. */
static bool call_of(struct rf_engine *e, struct rf_hash128 *call)
{
    const struct rf_record *r = e->facts->record;
    if (!e->counting || r->kind != RF_KIND_CALL || !rf_record_has(r, RF_FIELD_CALL))
        return false;
    struct rf_str id = r->value[RF_FIELD_CALL].s;
    rf_counters_hash(e->counters, id.p, id.n, call);
    return true;
}

void rf_engine_answer(struct rf_engine *e, const struct rf_rule *rule)
{
    const struct rf_record *r = e->facts->record;
    struct rf_hash128 call;
    if (!call_of(e, &call) || r->value[RF_FIELD_EVENT].i != RF_EVENT_ANSWER)
        return;
    e->qualifying = e->any_event = true;
    enum rf_answer q = rf_engine_node(e, rule->when);
    e->qualifying = e->any_event = false;
    for (uint32_t i = 0; i < rule->counters.n && q != RF_NO; i++) {
        const struct rf_counter *c = &e->rs->counters[rule->counters.first + i];
        if (c->spec.kind != RF_COUNT_CONCURRENT)
            continue;
        const struct rf_keyed *keys = rf_engine_keys(e, &c->key, c->rule);
        for (uint32_t k = 0; k < keys->n; k++)
            rf_call_answer(e->counters, &c->spec, &keys->v[k], &call,
                           r->value[RF_FIELD_TS].i);
    }
}

void rf_engine_call(struct rf_engine *e)
{
    const struct rf_record *r = e->facts->record;
    struct rf_hash128 call;
    if (!e->rs->counts_calls || !call_of(e, &call))
        return;
    int64_t ts = r->value[RF_FIELD_TS].i;
    if (r->value[RF_FIELD_EVENT].i == RF_EVENT_RELEASE)
        rf_call_release(e->counters, &call, ts);
    else
        rf_call_alive(e->counters, &call, ts);
}

enum rf_answer rf_engine_behavior(struct rf_engine *e, const struct rf_behavior *b)
{
    const struct rf_counted *got = &e->counted[b->counter];
    if (got->serial != e->serial)
        return RF_NO;
    for (uint32_t i = 0; i < got->n; i++) {
        if (rf_behavior_holds(b, &got->values[i]))
            return RF_YES;
    }
    return RF_NO;
}

enum rf_answer rf_engine_after(struct rf_engine *e, const struct rf_after *a)
{
    const struct rf_mark *mark = &e->rs->marks[a->mark];
    const struct rf_keyed *keys = rf_engine_keys(e, &a->key, mark->rule);
    int64_t ts = e->facts->record->value[RF_FIELD_TS].i;
    for (uint32_t i = 0; i < keys->n; i++)
        if (rf_mark_test(e->counters, &mark->spec, &keys->v[i], ts))
            return RF_YES;
    return RF_NO;
}

void rf_engine_mark(struct rf_engine *e, const struct rf_rule *rule)
{
    for (uint32_t m = 0; m < rule->marks.n && e->counting; m++) {
        const struct rf_mark *mark = &e->rs->marks[rule->marks.first + m];
        const struct rf_keyed *keys = rf_engine_keys(e, &mark->was, mark->rule);
        if (e->npending + keys->n > e->pending_cap) {
            e->pending_cap = 2 * (e->npending + keys->n);
            e->pending = rf_mem_realloc(e->pending, e->pending_cap, sizeof *e->pending);
        }
        for (uint32_t i = 0; i < keys->n; i++)
            e->pending[e->npending++] =
                (struct rf_pending_mark){.spec = &mark->spec, .key = keys->v[i]};
    }
}

void rf_engine_leave_marks(struct rf_engine *e)
{
    int64_t ts = e->facts->record->value[RF_FIELD_TS].i;
    for (uint32_t i = 0; i < e->npending; i++)
        rf_mark_add(e->counters, e->pending[i].spec, &e->pending[i].key, ts);
    e->npending = 0;
}
