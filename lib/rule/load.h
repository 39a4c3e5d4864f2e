/* Rule files to ruleset: read, check, compile. Cold. Collects every mistake of all files
 * in the report; opens nothing itself. */
#ifndef RF_RULE_LOAD_H
#define RF_RULE_LOAD_H

#include "lib/base/diag.h"
#include "lib/ruleset/ruleset.h"

/* How bytes are had: by name, from a folder or from memory. */
/* What tells that a file is the same as before. */
struct rf_rule_stamp {
    uint64_t bytes;
    int64_t mtime_ns;
};

struct rf_rule_io {
    void *ctx;
    /* Append the file's bytes to out; RF_ERR_NOENT, RF_ERR_IO or RF_ERR_LIMIT on failure
     * (with *why set for people, static or living as long as ctx). */
    int (*read)(void *ctx, struct rf_str path, struct rf_buf *out, const char **why);
    /* For compiled lists, both or none: all bytes of a regular file in memory of
     * rf_mem_pages, the caller's to free; and the file's stamp. Errors as above. */
    int (*read_pages)(void *ctx, struct rf_str path, void **bytes, size_t *n,
                      const char **why);
    int (*stamp)(void *ctx, struct rf_str path, struct rf_rule_stamp *out);
};

/* Where a regex of the ruleset stands: its id in the matcher, and bytes of a source of
 * the report. Told once for each place. */
typedef void (*rf_rule_regex_fn)(void *arg, uint32_t id, uint32_t source, uint32_t begin,
                                 uint32_t end);

struct rf_rule_options {
    /* What was changed in a list while running: an overlay to be put over it, or NULL.
     * Not asked for lists kept from `previous`, which have theirs. May be NULL. */
    struct rf_overlay *(*changes)(void *arg, struct rf_str id, const struct rf_list *l,
                                  const struct rf_plan *home);
    void *changes_arg;
    bool strict;     /* bad list lines are errors */
    bool keep_lists; /* lists with a file are those of `previous`, not read again */
    bool force;      /* take lists that shrank or fell under min_entries */
    bool keep_tests; /* compile `tests:` too (ringfence test); else checked only */
    const struct rf_ruleset
        *previous;             /* whose lists are kept where new ones are refused */
    rf_rule_regex_fn on_regex; /* told of every regex, or NULL */
    void *on_regex_arg;
};

/* Load the files (already expanded from folders, in bytewise order of their names) as one
 * ruleset. NULL when the report has errors. settings are copied. */
struct rf_ruleset *rf_rule_load(const struct rf_str *files, size_t nfiles,
                                const struct rf_settings *settings,
                                const struct rf_rule_io *io,
                                const struct rf_rule_options *options,
                                struct rf_report *report);

/* JSON Schema (draft-07) of rule files. */
void rf_rule_schema(struct rf_buf *out);

#endif
