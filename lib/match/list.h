/* Named lists: numbers, senders, hosts, words, strings, pairs. A builder takes inline
 * values and files' bytes (cold, one thread) and freezes into an immutable list (any
 * number of readers). Lookups do not allocate. A list can be written to a file as it
 * stands in memory, and opened again without being read line by line: a compiled list.
 *
 * A list file is UTF-8, one entry a line, LF or CRLF, a byte-order mark skipped; "#" at
 * the start of a line comments; tab-separated columns after the entry: reason, source,
 * expires (RFC 3339), each without the white space around it. An entry expired at the
 * record's time does not match. */
#ifndef RF_MATCH_LIST_H
#define RF_MATCH_LIST_H

#include "lib/base/diag.h"
#include "lib/record/address.h"

enum rf_list_type {
    RF_LIST_NUMBERS, /* +8613800000000, +86138*, 106*, +86...-+86..., 10600-10699 */
    RF_LIST_SENDERS, /* the same and alphanumeric senders, folded */
    RF_LIST_HOSTS,   /* example.com (and below), =example.com (exactly) */
    RF_LIST_WORDS,
    RF_LIST_STRINGS,
    RF_LIST_PAIRS, /* two entries, one space */
};
#define RF_LIST_TYPES 6
#define RF_LIST_NONE UINT32_MAX
#define RF_LIST_NEVER INT64_MAX /* expires: never */

/* "numbers" ... "pairs". */
const char *rf_list_type_name(enum rf_list_type t);

struct rf_list_builder;
struct rf_list;
struct rf_overlay;

/* home normalizes numbers; may be NULL (only "+" numbers and short ones then). */
struct rf_list_builder *rf_list_begin(enum rf_list_type type, const struct rf_plan *home);
/* One inline value standing at [begin, end) of source. False, with one diagnostic of
 * `severity`, where it is no entry of this type. */
bool rf_list_add(struct rf_list_builder *b, struct rf_str value, struct rf_report *r,
                 enum rf_severity severity, uint32_t source, uint32_t begin,
                 uint32_t end);
/* All lines of a file; a bad line is left out with one diagnostic of `severity`, shown
 * under `name` (after 100 only counted). Returns how many lines were bad. */
size_t rf_list_add_file(struct rf_list_builder *b, struct rf_str name,
                        struct rf_str bytes, struct rf_report *r,
                        enum rf_severity severity);
/* Freeze; the builder is gone. */
struct rf_list *rf_list_finish(struct rf_list_builder *b);
/* One more owner of the list (a reload that keeps it); atomic, any thread. */
struct rf_list *rf_list_ref(struct rf_list *l);
/* Give up one ownership; the last frees. NULL is nothing. */
void rf_list_free(struct rf_list *l);

enum rf_list_type rf_list_get_type(const struct rf_list *l);
/* Entries; of those alike in every column but the line one counts. */
uint32_t rf_list_size(const struct rf_list *l);
/* Changes when an entry or its columns do; the order of lines has no part in it. */
uint64_t rf_list_hash(const struct rf_list *l);
size_t rf_list_bytes(const struct rf_list *l); /* memory held */
/* Of these: lines, reasons, sources and expiries, which no lookup touches before it hit.
 */
size_t rf_list_side_bytes(const struct rf_list *l);

/* Lookups, changes made while running included (overlay.h): the number of a matching
 * entry that is not expired at now_ms, or RF_LIST_NONE. Of several the most special:
 * exact before range before the longest prefix. */

/* numbers and senders */
uint32_t rf_list_find_addr(const struct rf_list *l, const struct rf_addr *addr,
                           int64_t now_ms);
/* The same for many at once, whose cache misses overlap: found is set in each. */
struct rf_list_query {
    const struct rf_addr *addr;
    int64_t now_ms;
    uint32_t found;
};
void rf_list_find_addr_batch(const struct rf_list *l, struct rf_list_query *q, size_t n);
/* Have lookups of numbers that are not in the list end at once, where it has neither
 * prefixes nor ranges: for a list that every record is looked up in, before others read
 * it. Two to four bytes a number. */
void rf_list_sift(struct rf_list *l);
/* hosts; host as rf_host_normalize gives it. */
uint32_t rf_list_find_host(const struct rf_list *l, struct rf_str host, int64_t now_ms);
struct rf_list_host_query {
    struct rf_str host;
    int64_t now_ms;
    uint32_t found;
};
void rf_list_find_host_batch(const struct rf_list *l, struct rf_list_host_query *q,
                             size_t n);
/* words and strings, byte for byte as written in the list. */
uint32_t rf_list_find_str(const struct rf_list *l, struct rf_str s, int64_t now_ms);
/* words and strings; s folded (rf_fold), compared with the entries folded. */
uint32_t rf_list_find_folded(const struct rf_list *l, struct rf_str s, int64_t now_ms);
/* pairs; a and b in the normal form of their field (address, host) or as they are. */
uint32_t rf_list_find_pair(const struct rf_list *l, struct rf_str a, struct rf_str b,
                           int64_t now_ms);
/* pairs: an entry with this first member, whatever its second. */
uint32_t rf_list_find_first(const struct rf_list *l, struct rf_str a, int64_t now_ms);

struct rf_list_entry {
    struct rf_str text;           /* normal form; words and strings as written */
    struct rf_str reason, source; /* may be empty */
    int64_t expires_ms;           /* RF_LIST_NEVER */
    uint32_t line;                /* 1-based in its file; 0 for an inline value */
    bool live;                    /* added while running (overlay.h): source is who, */
    int64_t since_ms;             /* and when */
};

/* Entry i < rf_list_size, or one behind them that was added while running (overlay.h);
 * strings in the arena, the list or its overlay. Order: numbers ascending,
 * then prefixes and ranges, then all others as they came. */
void rf_list_entry(const struct rf_list *l, uint32_t i, struct rf_arena *a,
                   struct rf_list_entry *out);

/* ---- compiled lists ---- */

/* Where a compiled list comes from. */
struct rf_list_origin {
    uint64_t bytes;     /* size of the text file */
    int64_t mtime_ns;   /* its time of change */
    uint64_t hash;      /* rf_list_text_hash of its bytes */
    uint64_t bad_lines; /* left out of the list */
    char country[8];    /* of the plan that normalized numbers, "" for none */
};

/* A fast hash of a file's bytes; any change of up to eight bytes in a row changes it. */
uint64_t rf_list_text_hash(struct rf_str bytes);
/* Whether these bytes begin as a compiled list does. */
bool rf_list_is_compiled(struct rf_str bytes);
/* The list as the bytes of a file, valid as long as the list. Of the origin bad_lines and
 * country are the list's own. Not while others read the list's origin. */
struct rf_str rf_list_seal(struct rf_list *l, const struct rf_list_origin *origin);
/* A list of n bytes, read from a file into memory of rf_mem_pages that is the list's from
 * now on (freed at once on failure). NULL with *why where they are no compiled list of
 * this version, cut off or damaged. Every byte is looked at once. */
struct rf_list *rf_list_open(void *bytes, size_t n, const char **why);
struct rf_list_origin rf_list_get_origin(const struct rf_list *l);

#endif
