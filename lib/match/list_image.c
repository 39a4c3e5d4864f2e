/* The image of a list: where its sections lie, to a file and back. Cold. */
#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/match/list_internal.h"

#define MAGIC UINT64_C(0x0a5453494c474652) /* "RFGLIST\n" where bytes stand as here */
#define VERSION 4 /* to be raised with each change of image or normalizing */
#define ALIGN 64
#define SPARE 8 /* bytes readable behind the last of a section */
#define LANES 8

_Static_assert(sizeof(struct rf_list_header) % 8 == 0, "no padding at the end");

/* ---- layout ---- */

static void sizes(const struct rf_list_header *h, uint64_t bytes[RF_SECTIONS])
{
    uint64_t entries =
        (uint64_t)h->n_numbers + h->n_twins + h->n_prefixes + h->n_ranges + h->n_texts;
    bytes[RF_SECTION_FIRSTS] = rf_tree_words(h->n_runs) * sizeof(int64_t);
    bytes[RF_SECTION_RUNS] = (uint64_t)h->n_runs * sizeof(struct rf_number_run);
    bytes[RF_SECTION_PREFIX_BEGINS] = rf_tree_words(h->n_prefixes) * sizeof(int64_t);
    bytes[RF_SECTION_PREFIXES] = (uint64_t)h->n_prefixes * sizeof(struct rf_interval);
    bytes[RF_SECTION_RANGE_BEGINS] = rf_tree_words(h->n_ranges) * sizeof(int64_t);
    bytes[RF_SECTION_RANGES] = (uint64_t)h->n_ranges * sizeof(struct rf_interval);
    bytes[RF_SECTION_TWINS] = (uint64_t)h->n_twins * sizeof(int64_t);
    for (int t = 0; t < RF_TABLES; t++)
        bytes[RF_SECTION_BUCKETS + t] =
            (uint64_t)h->n_buckets[t] * sizeof(struct rf_keys_bucket);
    bytes[RF_SECTION_TEXT_OFFSETS] = (uint64_t)rf_pool_offsets(h->n_texts) * 4;
    bytes[RF_SECTION_TEXTS] = h->text_bytes;
    bytes[RF_SECTION_EXTRA_OFFSETS] = (uint64_t)rf_pool_offsets(h->n_extras) * 4;
    bytes[RF_SECTION_EXTRAS] = h->extra_bytes;
    bytes[RF_SECTION_EXTRA_TEXTS] = (uint64_t)h->n_extras * 4;
    bytes[RF_SECTION_INFO_OFFSETS] = (uint64_t)rf_pool_offsets(h->n_infos) * 4;
    bytes[RF_SECTION_INFOS] = h->info_bytes;
    for (int c = 0; c < RF_COLUMNS; c++)
        bytes[RF_SECTION_COLUMN_LINE + c] = entries * h->width[c];
}

static uint64_t aligned(uint64_t n)
{
    return (n + ALIGN - 1) & ~(uint64_t)(ALIGN - 1);
}

bool rf_list_layout(const struct rf_list_header *h, uint64_t at[RF_SECTIONS + 1])
{
    uint64_t bytes[RF_SECTIONS], end = aligned(sizeof *h);
    uint64_t entries =
        (uint64_t)h->n_numbers + h->n_twins + h->n_prefixes + h->n_ranges + h->n_texts;
    if (entries >= RF_LIST_NONE || h->n_texts >= RF_SLOT_EXTRA ||
        h->n_extras >= RF_SLOT_EXTRA || h->type >= RF_LIST_TYPES)
        return false;
    for (int c = 0; c < RF_COLUMNS; c++)
        if (h->width[c] > sizeof(uint32_t))
            return false;
    if ((h->text_bytes | h->extra_bytes | h->info_bytes) >> 40)
        return false;
    sizes(h, bytes);
    for (int i = 0; i < RF_SECTIONS; i++) {
        at[i] = end;
        end = aligned(end + bytes[i] + (bytes[i] ? SPARE : 0));
    }
    at[RF_SECTIONS] = end;
    return true;
}

struct rf_list_header *rf_list_image_new(const struct rf_list_header *counts,
                                         uint64_t at[RF_SECTIONS + 1])
{
    if (!rf_list_layout(counts, at))
        rf_mem_die(SIZE_MAX);
    struct rf_list_header *h = rf_mem_pages(at[RF_SECTIONS]);
    memset(h, 0, at[RF_SECTIONS]);
    *h = *counts;
    h->magic = MAGIC;
    h->version = VERSION;
    h->bytes = at[RF_SECTIONS];
    return h;
}

struct rf_list *rf_list_wrap(struct rf_list_header *h)
{
    uint64_t at[RF_SECTIONS + 1];
    struct rf_list *l = rf_mem_calloc(1, sizeof *l);
    rf_list_layout(h, at);
#define SECTION(s) ((const void *)((const char *)h + at[RF_SECTION_##s]))
    l->head = h;
    l->numbers.runs = SECTION(RUNS);
    l->numbers.n = h->n_numbers;
    rf_tree_open(&l->numbers.firsts, SECTION(FIRSTS), h->n_runs);
    l->prefixes.v = SECTION(PREFIXES);
    rf_tree_open(&l->prefixes.begins, SECTION(PREFIX_BEGINS), h->n_prefixes);
    l->ranges.v = SECTION(RANGES);
    rf_tree_open(&l->ranges.begins, SECTION(RANGE_BEGINS), h->n_ranges);
    l->twins = SECTION(TWINS);
    for (int t = 0; t < RF_TABLES; t++)
        l->tables[t] =
            (struct rf_keys){(const void *)((const char *)h + at[RF_SECTION_BUCKETS + t]),
                             h->n_buckets[t]};
    l->texts = (struct rf_pool){SECTION(TEXTS), SECTION(TEXT_OFFSETS), h->n_texts,
                                h->text_bytes};
    l->extras = (struct rf_pool){SECTION(EXTRAS), SECTION(EXTRA_OFFSETS), h->n_extras,
                                 h->extra_bytes};
    l->extra_texts = SECTION(EXTRA_TEXTS);
    l->infos = (struct rf_pool){SECTION(INFOS), SECTION(INFO_OFFSETS), h->n_infos,
                                h->info_bytes};
    for (int c = 0; c < RF_COLUMNS; c++)
        l->columns[c] = (const uint8_t *)h + at[RF_SECTION_COLUMN_LINE + c];
#undef SECTION
    l->n = h->n_numbers + h->n_twins + h->n_prefixes + h->n_ranges + h->n_texts;
    return l;
}

size_t rf_list_side_bytes(const struct rf_list *l)
{
    uint64_t at[RF_SECTIONS + 1];
    rf_list_layout(l->head, at);
    return at[RF_SECTIONS] - at[RF_SECTION_INFO_OFFSETS];
}

/* ---- checksum ---- */

static uint64_t mix(uint64_t h, uint64_t word)
{
    h = (h ^ word) * UINT64_C(0x9fb21c651e98df25);
    return h ^ h >> 32;
}

/* Lanes, so that the processor has several multiplications under way. Each step is a
 * bijection of its lane: no change of one word is lost. */
uint64_t rf_list_text_hash(struct rf_str s)
{
    uint64_t lane[LANES], word, h = s.n;
    for (unsigned i = 0; i < LANES; i++)
        lane[i] = i;
    while (s.n >= sizeof lane) {
        for (unsigned i = 0; i < LANES; i++) {
            memcpy(&word, s.p + i * sizeof word, sizeof word);
            lane[i] = mix(lane[i], word);
        }
        s = rf_str_sub(s, sizeof lane);
    }
    for (unsigned i = 0; i < LANES; i++)
        h = mix(h, lane[i]);
    for (; s.n; s = rf_str_sub(s, s.n < sizeof word ? s.n : sizeof word)) {
        word = 0;
        memcpy(&word, s.p, s.n < sizeof word ? s.n : sizeof word);
        h = mix(h, word);
    }
    return h;
}

/* ---- files ---- */

static struct rf_str behind_checksum(const struct rf_list_header *h)
{
    size_t at = offsetof(struct rf_list_header, checksum) + sizeof h->checksum;
    return rf_str((const char *)h + at, (size_t)h->bytes - at);
}

bool rf_list_is_compiled(struct rf_str bytes)
{
    uint64_t magic = MAGIC;
    return bytes.n >= sizeof magic && memcmp(bytes.p, &magic, sizeof magic) == 0;
}

struct rf_str rf_list_seal(struct rf_list *l, const struct rf_list_origin *origin)
{
    struct rf_list_header *h = l->head;
    struct rf_list_origin own = h->origin;
    h->origin = *origin;
    h->origin.bad_lines = own.bad_lines;
    memcpy(h->origin.country, own.country, sizeof own.country);
    h->checksum = rf_list_text_hash(behind_checksum(h));
    return rf_str((const char *)h, (size_t)h->bytes);
}

/* What is wrong with the bytes, or NULL. */
static const char *flaw(const struct rf_list_header *h, size_t n)
{
    uint64_t at[RF_SECTIONS + 1];
    if (!rf_list_is_compiled(rf_str((const char *)h, n)))
        return "not a compiled list";
    if (n < sizeof *h)
        return "cut off";
    if (h->version != VERSION)
        return "compiled by another version of ringfence";
    if (n < h->bytes)
        return "cut off";
    if (n > h->bytes)
        return "longer than it says";
    if (h->checksum != rf_list_text_hash(behind_checksum(h)))
        return "damaged: its checksum is wrong";
    if (!rf_list_layout(h, at) || at[RF_SECTIONS] != h->bytes)
        return "damaged: its parts do not fit";
    return NULL;
}

struct rf_list *rf_list_open(void *bytes, size_t n, const char **why)
{
    struct rf_list_header *h = bytes;
    *why = flaw(h, n);
    if (*why) {
        free(bytes);
        return NULL;
    }
    h->origin.country[sizeof h->origin.country - 1] = '\0';
    return rf_list_wrap(h);
}

struct rf_list_origin rf_list_get_origin(const struct rf_list *l)
{
    return l->head->origin;
}
