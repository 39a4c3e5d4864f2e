/* Interception totals: how many records, by kind, verdict, rule, fraud type, grid, trunk
 * and feed, per hour and day, exact over a restart and a SIGKILL.
 *
 * state_dir/totals, mapped: names and one row of counters per hour, all of it allocated
 * before use, so that a full disk cannot fail a store. A worker adds to its hour's row
 * with plain atomic adds before its replies leave. Hours older than eight days are moved
 * to state_dir/totals.d/<yyyymmdd>, a small text file a day, kept for keep_days. Bounds:
 * 32 MiB mapped; 16,384 fields, so a day's file has no more lines than that.
 *
 * Hours are those of numbering.timezone, written yyyymmddhh as a number; the caller
 * converts, once per batch.
 *
 * Any thread, but for open and close. Lines that outlive a machine's power cut are those
 * the kernel had written by then; a killed process loses nothing. */
#ifndef OPS_TOTALS_H
#define OPS_TOTALS_H

#include "lib/base/str.h"

struct totals;
struct totals_row; /* the counters of one hour */

enum {
    TOTALS_NAME_MAX = 120, /* bytes of a field; a longer one counts as `other` */
    TOTALS_HOURS_KEPT = 8 * 24,
    TOTALS_SLOTS = 16384, /* slots are below */
    TOTALS_ID_BYTES = 26,
    TOTALS_HOURS_MAX = 240, /* hours there can be at a time */
};

/* Fields are "sms:block", "rule:ID:enforce", "fraud:TYPE:sms:block", "grid:G:sms:block"
 * and so on. Each group has its own bound; beyond it the name becomes `other`. */
enum totals_group {
    TOTALS_KIND, /* name: empty */
    TOTALS_RULE,
    TOTALS_FRAUD,
    TOTALS_GRID,
    TOTALS_TRUNK,
    TOTALS_FEED,
    TOTALS_GROUPS
};

/* Open or make the totals of dir (which must exist) and lock them. 0: message is empty,
 * or says what was set aside and begun anew; -1: message says why not, for instance
 * that another daemon uses dir. now is the hour. */
int totals_open(const char *dir, uint32_t now, unsigned keep_days, struct totals **out,
                char *message, size_t message_bytes) __attribute__((warn_unused_result));
void totals_close(struct totals *t);

/* The slot of a field; tail is "sms:block" or, of a rule, its mode. It holds as long as
 * t. Cost: one hash; take it once where the field is known beforehand. */
uint32_t totals_slot(struct totals *t, enum totals_group group, struct rf_str name,
                     struct rf_str tail);
/* The row of an hour: valid for the batch. */
struct totals_row *totals_row(struct totals *t, uint32_t hour);
/* Count n in that hour and since the start. */
void totals_add(struct totals *t, struct totals_row *row, uint32_t slot, uint64_t n);

/* Every minute or so, not in a worker: moves old hours to the days' files and
 * deletes days over their time. 0, or -1 with a message: it is tried again next time. */
int totals_tick(struct totals *t, uint32_t now, char *message, size_t message_bytes);
/* Hours dropped since they could not be moved for two days (disk full). */
uint64_t totals_lost_hours(const struct totals *t);
/* How often a name became `other` since the start. */
uint64_t totals_overflows(const struct totals *t);

/* Told of each field with its count, in no order. */
typedef void (*totals_fn)(void *arg, struct rf_str field, uint64_t count);

/* Since totals_open. */
void totals_since_start(struct totals *t, totals_fn fn, void *arg);
/* Of one hour (yyyymmddhh) that is still kept by the hour. */
void totals_hour(struct totals *t, uint32_t hour, totals_fn fn, void *arg);
/* Of one day (yyyymmdd), each field once. -1 with a message: the day's file cannot be
 * read or is damaged; fn was told what is known without it. */
int totals_day(struct totals *t, uint32_t day, totals_fn fn, void *arg, char *message,
               size_t message_bytes);
/* The days there are, ascending; at most max. Returns how many were written. */
size_t totals_days(struct totals *t, uint32_t *days, size_t max);

/* ---- for who shares them: one reading thread besides the workers ------------------- */

/* The name of these totals among those of other daemons, as old as their file: totals
 * begun anew have another. TOTALS_ID_BYTES characters, valid as long as t. */
struct rf_str totals_id(const struct totals *t);
/* The hours that are kept by the hour, ascending; at most TOTALS_HOURS_MAX. */
size_t totals_hours(const struct totals *t, uint32_t hours[TOTALS_HOURS_MAX]);
/* Add the counts of one hour to cell[slot]. Returns the end of the slots in use. */
uint32_t totals_cells(const struct totals *t, uint32_t hour, uint64_t *cell);
/* The field of a slot; empty where it is just being made. */
struct rf_str totals_field(const struct totals *t, uint32_t slot);
/* Hours since some day, so that they can be subtracted; -1: not a date and hour. */
int64_t totals_hour_number(uint32_t yyyymmddhh);

#endif
