/* Lookups in finished lists. Hot: nothing is allocated. */
#include "lib/match/list.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "lib/base/limits.h"
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
    rf_numbers_fini(&l->numbers);
    rf_keys_fini(&l->keys);
    rf_keys_fini(&l->folded);
    rf_keys_fini(&l->exact);
    rf_keys_fini(&l->firsts);
    rf_arena_fini(&l->arena);
    free(l->texts);
    free(l->infos);
    free(l);
}

enum rf_list_type rf_list_get_type(const struct rf_list *l)
{
    return l->type;
}

/* Entries of the number set come before the texts. */
static uint32_t numbers_size(const struct rf_list *l)
{
    return l->numbers.n_exact + l->numbers.n_prefixes + l->numbers.n_ranges;
}

uint32_t rf_list_size(const struct rf_list *l)
{
    return numbers_size(l) + l->n_texts;
}

uint64_t rf_list_hash(const struct rf_list *l)
{
    return l->hash;
}

size_t rf_list_bytes(const struct rf_list *l)
{
    return sizeof *l + rf_arena_bytes(&l->arena) + rf_keys_bytes(&l->keys) +
           rf_keys_bytes(&l->folded) + rf_keys_bytes(&l->exact) +
           rf_keys_bytes(&l->firsts) + l->n_texts * sizeof *l->texts +
           l->n_infos * sizeof *l->infos + l->numbers.n_exact * sizeof *l->numbers.exact +
           l->numbers.n_prefixes * sizeof *l->numbers.prefixes +
           l->numbers.n_ranges * sizeof *l->numbers.ranges;
}

/* The first unexpired text under that key. */
static uint32_t find_text(const struct rf_list *l, const struct rf_keys *keys,
                          struct rf_str s, int64_t now_ms)
{
    uint64_t cursor = 0;
    uint32_t i;
    while ((i = rf_keys_next(keys, s, &cursor)) != RF_KEYS_NONE)
        if (!rf_entry_expired(&l->texts[i].meta, now_ms))
            return numbers_size(l) + i;
    return RF_LIST_NONE;
}

uint32_t rf_list_find_addr(const struct rf_list *l, const struct rf_addr *addr,
                           int64_t now_ms)
{
    if (addr->form == RF_ADDR_NONE)
        return RF_LIST_NONE;
    uint32_t found = find_text(l, &l->keys, addr->norm, now_ms);
    if (found != RF_LIST_NONE || addr->form == RF_ADDR_ALPHA)
        return found;
    bool is_short = addr->form == RF_ADDR_SHORT;
    return rf_numbers_find(&l->numbers, is_short, rf_str_sub(addr->norm, !is_short),
                           now_ms);
}

uint32_t rf_list_find_host(const struct rf_list *l, struct rf_str host, int64_t now_ms)
{
    uint32_t found = find_text(l, &l->exact, host, now_ms);
    while (found == RF_LIST_NONE && host.n) {
        found = find_text(l, &l->keys, host, now_ms);
        const char *dot = memchr(host.p, '.', host.n);
        host = rf_str_sub(host, dot ? (size_t)(dot + 1 - host.p) : host.n);
    }
    return found;
}

uint32_t rf_list_find_str(const struct rf_list *l, struct rf_str s, int64_t now_ms)
{
    return find_text(l, &l->keys, s, now_ms);
}

uint32_t rf_list_find_folded(const struct rf_list *l, struct rf_str s, int64_t now_ms)
{
    return find_text(l, &l->folded, s, now_ms);
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
    return find_text(l, &l->keys, rf_str(key, n), now_ms);
}

uint32_t rf_list_find_first(const struct rf_list *l, struct rf_str a, int64_t now_ms)
{
    return find_text(l, &l->firsts, a, now_ms);
}

/* The text of entry i of the number set; *meta is set. */
static struct rf_str number_entry(const struct rf_numbers *s, uint32_t i,
                                  struct rf_arena *a, struct rf_entry_meta *meta)
{
    char lo[20], hi[20];
    if (i < s->n_exact) {
        *meta = s->exact[i].meta;
        return rf_arena_dup(a, rf_number_text(s->exact[i].key, lo));
    }
    i -= s->n_exact;
    if (i < s->n_prefixes) {
        *meta = s->prefixes[i].meta;
        struct rf_str text = rf_number_text(s->prefixes[i].key, lo);
        return rf_arena_printf(a, "%.*s*", RF_STR_FMT(text));
    }
    const struct rf_number_range *r = &s->ranges[i - s->n_prefixes];
    struct rf_str from = rf_number_text(r->lo, lo), to = rf_number_text(r->hi, hi);
    *meta = r->meta;
    return rf_arena_printf(a, "%.*s-%.*s", RF_STR_FMT(from), RF_STR_FMT(to));
}

void rf_list_entry(const struct rf_list *l, uint32_t i, struct rf_arena *a,
                   struct rf_list_entry *out)
{
    struct rf_entry_meta meta;
    uint32_t n = numbers_size(l);
    if (i < n) {
        out->text = number_entry(&l->numbers, i, a, &meta);
    } else {
        out->text = l->texts[i - n].text;
        meta = l->texts[i - n].meta;
    }
    out->reason = l->infos[meta.info].reason;
    out->source = l->infos[meta.info].source;
    out->expires_ms = meta.expires ? (int64_t)meta.expires * 1000 : RF_LIST_NEVER;
    out->line = meta.line;
}
