/* Finished lists: who owns them, what they hold. Cold but for rf_list_get_type. */
#include "lib/match/list.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "lib/match/list_internal.h"

static const char *const type_names[RF_LIST_TYPES] = {
    "numbers", "senders", "hosts", "words", "strings", "pairs",
};

const char *rf_list_type_name(enum rf_list_type t)
{
    return type_names[t];
}

struct rf_list *rf_list_ref(struct rf_list *l)
{
    atomic_fetch_add(&l->more_owners, 1);
    return l;
}

void rf_list_free(struct rf_list *l)
{
    if (!l || atomic_fetch_sub(&l->more_owners, 1) > 0)
        return;
    rf_overlay_free(atomic_load(&l->overlay));
    free(l->head);
    free(l->sieve);
    free(l);
}

enum rf_list_type rf_list_get_type(const struct rf_list *l)
{
    return (enum rf_list_type)l->head->type;
}

uint32_t rf_list_size(const struct rf_list *l)
{
    return l->n;
}

uint64_t rf_list_hash(const struct rf_list *l)
{
    return l->head->content;
}

size_t rf_list_bytes(const struct rf_list *l)
{
    size_t sieve = l->sieve ? (size_t)1 << (64 - l->sieve_shift) >> 3 : 0;
    return sizeof *l + (size_t)l->head->bytes + sieve;
}

/* ---- entries ---- */

static struct rf_str range_text(const struct rf_list *l, uint32_t i, struct rf_arena *a)
{
    char lo[20], hi[20];
    struct rf_str from = rf_number_text(l->ranges.begins.level[0][i], lo);
    struct rf_str to = rf_number_text(l->ranges.v[i].end, hi);
    return rf_arena_printf(a, "%.*s-%.*s", RF_STR_FMT(from), RF_STR_FMT(to));
}

static struct rf_str entry_text(const struct rf_list *l, uint32_t i, struct rf_arena *a)
{
    const struct rf_list_header *h = l->head;
    char buf[20];
    if (i < h->n_numbers)
        return rf_arena_dup(a, rf_number_text(rf_numbers_at(&l->numbers, i), buf));
    i -= h->n_numbers;
    if (i < h->n_twins)
        return rf_arena_dup(a, rf_number_text(l->twins[i], buf));
    i -= h->n_twins;
    if (i < h->n_prefixes) {
        struct rf_str text = rf_prefix_text(l->prefixes.begins.level[0][i], buf);
        return rf_arena_printf(a, "%.*s*", RF_STR_FMT(text));
    }
    i -= h->n_prefixes;
    if (i < h->n_ranges)
        return range_text(l, i, a);
    return rf_pool_at(&l->texts, i - h->n_ranges);
}

uint64_t rf_list_rank(const struct rf_list *l, uint32_t i)
{
    const struct rf_list_header *h = l->head;
    if (i < h->n_numbers + h->n_twins)
        return UINT64_MAX;
    i -= h->n_numbers + h->n_twins;
    if (i < h->n_prefixes) /* its digits */
        return (uint64_t)l->prefixes.begins.level[0][i] & 31;
    i -= h->n_prefixes;
    if (i < h->n_ranges) /* where it begins */
        return UINT64_C(1) << 63 | (uint64_t)l->ranges.begins.level[0][i];
    if (h->type != RF_LIST_HOSTS)
        return UINT64_MAX;
    struct rf_str text = rf_pool_at(&l->texts, i - h->n_ranges);
    return text.n && text.p[0] == '=' ? UINT64_MAX : text.n;
}

void rf_list_entry(const struct rf_list *l, uint32_t i, struct rf_arena *a,
                   struct rf_list_entry *out)
{
    const struct rf_overlay *o = i >= l->n ? rf_list_overlay(l) : NULL;
    *out = (struct rf_list_entry){.text = {"", 0}, .reason = {"", 0}, .source = {"", 0}};
    if (i >= l->n) {
        if (o)
            rf_overlay_entry(o, i - l->n, a, out);
        return;
    }
    uint32_t info = rf_list_column(l, RF_COLUMN_INFO, i);
    uint32_t expires = rf_list_column(l, RF_COLUMN_EXPIRES, i);
    out->text = entry_text(l, i, a);
    out->reason = rf_pool_at(&l->infos, 2 * info);
    out->source = rf_pool_at(&l->infos, 2 * info + 1);
    out->expires_ms = expires ? (int64_t)expires * 1000 : RF_LIST_NEVER;
    out->line = rf_list_column(l, RF_COLUMN_LINE, i);
}
