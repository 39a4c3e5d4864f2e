/* What of this daemon's totals is to be pushed next: fields that changed since they were
 * confirmed, in batches of one hash (an hour or a day) each. The present hour and the one
 * before, with their days, are compared field by field; all others are gone through once
 * at the start and after a loss, a week back.
 *
 * Pure: reads the totals, knows no Redis and no clock. One thread. */
#ifndef STORE_TOTALS_PUSH_H
#define STORE_TOTALS_PUSH_H

#include "daemon/ops/totals.h"

enum {
    TOTALS_BATCH = 500,     /* fields; about a millisecond of Redis */
    TOTALS_ROUND = 20,      /* batches under way at a time */
    TOTALS_WEEK_H = 7 * 24, /* hours and days older are no longer pushed */
};

struct totals_batch {
    uint32_t key; /* yyyymmddhh or yyyymmdd */
    bool day;
    uint32_t age_h;     /* since the hour, or the day's first hour; 0: to come */
    uint32_t from, end; /* slots looked at */
    unsigned n;
    uint32_t slot[TOTALS_BATCH];
    uint64_t value[TOTALS_BATCH];
};

struct totals_push;

/* keep_days: days older are not pushed. All is due. */
struct totals_push *totals_push_new(const struct totals *t, unsigned keep_days);
void totals_push_free(struct totals_push *p);
/* Redis lost what it had: all is due again. */
void totals_push_all(struct totals_push *p);

/* Begin a round at that hour (`before`: of an hour ago), when no batch is under way. */
void totals_push_round(struct totals_push *p, uint32_t now, uint32_t before);
/* The next batch of the round; false where nothing is left. */
bool totals_push_next(struct totals_push *p, struct totals_batch *b);
/* Redis has what is in the batch. A batch never confirmed is due in the next round. */
void totals_push_confirm(struct totals_push *p, const struct totals_batch *b);
/* Hashes still to be gone through. */
size_t totals_push_due(const struct totals_push *p);

#endif
