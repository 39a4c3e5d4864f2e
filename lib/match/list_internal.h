/* What the files of lists share; nobody else includes it.
 *
 * A list is one block of memory, its image: a header and sections behind it, whose places
 * follow from the header's counts alone. The builder writes it, a compiled file is it
 * byte for byte. Entries count numbers, twins (further entries of a number that differ in
 * their columns), prefixes, ranges, texts. */
#ifndef RF_MATCH_LIST_INTERNAL_H
#define RF_MATCH_LIST_INTERNAL_H

#include <stdatomic.h>

#include "lib/base/map.h"
#include "lib/match/intervals.h"
#include "lib/match/keys.h"
#include "lib/match/list.h"
#include "lib/match/numbers.h"
#include "lib/match/overlay.h"
#include "lib/match/pool.h"

#define RF_LIST_ENTRY_BYTES 1024  /* longer entries are mistakes */
#define RF_LIST_COLUMN_BYTES 4096 /* of reason and source together */

enum rf_list_table {
    RF_TABLE_KEYS,   /* texts as they are; hosts and below; pairs */
    RF_TABLE_FOLDED, /* words and strings, folded */
    RF_TABLE_EXACT,  /* hosts alone: their texts behind the "=" */
    RF_TABLE_FIRSTS, /* of pairs */
    RF_TABLES
};

enum rf_list_section {
    RF_SECTION_FIRSTS, /* tree: first key of each run */
    RF_SECTION_RUNS,
    RF_SECTION_PREFIX_BEGINS,
    RF_SECTION_PREFIXES,
    RF_SECTION_RANGE_BEGINS,
    RF_SECTION_RANGES,
    RF_SECTION_TWINS,   /* keys, ascending */
    RF_SECTION_BUCKETS, /* RF_TABLES of them */
    RF_SECTION_TEXT_OFFSETS = RF_SECTION_BUCKETS + RF_TABLES,
    RF_SECTION_TEXTS,
    RF_SECTION_EXTRA_OFFSETS, /* further spellings of texts */
    RF_SECTION_EXTRAS,
    RF_SECTION_EXTRA_TEXTS, /* whose spelling it is */
    RF_SECTION_INFO_OFFSETS,
    RF_SECTION_INFOS, /* reason, source, reason, ... the first two are empty */
    RF_SECTION_COLUMN_LINE,
    RF_SECTION_COLUMN_INFO,
    RF_SECTION_COLUMN_EXPIRES,
    RF_SECTIONS
};

enum rf_list_column { RF_COLUMN_LINE, RF_COLUMN_INFO, RF_COLUMN_EXPIRES, RF_COLUMNS };

struct rf_list_header {
    uint64_t magic;
    uint64_t checksum; /* of all behind this member; 0 in memory */
    uint32_t version, type;
    uint64_t bytes;   /* of the image */
    uint64_t content; /* rf_list_hash */
    struct rf_list_origin origin;
    uint64_t depths; /* hosts: bit n - 1: there is one of n labels; bit 63: of more */
    uint64_t text_bytes, extra_bytes, info_bytes;
    uint32_t n_numbers, n_runs, n_twins, n_prefixes, n_ranges, n_texts, n_extras, n_infos;
    uint32_t n_buckets[RF_TABLES];
    uint8_t width[RF_COLUMNS]; /* bytes an entry has in the column: 0 to 4 */
    uint8_t pad[5];
};

struct rf_list {
    atomic_int more_owners;               /* besides the first */
    _Atomic(struct rf_overlay *) overlay; /* NULL: nothing was changed */
    struct rf_list_header *head;
    struct rf_numbers numbers;
    struct rf_intervals prefixes, ranges;
    const int64_t *twins;
    struct rf_keys tables[RF_TABLES];
    struct rf_pool texts, extras, infos;
    const uint32_t *extra_texts;
    const uint8_t *columns[RF_COLUMNS];
    uint32_t n; /* entries */
    unsigned sieve_shift;
    uint64_t
        *sieve; /* NULL, or a bit for each number by rf_list_bit: there are no others */
};

/* What is wrong with an entry: a static code and message; code NULL: nothing. */
struct rf_list_error {
    const char *code, *message, *hint; /* hint may be NULL */
};

/* Changes over a list: its adds and removals are lists of their own, whose column of
 * lines holds 1 + the index of the change. */
struct rf_overlay {
    struct rf_arena arena;
    struct rf_list *adds, *dels;    /* never NULL, without overlays */
    struct rf_list_change *changes; /* strings in the arena */
    struct rf_map removed;    /* text (of words folded) of a removal to its change */
    struct rf_hidden *hidden; /* pairs: texts of the list, ascending */
    uint32_t n_hidden;
    struct rf_list *rest; /* pairs that are not removed, where some are; of these the line
                             is 1 + the number of the text. A removal that expires is
                             seen here when the overlay is made anew. */
};

/* A pair of the list that a change removes. */
struct rf_hidden {
    uint32_t text, change;
};

/* What is over the list, to be loaded once a look-up. */
static inline const struct rf_overlay *rf_list_overlay(const struct rf_list *l)
{
    return atomic_load_explicit(&((struct rf_list *)l)->overlay, memory_order_acquire);
}

/* What holds of the entries that a value meets in the list, in the adds and in the
 * removals (each may be RF_LIST_NONE). (overlay.c) */
uint32_t rf_overlay_pick(const struct rf_overlay *o, const struct rf_list *l,
                         uint32_t base, uint32_t add, uint32_t del);
/* Entry i of the adds. */
void rf_overlay_entry(const struct rf_overlay *o, uint32_t i, struct rf_arena *a,
                      struct rf_list_entry *out);
/* How special an entry is: the greater the more. */
uint64_t rf_list_rank(const struct rf_list *l, uint32_t entry);
/* One entry read by a builder of its own; NULL with *error where it is none. */
struct rf_list *rf_list_probe(enum rf_list_type type, const struct rf_plan *home,
                              struct rf_str entry, struct rf_list_error *error);

/* A slot of a table is the number of a text, or of an extra with this bit. */
#define RF_SLOT_EXTRA (UINT32_C(1) << 31)

/* Where the sections of a header begin, [RF_SECTIONS] being the end of the image; false
 * where the counts are absurd. (list_image.c) */
bool rf_list_layout(const struct rf_list_header *h, uint64_t at[RF_SECTIONS + 1]);
/* A list over an image whose layout is right; the image is the list's from now on. */
struct rf_list *rf_list_wrap(struct rf_list_header *image);
/* A cleared image for a header's counts. */
struct rf_list_header *rf_list_image_new(const struct rf_list_header *counts,
                                         uint64_t at[RF_SECTIONS + 1]);

static inline uint32_t rf_list_column(const struct rf_list *l, enum rf_list_column c,
                                      uint32_t entry)
{
    uint32_t v = 0;
    unsigned width = l->head->width[c];
    memcpy(&v, l->columns[c] + (size_t)entry * width, width);
    return v;
}

static inline bool rf_list_expired(const struct rf_list *l, uint32_t entry,
                                   int64_t now_ms)
{
    if (!l->head->width[RF_COLUMN_EXPIRES])
        return false;
    uint32_t expires = rf_list_column(l, RF_COLUMN_EXPIRES, entry);
    return expires && now_ms >= (int64_t)expires * 1000;
}

/* The bit of a number's key in the sieve. */
static inline uint64_t rf_list_bit(const struct rf_list *l, int64_t key)
{
    return ((uint64_t)key ^ (uint64_t)key >> 29) * 0x9e3779b97f4a7c15ULL >>
           l->sieve_shift;
}

/* Whether the key may be one of the list's numbers or lie in its intervals. */
static inline bool rf_list_may_hold(const struct rf_list *l, int64_t key)
{
    if (!l->sieve)
        return true;
    uint64_t bit = rf_list_bit(l, key);
    return l->sieve[bit / 64] >> (bit % 64) & 1;
}

/* The first unexpired text under that key, the key's hash being known. (list_find.c) */
uint32_t rf_list_find_hashed(const struct rf_list *l, enum rf_list_table t,
                             struct rf_str key, uint64_t hash, int64_t now_ms);

/* The entry of a slot where it is that key and has not expired, else RF_LIST_NONE. */
uint32_t rf_list_check(const struct rf_list *l, enum rf_list_table t, uint32_t slot,
                       struct rf_str key, int64_t now_ms);

/* ---- building ---- */

struct rf_number_draft {
    int64_t key;
    uint32_t line, meta;
};

struct rf_interval_draft {
    int64_t begin, end;
    uint32_t line, meta;
};

struct rf_text_draft {
    uint32_t line, meta;
};

struct rf_key_draft {
    uint64_t hash;
    uint32_t slot;
    uint8_t table;
};

/* What entries have beside themselves. */
struct rf_list_meta {
    uint32_t info;    /* of the list's table of reasons and sources, 0: none */
    uint32_t expires; /* s since 1970, 0: never */
};

struct rf_list_builder {
    enum rf_list_type type;
    const struct rf_plan *home;
    struct rf_arena scratch; /* reset for each entry */
    struct rf_arena names;   /* keys of info_ids */
    struct rf_number_draft *numbers;
    struct rf_interval_draft *prefixes, *ranges;
    struct rf_text_draft *texts;
    struct rf_key_draft *keys;
    uint32_t *extra_texts;
    struct rf_list_meta *metas; /* metas[0]: nothing */
    uint32_t n_numbers, n_prefixes, n_ranges, n_keys, n_metas;
    struct rf_pool_draft text_pool, extra_pool, info_pool;
    struct rf_map info_ids; /* "reason\tsource" to its number */
    uint64_t depths, bad_lines;
};

/* Room for one more of n: doubles at powers of two. */
void *rf_list_grow(void *p, uint32_t n, size_t size);

/* Add one entry, or say why it is none. meta: number in the builder's metas.
 * (list_entry.c) */
struct rf_list_error rf_list_insert(struct rf_list_builder *b, struct rf_str entry,
                                    uint32_t line, uint32_t meta);
/* Add a number by its key. (list_build.c) */
void rf_list_add_key(struct rf_list_builder *b, int64_t key, uint32_t line,
                     uint32_t meta);
/* Add a text; returns its number. */
uint32_t rf_list_add_text(struct rf_list_builder *b, struct rf_str text, uint32_t line,
                          uint32_t meta);
/* A further spelling of a text; returns its slot. */
uint32_t rf_list_add_extra(struct rf_list_builder *b, struct rf_str s, uint32_t text);
/* Have a slot found under `key`. */
void rf_list_add_slot(struct rf_list_builder *b, enum rf_list_table t, struct rf_str key,
                      uint32_t slot);
/* The number of this reason, source and expiry (s, 0: never). */
uint32_t rf_list_add_meta(struct rf_list_builder *b, struct rf_str reason,
                          struct rf_str source, uint32_t expires);
/* Note in the runs of numbers near what the intervals lie. (list_mark.c) */
void rf_list_mark(struct rf_list *l);
/* Sort by key, equal ones by line. (list_sort.c) */
void rf_list_sort_numbers(struct rf_number_draft *v, uint32_t n);
/* By begin, of equal ones the widest first, of those the last line first. */
void rf_list_sort_intervals(struct rf_interval_draft *v, uint32_t n);

/* The string of a slot and its entry; false in a damaged file. */
bool rf_list_slot(const struct rf_list *l, enum rf_list_table t, uint32_t slot,
                  struct rf_str *s, uint32_t *text);

#endif
