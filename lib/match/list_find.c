/* Lookups in lists. Hot: nothing is allocated. What they read may come from a file that
 * somebody wrote on purpose: every number found in it is checked before it is used. */
#include "lib/base/limits.h"
#include "lib/match/list_internal.h"

/* ---- texts ---- */

bool rf_list_slot(const struct rf_list *l, enum rf_list_table t, uint32_t slot,
                  struct rf_str *s, uint32_t *text)
{
    uint32_t extra = slot & ~RF_SLOT_EXTRA;
    if (slot & RF_SLOT_EXTRA) {
        if (extra >= l->extras.n || l->extra_texts[extra] >= l->texts.n)
            return false;
        *s = rf_pool_at(&l->extras, extra);
        *text = l->extra_texts[extra];
        return true;
    }
    if (slot >= l->texts.n)
        return false;
    *s = rf_pool_at(&l->texts, slot);
    if (t == RF_TABLE_EXACT)
        *s = rf_str_sub(*s, 1);
    *text = slot;
    return true;
}

static uint32_t text_entry(const struct rf_list *l, uint32_t text)
{
    return l->n - l->texts.n + text;
}

uint32_t rf_list_check(const struct rf_list *l, enum rf_list_table t, uint32_t slot,
                       struct rf_str key, int64_t now_ms)
{
    uint32_t text;
    struct rf_str s;
    return rf_list_slot(l, t, slot, &s, &text) && rf_str_eq(s, key) &&
                   !rf_list_expired(l, text_entry(l, text), now_ms)
               ? text_entry(l, text)
               : RF_LIST_NONE;
}

uint32_t rf_list_find_hashed(const struct rf_list *l, enum rf_list_table t,
                             struct rf_str key, uint64_t hash, int64_t now_ms)
{
    uint64_t cursor = 0;
    uint32_t slot, found;
    while ((slot = rf_keys_next(&l->tables[t], hash, &cursor)) != RF_KEYS_NONE)
        if ((found = rf_list_check(l, t, slot, key, now_ms)) != RF_LIST_NONE)
            return found;
    return RF_LIST_NONE;
}

static uint32_t find_text(const struct rf_list *l, enum rf_list_table t,
                          struct rf_str key, int64_t now_ms)
{
    if (l->tables[t].n_buckets == 0)
        return RF_LIST_NONE;
    return rf_list_find_hashed(l, t, key, rf_keys_hash(key), now_ms);
}

/* The same, and what was changed while running. */
static uint32_t find_changed(const struct rf_list *l, enum rf_list_table t,
                             struct rf_str key, int64_t now_ms)
{
    const struct rf_overlay *o = rf_list_overlay(l);
    uint32_t found = find_text(l, t, key, now_ms);
    return o ? rf_overlay_pick(o, l, found, find_text(o->adds, t, key, now_ms),
                               find_text(o->dels, t, key, now_ms))
             : found;
}

uint32_t rf_list_find_str(const struct rf_list *l, struct rf_str s, int64_t now_ms)
{
    return find_changed(l, RF_TABLE_KEYS, s, now_ms);
}

uint32_t rf_list_find_folded(const struct rf_list *l, struct rf_str s, int64_t now_ms)
{
    return find_changed(l, RF_TABLE_FOLDED, s, now_ms);
}

uint32_t rf_list_find_pair(const struct rf_list *l, struct rf_str a, struct rf_str b,
                           int64_t now_ms)
{
    char key[RF_LIST_ENTRY_BYTES + RF_LIMIT_ADDR_BYTES];
    size_t n = a.n + 1 + b.n;
    if (n > sizeof key || !a.n || !b.n)
        return RF_LIST_NONE;
    memcpy(key, a.p, a.n);
    key[a.n] = ' ';
    memcpy(key + a.n + 1, b.p, b.n);
    return find_changed(l, RF_TABLE_KEYS, rf_str(key, n), now_ms);
}

uint32_t rf_list_find_first(const struct rf_list *l, struct rf_str a, int64_t now_ms)
{
    const struct rf_overlay *o = rf_list_overlay(l);
    if (!o)
        return find_text(l, RF_TABLE_FIRSTS, a, now_ms);
    uint32_t add = find_text(o->adds, RF_TABLE_FIRSTS, a, now_ms);
    if (add != RF_LIST_NONE)
        return l->n + add;
    uint32_t found = find_text(o->rest ? o->rest : l, RF_TABLE_FIRSTS, a, now_ms);
    return o->rest && found != RF_LIST_NONE
               ? rf_list_column(o->rest, RF_COLUMN_LINE, found) - 1
               : found;
}

/* ---- numbers ---- */

/* What keys are made of. */
struct number {
    uint64_t value;  /* of the first digits */
    unsigned digits; /* at most RF_NUMBERS_DIGITS */
    bool is_short, fits;
};

static inline bool number_of(const struct rf_addr *addr, struct number *out)
{
    bool is_short = addr->form == RF_ADDR_SHORT;
    size_t n = addr->norm.n - !is_short;
    if ((!is_short && addr->form != RF_ADDR_E164) || addr->norm.n <= !is_short)
        return false;
    out->is_short = is_short;
    out->fits = n <= RF_NUMBERS_DIGITS;
    out->digits = out->fits ? (unsigned)n : RF_NUMBERS_DIGITS;
    out->value = out->fits && !is_short
                     ? addr->digits
                     : rf_number_value(rf_str(addr->norm.p + !is_short, out->digits));
    return true;
}

/* RF_NUMBERS_NO_KEY where it has too many digits. */
static inline int64_t exact_key(const struct number *x)
{
    return x->fits ? rf_number_key(x->is_short, x->value, x->digits) : RF_NUMBERS_NO_KEY;
}

/* The first unexpired twin of the number, or NONE. */
static uint32_t find_twin(const struct rf_list *l, int64_t key, int64_t now_ms)
{
    uint32_t lo = 0, n = l->head->n_twins, hi = n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (l->twins[mid] < key)
            lo = mid + 1;
        else
            hi = mid;
    }
    for (; lo < n && l->twins[lo] == key; lo++)
        if (!rf_list_expired(l, l->head->n_numbers + lo, now_ms))
            return l->head->n_numbers + lo;
    return RF_LIST_NONE;
}

/* The number of that rank, or a twin of it where it has expired. */
static uint32_t unexpired_number(const struct rf_list *l, uint32_t rank, int64_t key,
                                 int64_t now_ms)
{
    if (rank == RF_NUMBERS_NONE || !rf_list_expired(l, rank, now_ms))
        return rank;
    return find_twin(l, key, now_ms);
}

/* The innermost unexpired interval with the key, entries counting from `entry`, given
 * what was found in the tree of beginnings. */
static uint32_t unexpired_interval(const struct rf_list *l, const struct rf_intervals *s,
                                   uint32_t entry, uint32_t begin, int64_t key,
                                   int64_t now_ms)
{
    uint32_t i = rf_intervals_at(s, begin, key);
    while (i != RF_INTERVALS_NONE && rf_list_expired(l, entry + i, now_ms))
        i = rf_intervals_out(s, i, key);
    return i == RF_INTERVALS_NONE ? RF_LIST_NONE : entry + i;
}

static uint32_t first_prefix(const struct rf_list *l)
{
    return l->head->n_numbers + l->head->n_twins;
}

/* Addresses that are kept as texts: names, and numbers of too many digits. */
static uint32_t find_addr_text(const struct rf_list *l, const struct rf_addr *addr,
                               int64_t now_ms)
{
    if (addr->form == RF_ADDR_ALPHA || addr->norm.n > RF_NUMBERS_DIGITS)
        return find_text(l, RF_TABLE_KEYS, addr->norm, now_ms);
    return RF_LIST_NONE;
}

uint32_t rf_list_find_addr(const struct rf_list *l, const struct rf_addr *addr,
                           int64_t now_ms)
{
    struct rf_list_query q = {addr, now_ms, RF_LIST_NONE};
    rf_list_find_addr_batch(l, &q, 1);
    return q.found;
}

/* Those of a batch still to be found, with their keys, and which query they are. */
struct batch {
    int64_t key[RF_TREE_BATCH];
    uint32_t query[RF_TREE_BATCH], found[RF_TREE_BATCH];
    bool near[RF_TREE_BATCH];
    size_t n;
};

static void gather(const struct rf_list *l, struct rf_list_query *q, size_t n,
                   struct batch *b)
{
    struct number x;
    b->n = 0;
    for (size_t i = 0; i < n; i++) {
        q[i].found = find_addr_text(l, q[i].addr, q[i].now_ms);
        if (q[i].found != RF_LIST_NONE || !number_of(q[i].addr, &x))
            continue;
        b->key[b->n] = exact_key(&x);
        b->query[b->n] = (uint32_t)i;
        b->n += rf_list_may_hold(l, b->key[b->n]);
    }
}

static void find_numbers(const struct rf_list *l, struct batch *b,
                         struct rf_list_query *q)
{
    unsigned width = l->head->width[RF_COLUMN_EXPIRES];
    rf_numbers_find_batch(&l->numbers, b->key, b->n, b->found, b->near);
    for (size_t i = 0; width && i < b->n; i++)
        if (b->found[i] != RF_NUMBERS_NONE)
            rf_prefetch(l->columns[RF_COLUMN_EXPIRES] + (size_t)b->found[i] * width);
    for (size_t i = 0; i < b->n; i++)
        q[b->query[i]].found =
            width ? unexpired_number(l, b->found[i], b->key[i], q[b->query[i]].now_ms)
                  : b->found[i];
}

/* Leave in the batch what is not found yet and may lie in an interval. */
static void keep_near(struct batch *b, const struct rf_list_query *q)
{
    size_t n = 0;
    for (size_t i = 0; i < b->n; i++) {
        b->key[n] = b->key[i];
        b->query[n] = b->query[i];
        n += b->near[i] & (q[b->query[i]].found == RF_LIST_NONE);
    }
    b->n = n;
}

/* Look in the intervals for what is not found yet. */
static void find_intervals(const struct rf_list *l, const struct rf_intervals *s,
                           uint32_t entry, struct batch *b, struct rf_list_query *q)
{
    rf_tree_find_batch(&s->begins, b->key, b->n, b->found);
    for (size_t i = 0; i < b->n; i++)
        rf_prefetch(&s->v[b->found[i] == RF_TREE_NONE ? 0 : b->found[i]]);
    for (size_t i = 0; i < b->n; i++) {
        struct rf_list_query *x = &q[b->query[i]];
        if (x->found == RF_LIST_NONE)
            x->found = unexpired_interval(l, s, entry, b->found[i], b->key[i], x->now_ms);
    }
}

static void take_prefix_keys(struct batch *b, const struct rf_list_query *q)
{
    struct number x;
    for (size_t i = 0; i < b->n; i++)
        if (number_of(q[b->query[i]].addr, &x))
            b->key[i] = rf_prefix_key(x.is_short, x.value, x.digits);
}

static void find_batch(const struct rf_list *l, struct rf_list_query *q, size_t n)
{
    struct batch b;
    gather(l, q, n, &b);
    if (b.n == 0)
        return;
    find_numbers(l, &b, q);
    keep_near(&b, q);
    if (l->head->n_ranges)
        find_intervals(l, &l->ranges, first_prefix(l) + l->head->n_prefixes, &b, q);
    if (l->head->n_prefixes) {
        take_prefix_keys(&b, q);
        find_intervals(l, &l->prefixes, first_prefix(l), &b, q);
    }
}

/* The same queries in a list of an overlay, which has none of its own. */
static void ask_again(const struct rf_list *l, const struct rf_list_query *q, size_t n,
                      struct rf_list_query *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (struct rf_list_query){q[i].addr, q[i].now_ms, RF_LIST_NONE};
    if (l->n)
        find_batch(l, out, n);
}

static void find_changes(const struct rf_overlay *o, const struct rf_list *l,
                         struct rf_list_query *q, size_t n)
{
    struct rf_list_query add[RF_TREE_BATCH], del[RF_TREE_BATCH];
    ask_again(o->adds, q, n, add);
    ask_again(o->dels, q, n, del);
    for (size_t i = 0; i < n; i++)
        if (add[i].found != RF_LIST_NONE || del[i].found != RF_LIST_NONE)
            q[i].found = rf_overlay_pick(o, l, q[i].found, add[i].found, del[i].found);
}

void rf_list_find_addr_batch(const struct rf_list *l, struct rf_list_query *q, size_t n)
{
    const struct rf_overlay *o = rf_list_overlay(l);
    for (size_t i = 0; i < n; i += RF_TREE_BATCH) {
        size_t m = n - i < RF_TREE_BATCH ? n - i : RF_TREE_BATCH;
        find_batch(l, q + i, m);
        if (o)
            find_changes(o, l, q + i, m);
    }
}
