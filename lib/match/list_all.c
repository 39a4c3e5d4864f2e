/* All entries that have to do with a value, for people who ask why. Cold. */
#include "lib/match/list_internal.h"
#include "lib/match/overlay.h"

/* Where found entries go. */
struct heap {
    uint32_t *out;
    size_t n, max;
};

static void take(struct heap *h, uint32_t entry)
{
    for (size_t i = 0; i < h->n; i++)
        if (h->out[i] == entry)
            return;
    if (h->n < h->max)
        h->out[h->n++] = entry;
}

/* ---- texts: all are looked at, since the tables leave out what repeats another ---- */

static bool is_host(struct rf_str text, struct rf_str name)
{
    bool alone = text.n && text.p[0] == '=';
    text = rf_str_sub(text, alone);
    if (alone || text.n == name.n)
        return rf_str_eq(text, name);
    return rf_str_ends(name, text) && name.p[name.n - text.n - 1] == '.';
}

static void take_hosts(const struct rf_list *l, const struct rf_list *probe,
                       struct heap *h)
{
    struct rf_str name = rf_pool_at(&probe->texts, 0);
    name = rf_str_sub(name, name.n && name.p[0] == '=');
    for (uint32_t i = 0; i < l->texts.n; i++)
        if (is_host(rf_pool_at(&l->texts, i), name))
            take(h, l->n - l->texts.n + i);
}

/* Whether the string is a spelling of the value; members of pairs are none. */
static bool is_spelling(const struct rf_list *probe, struct rf_str s)
{
    if (rf_list_get_type(probe) == RF_LIST_PAIRS && !memchr(s.p, ' ', s.n))
        return false;
    for (uint32_t i = 0; i < probe->texts.n; i++)
        if (rf_str_eq(rf_pool_at(&probe->texts, i), s))
            return true;
    for (uint32_t i = 0; i < probe->extras.n; i++)
        if (rf_str_eq(rf_pool_at(&probe->extras, i), s))
            return true;
    return false;
}

/* Words, strings, pairs and names of senders. */
static void take_texts(const struct rf_list *l, const struct rf_list *probe,
                       struct heap *h)
{
    for (uint32_t i = 0; i < l->texts.n; i++)
        if (is_spelling(probe, rf_pool_at(&l->texts, i)))
            take(h, l->n - l->texts.n + i);
    for (uint32_t i = 0; i < l->extras.n; i++)
        if (is_spelling(probe, rf_pool_at(&l->extras, i)))
            take(h, l->n - l->texts.n + l->extra_texts[i]);
}

/* ---- numbers ---- */

/* Intervals that hold all from first to last, entries counting from `entry`. */
static void take_intervals(const struct rf_intervals *s, uint32_t entry, int64_t first,
                           int64_t last, struct heap *h)
{
    if (s->begins.levels == 0)
        return;
    uint32_t i = rf_intervals_at(s, rf_tree_find(&s->begins, first), first);
    for (; i != RF_INTERVALS_NONE; i = rf_intervals_out(s, i, first))
        if (s->v[i].end >= last)
            take(h, entry + i);
}

static void take_number(const struct rf_list *l, int64_t key, struct heap *h)
{
    const struct rf_list_header *head = l->head;
    uint32_t rank;
    bool near;
    rf_numbers_find_batch(&l->numbers, &key, 1, &rank, &near);
    if (rank != RF_NUMBERS_NONE)
        take(h, rank);
    for (uint32_t i = 0; i < head->n_twins; i++)
        if (l->twins[i] == key)
            take(h, head->n_numbers + i);
}

static uint32_t first_prefix(const struct rf_list *l)
{
    return l->head->n_numbers + l->head->n_twins;
}

static void take_ranges(const struct rf_list *l, int64_t first, int64_t last,
                        struct heap *h)
{
    take_intervals(&l->ranges, first_prefix(l) + l->head->n_prefixes, first, last, h);
}

static void take_prefixes(const struct rf_list *l, int64_t first, int64_t last,
                          struct heap *h)
{
    take_intervals(&l->prefixes, first_prefix(l), first, last, h);
}

static int64_t prefix_key_of(int64_t key)
{
    unsigned digits = (unsigned)(key >> RF_NUMBER_VALUE_BITS) & 31;
    uint64_t value = (uint64_t)key & ((UINT64_C(1) << RF_NUMBER_VALUE_BITS) - 1);
    return rf_prefix_key((key & RF_NUMBER_SHORT) != 0, value, digits);
}

/* Of a number of too many digits for a key: the prefixes of it. */
static void take_long(const struct rf_list *l, struct rf_str text, struct heap *h)
{
    bool is_short = text.n && text.p[0] != '+';
    struct rf_str digits = rf_str_sub(text, !is_short);
    for (size_t i = 0; i < digits.n; i++)
        if (digits.p[i] < '0' || digits.p[i] > '9')
            return;
    if (digits.n <= RF_NUMBERS_DIGITS)
        return;
    int64_t key =
        rf_prefix_key(is_short, rf_number_value(rf_str(digits.p, RF_NUMBERS_DIGITS)),
                      RF_NUMBERS_DIGITS);
    take_prefixes(l, key, key, h);
}

static void take_numbers(const struct rf_list *l, const struct rf_list *probe,
                         struct heap *h)
{
    if (probe->head->n_numbers) {
        int64_t key = rf_numbers_at(&probe->numbers, 0), prefix = prefix_key_of(key);
        take_number(l, key, h);
        take_ranges(l, key, key, h);
        take_prefixes(l, prefix, prefix, h);
    } else if (probe->head->n_prefixes) {
        int64_t key = probe->prefixes.begins.level[0][0];
        take_prefixes(l, key, probe->prefixes.v[0].end, h);
    } else if (probe->head->n_ranges) {
        int64_t key = probe->ranges.begins.level[0][0];
        take_ranges(l, key, probe->ranges.v[0].end, h);
    } else {
        take_texts(l, probe, h);
        take_long(l, rf_pool_at(&probe->texts, 0), h);
    }
}

/* ---- what is offered ---- */

static void take_all(const struct rf_list *l, const struct rf_list *probe, struct heap *h)
{
    switch (rf_list_get_type(l)) {
    case RF_LIST_NUMBERS:
    case RF_LIST_SENDERS:
        take_numbers(l, probe, h);
        break;
    case RF_LIST_HOSTS:
        take_hosts(l, probe, h);
        break;
    default:
        take_texts(l, probe, h);
    }
}

static struct rf_list *probe_of(const struct rf_list *l, const struct rf_plan *home,
                                struct rf_str value)
{
    struct rf_list_error ignored;
    return rf_list_probe(rf_list_get_type(l), home, value, &ignored);
}

size_t rf_list_find_all(const struct rf_list *l, const struct rf_plan *home,
                        struct rf_str value, uint32_t *out, size_t max)
{
    struct heap h = {.out = out, .max = max};
    const struct rf_overlay *o = rf_list_overlay(l);
    struct rf_list *probe = probe_of(l, home, value);
    if (!probe)
        return 0;
    take_all(l, probe, &h);
    if (o) {
        struct heap added = {.out = out + h.n, .max = max - h.n};
        take_all(o->adds, probe, &added);
        for (size_t i = 0; i < added.n; i++)
            added.out[i] += l->n;
        h.n += added.n;
    }
    rf_list_free(probe);
    return h.n;
}

#define MAX_REMOVALS 64

size_t rf_list_find_removals(const struct rf_list *l, const struct rf_plan *home,
                             struct rf_str value, struct rf_list_change *out, size_t max)
{
    uint32_t found[MAX_REMOVALS];
    struct heap h = {.out = found, .max = max < MAX_REMOVALS ? max : MAX_REMOVALS};
    const struct rf_overlay *o = rf_list_overlay(l);
    struct rf_list *probe = o ? probe_of(l, home, value) : NULL;
    if (!probe)
        return 0;
    take_all(o->dels, probe, &h);
    for (size_t i = 0; i < h.n; i++)
        out[i] = o->changes[rf_list_column(o->dels, RF_COLUMN_LINE, found[i]) - 1];
    rf_list_free(probe);
    return h.n;
}

/* Of the entries the most special one that has not expired. */
static uint32_t best(const struct rf_list *l, const uint32_t *v, size_t n, int64_t now_ms)
{
    uint32_t found = RF_LIST_NONE;
    for (size_t i = 0; i < n; i++)
        if (!rf_list_expired(l, v[i], now_ms) &&
            (found == RF_LIST_NONE || rf_list_rank(l, v[i]) > rf_list_rank(l, found)))
            found = v[i];
    return found;
}

static uint32_t best_in(const struct rf_list *l, const struct rf_list *probe,
                        int64_t now_ms)
{
    uint32_t found[MAX_REMOVALS];
    struct heap h = {.out = found, .max = MAX_REMOVALS};
    take_all(l, probe, &h);
    return best(l, found, h.n, now_ms);
}

uint32_t rf_list_find_value(const struct rf_list *l, const struct rf_plan *home,
                            struct rf_str value, int64_t now_ms)
{
    const struct rf_overlay *o = rf_list_overlay(l);
    struct rf_list *probe = probe_of(l, home, value);
    if (!probe)
        return RF_LIST_NONE;
    uint32_t found = best_in(l, probe, now_ms);
    if (o)
        found = rf_overlay_pick(o, l, found, best_in(o->adds, probe, now_ms),
                                best_in(o->dels, probe, now_ms));
    rf_list_free(probe);
    return found;
}
