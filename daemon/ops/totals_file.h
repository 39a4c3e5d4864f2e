/* The totals' file and its days, internal to totals*.c.
 *
 *   header | names[16384] | hour and mark of each row[240] | rows[240] of counters[16384]
 *
 * Each step leaves the file right for whoever opens it after a SIGKILL:
 * - a name's text and length are stored before the state that makes it valid;
 * - a row is cleared while its hour is 0, then given its hour; on opening, rows without
 *   an hour are cleared;
 * - a row is moved by writing the day's file in one rename, then clearing the row. Each
 *   use of a row has a random mark, and the day's file holds for each hour the mark of
 *   the use it included last: such a row is not counted, nor moved, a second time. */
#ifndef OPS_TOTALS_FILE_H
#define OPS_TOTALS_FILE_H

#include <limits.h>
#include <pthread.h>

#include "daemon/ops/totals.h"
#include "lib/base/arena.h"
#include "lib/base/hash.h"
#include "lib/base/map.h"

enum {
    TOTALS_FIELDS = TOTALS_SLOTS,
    TOTALS_ROWS =
        TOTALS_HOURS_MAX, /* eight days, and two in which a full disk may be mended */
    TOTALS_INDEX = 4 * TOTALS_FIELDS,
};

struct totals_name {
    uint32_t state; /* 0: free, 1: valid */
    uint32_t bytes;
    char text[TOTALS_NAME_MAX];
};

struct totals_row {
    uint64_t cell[TOTALS_FIELDS];
};

struct totals_file {
    struct {
        char magic[8];
        uint32_t version, order, fields, rows, name_bytes, zero;
        uint64_t checksum; /* of the bytes before */
        char id[TOTALS_ID_BYTES];
        char pad[4096 - 40 - TOTALS_ID_BYTES];
    } header;
    struct totals_name name[TOTALS_FIELDS];
    uint32_t hour[TOTALS_ROWS]; /* yyyymmddhh, 0: none */
    uint64_t mark[TOTALS_ROWS]; /* of this use; valid while hour is */
    char pad[4096 - TOTALS_ROWS * 12];
    struct totals_row row[TOTALS_ROWS];
};

struct totals {
    struct totals_file *file;
    int lock_fd;
    unsigned keep_days;
    char dir[PATH_MAX - 64];
    pthread_mutex_t move_lock; /* days' files; taken before lock */
    pthread_mutex_t lock;      /* new names, and rows changing their hour */
    struct rf_hash_key key;
    uint32_t *index;    /* name -> slot; atomic; 0: free, as slot 0 is not in it */
    uint64_t *since;    /* counters since the start */
    uint32_t next_free; /* no free name below */
    uint32_t end;       /* no name from here on; atomic */
    uint32_t in_group[TOTALS_GROUPS];
    uint64_t lost_hours, overflows;
};

/* Map dir/totals, made or set aside and made anew. As totals_open. */
int totals_map(struct totals *t, char *message, size_t bytes);
/* The row of an hour, or -1. */
int totals_row_of(const struct totals *t, uint32_t hour);

static inline uint32_t totals_hour_at(const struct totals *t, unsigned row)
{
    return __atomic_load_n(&t->file->hour[row], __ATOMIC_ACQUIRE);
}

static inline struct rf_str totals_name(const struct totals *t, uint32_t slot)
{
    return rf_str(t->file->name[slot].text, t->file->name[slot].bytes);
}

/* One day's file, in memory. */
struct totals_day {
    uint32_t day;      /* yyyymmdd */
    uint64_t mark[24]; /* of the row last included for that hour, 0: none */
    struct rf_arena arena;
    struct rf_map map; /* field -> index of */
    struct rf_str *field;
    uint64_t *count;
    size_t n, cap;
};

void totals_day_init(struct totals_day *d, uint32_t day);
void totals_day_fini(struct totals_day *d);
void totals_day_count(struct totals_day *d, struct rf_str field, uint64_t n);
/* 0, also when there is none; -1 with a message: cannot be read; 1: damaged. */
int totals_day_load(const struct totals *t, struct totals_day *d, char *message,
                    size_t bytes);
int totals_day_store(const struct totals *t, const struct totals_day *d, char *message,
                     size_t bytes);
/* Rename what is not a day's file out of the way. */
void totals_day_set_aside(const struct totals *t, uint32_t day);
/* The days with a file, in no order. */
size_t totals_day_list(const struct totals *t, uint32_t *days, size_t max);
void totals_day_delete(const struct totals *t, uint32_t day);

/* Does the day's file have what is in the row? Add the row to the day. */
bool totals_row_included(const struct totals *t, const struct totals_day *d,
                         unsigned row);
void totals_row_include(struct totals *t, struct totals_day *d, unsigned row);
/* Take the hour off the row; under t->lock. */
void totals_row_clear(struct totals *t, unsigned row);
/* The row is wanted for another hour and still in use: the clock jumped, or the disk was
 * full for two days. The only time a worker writes a file. */
void totals_row_make_way(struct totals *t, unsigned row);

#endif
