/* Files for the library, which opens none itself: rule paths expanded to files, and bytes
 * by name. Cold; any thread, each with its own struct files. */
#ifndef DAEMON_FILES_H
#define DAEMON_FILES_H

#include "lib/base/error.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/rule/load.h"

#define FILES_MAX_BYTES (1ULL << 30) /* of one file: a list of tens of millions */
#define FILES_MAX_PAGES (1ULL << 32) /* of a compiled list */
#define FILES_MAX_DEPTH 16           /* folders in folders */
#define FILES_MAX 100000             /* rule files */

/* The rule files behind paths, sorted bytewise, each once. */
struct files {
    struct rf_arena arena; /* names and, per read, reasons */
    struct rf_str *v;      /* names with a NUL behind */
    size_t n, cap;
};

void files_init(struct files *f);
void files_fini(struct files *f);
/* Add what `path` stands for: the file itself, or every *.yaml below the folder (names
 * beginning with a dot are skipped). RF_ERR_NOENT: no such path; RF_ERR_IO or
 * RF_ERR_LIMIT with *why set (in the arena). */
int files_expand(struct files *f, struct rf_str path, const char **why) RF_MUST_CHECK;
/* Sort bytewise and drop doubles; after the last files_expand. */
void files_sort(struct files *f);

/* Append the bytes of the regular file or pipe to out. RF_ERR_NOENT, RF_ERR_IO or
 * RF_ERR_LIMIT (over `max`), *why static or strerror's text. */
int files_read(const char *path, size_t max, struct rf_buf *out,
               const char **why) RF_MUST_CHECK;
/* All bytes of a regular file, in memory of rf_mem_pages that is the caller's to free on
 * success. Errors as above. */
int files_read_pages(const char *path, void **bytes, size_t *n,
                     const char **why) RF_MUST_CHECK;
/* Size and time of change. RF_ERR_NOENT or RF_ERR_IO with errno set. */
int files_stamp(const char *path, struct rf_rule_stamp *out) RF_MUST_CHECK;
/* Write the bytes beside path and rename them into place, on disk when it returns; for
 * the owner alone, or with these permissions. 0 or RF_ERR_IO with errno set. */
int files_replace(const char *path, struct rf_str bytes) RF_MUST_CHECK;
int files_replace_mode(const char *path, struct rf_str bytes,
                       unsigned mode) RF_MUST_CHECK;

/* What rf_rule_load reads through; f lives as long as the load. */
struct rf_rule_io files_io(struct files *f);

#endif
