/* A list's builder: drafts of entries, and freezing them into an image. Cold. */
#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/match/list_internal.h"

void *rf_list_grow(void *p, uint32_t n, size_t size)
{
    return n & (n - 1) ? p : rf_mem_realloc(p, n ? (size_t)n * 2 : 1, size);
}

struct rf_list_builder *rf_list_begin(enum rf_list_type type, const struct rf_plan *home)
{
    struct rf_list_builder *b = rf_mem_calloc(1, sizeof *b);
    b->type = type;
    b->home = home;
    rf_arena_init(&b->scratch, 0);
    rf_arena_init(&b->names, 4096);
    rf_pool_begin(&b->text_pool);
    rf_pool_begin(&b->extra_pool);
    rf_pool_begin(&b->info_pool);
    rf_map_init(&b->info_ids);
    rf_list_add_meta(b, rf_str("", 0), rf_str("", 0), 0);
    return b;
}

static void drop(struct rf_list_builder *b)
{
    rf_arena_fini(&b->scratch);
    rf_arena_fini(&b->names);
    rf_pool_drop(&b->text_pool);
    rf_pool_drop(&b->extra_pool);
    rf_pool_drop(&b->info_pool);
    rf_map_fini(&b->info_ids);
    free(b->numbers);
    free(b->prefixes);
    free(b->ranges);
    free(b->texts);
    free(b->keys);
    free(b->extra_texts);
    free(b->metas);
    free(b);
}

void rf_list_add_key(struct rf_list_builder *b, int64_t key, uint32_t line, uint32_t meta)
{
    b->numbers = rf_list_grow(b->numbers, b->n_numbers, sizeof *b->numbers);
    b->numbers[b->n_numbers++] = (struct rf_number_draft){key, line, meta};
}

uint32_t rf_list_add_text(struct rf_list_builder *b, struct rf_str text, uint32_t line,
                          uint32_t meta)
{
    b->texts = rf_list_grow(b->texts, b->text_pool.n, sizeof *b->texts);
    b->texts[b->text_pool.n] = (struct rf_text_draft){line, meta};
    return rf_pool_add(&b->text_pool, text);
}

uint32_t rf_list_add_extra(struct rf_list_builder *b, struct rf_str s, uint32_t text)
{
    b->extra_texts = rf_list_grow(b->extra_texts, b->extra_pool.n, sizeof(uint32_t));
    b->extra_texts[b->extra_pool.n] = text;
    return rf_pool_add(&b->extra_pool, s) | RF_SLOT_EXTRA;
}

void rf_list_add_slot(struct rf_list_builder *b, enum rf_list_table t, struct rf_str key,
                      uint32_t slot)
{
    b->keys = rf_list_grow(b->keys, b->n_keys, sizeof *b->keys);
    b->keys[b->n_keys++] = (struct rf_key_draft){rf_keys_hash(key), slot, (uint8_t)t};
}

static uint32_t add_info(struct rf_list_builder *b, struct rf_str reason,
                         struct rf_str source)
{
    struct rf_str key = rf_arena_printf(&b->scratch, "%.*s\t%.*s", RF_STR_FMT(reason),
                                        RF_STR_FMT(source));
    uint32_t i = rf_map_get(&b->info_ids, key);
    if (i != RF_MAP_NONE)
        return i;
    i = b->info_pool.n / 2;
    rf_map_put(&b->info_ids, rf_arena_dup(&b->names, key), i);
    rf_pool_add(&b->info_pool, reason);
    rf_pool_add(&b->info_pool, source);
    return i;
}

uint32_t rf_list_add_meta(struct rf_list_builder *b, struct rf_str reason,
                          struct rf_str source, uint32_t expires)
{
    if (b->n_metas && !reason.n && !source.n && !expires)
        return 0;
    uint32_t info = add_info(b, reason, source);
    b->metas = rf_list_grow(b->metas, b->n_metas, sizeof *b->metas);
    b->metas[b->n_metas] = (struct rf_list_meta){info, expires};
    return b->n_metas++;
}

/* ---- freezing ---- */

/* A builder whose drafts are being moved to an image. */
struct freezing {
    struct rf_list_builder *b;
    struct rf_list_header head;
    int64_t *firsts;
    struct rf_number_run *runs;
    struct rf_number_draft *twins;
    uint32_t most_line, most_info, most_expires;
};

static bool same_columns(const struct rf_list_builder *b, uint32_t x, uint32_t y)
{
    return b->metas[x].info == b->metas[y].info &&
           b->metas[x].expires == b->metas[y].expires;
}

/* Of a number's entries the first stays, those that differ become twins, copies go. */
static void part_twins(struct freezing *f)
{
    struct rf_number_draft *v = f->b->numbers;
    uint32_t n = 0, first_twin = 0;
    for (uint32_t i = 0; i < f->b->n_numbers; i++) {
        if (n == 0 || v[n - 1].key != v[i].key) {
            v[n++] = v[i];
            first_twin = f->head.n_twins;
            continue;
        }
        bool copy = same_columns(f->b, v[n - 1].meta, v[i].meta);
        for (uint32_t k = first_twin; !copy && k < f->head.n_twins; k++)
            copy = same_columns(f->b, f->twins[k].meta, v[i].meta);
        if (copy)
            continue;
        f->twins = rf_list_grow(f->twins, f->head.n_twins, sizeof *f->twins);
        f->twins[f->head.n_twins++] = v[i];
    }
    f->b->n_numbers = f->head.n_numbers = n;
}

static void pack_runs(struct freezing *f)
{
    const struct rf_number_draft *v = f->b->numbers;
    for (uint32_t i = 0; i < f->head.n_numbers;) {
        uint32_t run = f->head.n_runs++;
        f->firsts = rf_list_grow(f->firsts, run, sizeof *f->firsts);
        f->runs = rf_list_grow(f->runs, run, sizeof *f->runs);
        f->firsts[run] = v[i].key;
        i += rf_numbers_pack(&v[i].key, sizeof *v, f->head.n_numbers - i, i,
                             &f->runs[run]);
    }
}

static void see(struct freezing *f, uint32_t line, uint32_t meta)
{
    const struct rf_list_meta *m = &f->b->metas[meta];
    f->most_line = line > f->most_line ? line : f->most_line;
    f->most_info = m->info > f->most_info ? m->info : f->most_info;
    f->most_expires = m->expires > f->most_expires ? m->expires : f->most_expires;
}

static uint8_t width_of(uint32_t most)
{
    return most ? (uint8_t)((32 - (unsigned)__builtin_clz(most) + 7) / 8) : 0;
}

static void size_columns(struct freezing *f)
{
    const struct rf_list_builder *b = f->b;
    for (uint32_t i = 0; i < f->head.n_numbers; i++)
        see(f, b->numbers[i].line, b->numbers[i].meta);
    for (uint32_t i = 0; i < f->head.n_twins; i++)
        see(f, f->twins[i].line, f->twins[i].meta);
    for (uint32_t i = 0; i < b->n_prefixes; i++)
        see(f, b->prefixes[i].line, b->prefixes[i].meta);
    for (uint32_t i = 0; i < b->n_ranges; i++)
        see(f, b->ranges[i].line, b->ranges[i].meta);
    for (uint32_t i = 0; i < b->text_pool.n; i++)
        see(f, b->texts[i].line, b->texts[i].meta);
    f->head.width[RF_COLUMN_LINE] = width_of(f->most_line);
    f->head.width[RF_COLUMN_INFO] = width_of(f->most_info);
    f->head.width[RF_COLUMN_EXPIRES] = width_of(f->most_expires);
}

static void count_all(struct freezing *f)
{
    struct rf_list_builder *b = f->b;
    struct rf_list_header *h = &f->head;
    uint32_t keys[RF_TABLES] = {0};
    rf_list_sort_numbers(b->numbers, b->n_numbers);
    rf_list_sort_intervals(b->prefixes, b->n_prefixes);
    rf_list_sort_intervals(b->ranges, b->n_ranges);
    part_twins(f);
    pack_runs(f);
    size_columns(f);
    for (uint32_t i = 0; i < b->n_keys; i++)
        keys[b->keys[i].table]++;
    for (int t = 0; t < RF_TABLES; t++)
        h->n_buckets[t] = rf_keys_buckets(keys[t]);
    h->type = b->type;
    h->n_prefixes = b->n_prefixes;
    h->n_ranges = b->n_ranges;
    h->n_texts = b->text_pool.n;
    h->n_extras = b->extra_pool.n;
    h->n_infos = b->info_pool.n;
    h->text_bytes = b->text_pool.bytes.n;
    h->extra_bytes = b->extra_pool.bytes.n;
    h->info_bytes = b->info_pool.bytes.n;
    h->depths = b->depths;
    h->origin.bad_lines = b->bad_lines;
    if (b->home)
        memcpy(h->origin.country, rf_plan_iso(b->home), 2);
}

/* ---- filling the image ---- */

static void copy(struct rf_list_header *h, uint64_t at, const void *p, size_t n)
{
    if (n)
        memcpy((char *)h + at, p, n);
}

static void put_intervals(struct rf_list_header *h, uint64_t begins_at, uint64_t at,
                          const struct rf_interval_draft *v, uint32_t n)
{
    int64_t *begins = (int64_t *)((char *)h + begins_at);
    struct rf_interval *out = (struct rf_interval *)((char *)h + at);
    for (uint32_t i = 0; i < n; i++) {
        begins[i] = v[i].begin;
        out[i].end = v[i].end;
    }
    rf_intervals_link(out, begins, n);
    rf_tree_build(begins, n);
}

static void put_pool(struct rf_list_header *h, uint64_t offsets_at, uint64_t at,
                     const struct rf_pool_draft *d)
{
    copy(h, offsets_at, d->offsets, rf_pool_offsets(d->n) * sizeof *d->offsets);
    copy(h, at, d->bytes.p, d->bytes.n);
}

struct columns {
    const struct rf_list_builder *b;
    uint8_t *at[RF_COLUMNS];
    const uint8_t *width;
};

static void put_columns(struct columns *c, uint32_t line, uint32_t meta)
{
    const struct rf_list_meta *m = &c->b->metas[meta];
    uint32_t values[RF_COLUMNS] = {line, m->info, m->expires};
    for (int i = 0; i < RF_COLUMNS; i++) {
        memcpy(c->at[i], &values[i], sizeof values[i]); /* SPARE bytes are behind */
        c->at[i] += c->width[i];
    }
}

static void put_all_columns(const struct freezing *f, struct rf_list_header *h,
                            const uint64_t *at)
{
    const struct rf_list_builder *b = f->b;
    struct columns c = {.b = b, .width = h->width};
    uint8_t none[sizeof(uint32_t)] = {0};
    for (int i = 0; i < RF_COLUMNS; i++)
        c.at[i] = h->width[i] ? (uint8_t *)h + at[RF_SECTION_COLUMN_LINE + i] : none;
    for (uint32_t i = 0; i < h->n_numbers; i++)
        put_columns(&c, b->numbers[i].line, b->numbers[i].meta);
    for (uint32_t i = 0; i < h->n_twins; i++)
        put_columns(&c, f->twins[i].line, f->twins[i].meta);
    for (uint32_t i = 0; i < h->n_prefixes; i++)
        put_columns(&c, b->prefixes[i].line, b->prefixes[i].meta);
    for (uint32_t i = 0; i < h->n_ranges; i++)
        put_columns(&c, b->ranges[i].line, b->ranges[i].meta);
    for (uint32_t i = 0; i < h->n_texts; i++)
        put_columns(&c, b->texts[i].line, b->texts[i].meta);
}

static struct rf_list *fill(const struct freezing *f)
{
    const struct rf_list_builder *b = f->b;
    uint64_t at[RF_SECTIONS + 1];
    struct rf_list_header *h = rf_list_image_new(&f->head, at);
    int64_t *firsts = (int64_t *)((char *)h + at[RF_SECTION_FIRSTS]);
    int64_t *twins = (int64_t *)((char *)h + at[RF_SECTION_TWINS]);
    copy(h, at[RF_SECTION_FIRSTS], f->firsts, h->n_runs * sizeof *f->firsts);
    rf_tree_build(firsts, h->n_runs);
    copy(h, at[RF_SECTION_RUNS], f->runs, h->n_runs * sizeof *f->runs);
    put_intervals(h, at[RF_SECTION_PREFIX_BEGINS], at[RF_SECTION_PREFIXES], b->prefixes,
                  h->n_prefixes);
    put_intervals(h, at[RF_SECTION_RANGE_BEGINS], at[RF_SECTION_RANGES], b->ranges,
                  h->n_ranges);
    for (uint32_t i = 0; i < h->n_twins; i++)
        twins[i] = f->twins[i].key;
    put_pool(h, at[RF_SECTION_TEXT_OFFSETS], at[RF_SECTION_TEXTS], &b->text_pool);
    put_pool(h, at[RF_SECTION_EXTRA_OFFSETS], at[RF_SECTION_EXTRAS], &b->extra_pool);
    copy(h, at[RF_SECTION_EXTRA_TEXTS], b->extra_texts,
         h->n_extras * sizeof *b->extra_texts);
    put_pool(h, at[RF_SECTION_INFO_OFFSETS], at[RF_SECTION_INFOS], &b->info_pool);
    put_all_columns(f, h, at);
    struct rf_list *l = rf_list_wrap(h);
    rf_list_mark(l);
    return l;
}

/* The second at which the text ends. */
static uint64_t end_of(const struct rf_list_builder *b, uint32_t text)
{
    uint32_t expires = b->metas[b->texts[text].meta].expires;
    return expires ? expires : UINT64_MAX;
}

/* A slot that could never be the first unexpired one under its key is left out: without
 * that, thousands of pairs with one first member would fill one chain. */
static bool is_covered(const struct rf_list *l, const struct rf_list_builder *b,
                       const struct rf_key_draft *k)
{
    enum rf_list_table t = (enum rf_list_table)k->table;
    struct rf_str mine, other;
    uint32_t text, earlier, slot;
    uint64_t cursor = 0;
    if (!rf_list_slot(l, t, k->slot, &mine, &text))
        return true;
    while ((slot = rf_keys_next(&l->tables[t], k->hash, &cursor)) != RF_KEYS_NONE)
        if (rf_list_slot(l, t, slot, &other, &earlier) && rf_str_eq(mine, other) &&
            end_of(b, earlier) >= end_of(b, text))
            return true;
    return false;
}

static void fill_tables(struct rf_list *l, const struct rf_list_builder *b)
{
    for (uint32_t i = 0; i < b->n_keys; i++) {
        const struct rf_key_draft *k = &b->keys[i];
        const struct rf_keys *t = &l->tables[k->table];
        if (!is_covered(l, b, k))
            rf_keys_add((struct rf_keys_bucket *)t->buckets, t->n_buckets, k->hash,
                        k->slot);
    }
}

/* ---- the hash of the content ---- */

static uint64_t mixed(uint64_t h, uint64_t v)
{
    h = (h ^ v) * UINT64_C(0xd6e8feb86659fd93);
    h ^= h >> 32;
    return h * UINT64_C(0xd6e8feb86659fd93);
}

/* A sum over the entries, so that their order has no part in it. */
static uint64_t content_of(const struct rf_list *l, const struct rf_list_builder *b,
                           const struct rf_number_draft *twins)
{
    uint64_t *metas = rf_mem_calloc(b->n_metas, sizeof *metas), sum = b->type;
    for (uint32_t i = 0; i < b->n_metas; i++) {
        struct rf_str reason = rf_pool_at(&l->infos, 2 * b->metas[i].info);
        struct rf_str source = rf_pool_at(&l->infos, 2 * b->metas[i].info + 1);
        metas[i] =
            mixed(mixed(rf_keys_hash(reason), rf_keys_hash(source)), b->metas[i].expires);
    }
    for (uint32_t i = 0; i < b->n_numbers; i++)
        sum += mixed(metas[b->numbers[i].meta], (uint64_t)b->numbers[i].key);
    for (uint32_t i = 0; i < l->head->n_twins; i++)
        sum += mixed(metas[twins[i].meta], (uint64_t)twins[i].key);
    for (uint32_t i = 0; i < b->n_prefixes; i++)
        sum += mixed(metas[b->prefixes[i].meta], ~(uint64_t)b->prefixes[i].begin);
    for (uint32_t i = 0; i < b->n_ranges; i++)
        sum += mixed(mixed(metas[b->ranges[i].meta], (uint64_t)b->ranges[i].begin),
                     (uint64_t)b->ranges[i].end);
    for (uint32_t i = 0; i < b->text_pool.n; i++)
        sum += mixed(metas[b->texts[i].meta], rf_keys_hash(rf_pool_at(&l->texts, i)));
    free(metas);
    return sum;
}

struct rf_list *rf_list_finish(struct rf_list_builder *b)
{
    struct freezing f = {.b = b};
    count_all(&f);
    struct rf_list *l = fill(&f);
    fill_tables(l, b);
    l->head->content = content_of(l, b, f.twins);
    free(f.firsts);
    free(f.runs);
    free(f.twins);
    drop(b);
    return l;
}
