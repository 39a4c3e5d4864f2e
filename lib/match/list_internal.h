/* What the files of lists share; nobody else includes it. */
#ifndef RF_MATCH_LIST_INTERNAL_H
#define RF_MATCH_LIST_INTERNAL_H

#include <stdatomic.h>

#include "lib/match/keys.h"
#include "lib/match/list.h"
#include "lib/match/numbers.h"

/* An entry that is no number: a sender, host, word, string, pair, or more digits than a
 * key holds. */
struct rf_list_text {
    struct rf_str text; /* in the list's arena */
    struct rf_entry_meta meta;
};

struct rf_list_info {
    struct rf_str reason, source;
};

struct rf_list {
    atomic_int more_owners; /* besides the first */
    enum rf_list_type type;
    struct rf_arena arena; /* strings */
    struct rf_numbers numbers;
    struct rf_list_text *texts;
    struct rf_list_info *infos; /* infos[0] is empty */
    uint32_t n_texts, n_infos;
    struct rf_keys keys;   /* texts as they are; hosts and below; pairs */
    struct rf_keys folded; /* words and strings, folded */
    struct rf_keys exact;  /* hosts alone */
    struct rf_keys firsts; /* of pairs */
    uint64_t hash;
};

struct rf_list_builder {
    struct rf_list *list;
    const struct rf_plan *home;
    struct rf_arena scratch; /* reset for each entry */
    struct rf_keys infos;    /* "reason\tsource" to its index */
};

/* What is wrong with an entry: a static code and message; code NULL: nothing. */
struct rf_list_error {
    const char *code, *message, *hint; /* hint may be NULL */
};

#define RF_LIST_ENTRY_BYTES 1024 /* longer entries are mistakes */

/* Add one entry with its meta, or say why it is none. (list_entry.c) */
struct rf_list_error rf_list_insert(struct rf_list_builder *b, struct rf_str entry,
                                    struct rf_entry_meta meta);
/* Adds a text to the list's texts, copied; returns its number among them and the copy. */
uint32_t rf_list_push_text(struct rf_list *l, struct rf_str text,
                           struct rf_entry_meta meta, struct rf_str *copy);
/* The index of a reason and source in the list's table. (list_build.c) */
uint32_t rf_list_info(struct rf_list_builder *b, struct rf_str reason,
                      struct rf_str source);

#endif
