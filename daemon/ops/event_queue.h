/* Event lines on their way to a reader that may be slow: a bounded queue of whole lines.
 * What does not fit is dropped and counted. Any thread; the lock is held for a copy. */
#ifndef DAEMON_OPS_EVENT_QUEUE_H
#define DAEMON_OPS_EVENT_QUEUE_H

#include <pthread.h>
#include <stdatomic.h>

#include "lib/base/buf.h"

struct event_queue {
    pthread_mutex_t lock; /* of lines */
    struct rf_buf lines;
    size_t max;               /* bytes */
    _Atomic unsigned readers; /* 0: nothing is queued */
    _Atomic uint64_t dropped; /* lines, since the start */
};

void event_queue_init(struct event_queue *q, size_t max);
void event_queue_fini(struct event_queue *q);
static inline bool event_queue_on(const struct event_queue *q)
{
    return atomic_load_explicit(&q->readers, memory_order_relaxed) > 0;
}
/* Add n whole lines, all or none. False: dropped. */
bool event_queue_add(struct event_queue *q, struct rf_str lines, size_t n);
/* Take all that waits over into *out, whose content is given up. */
void event_queue_take(struct event_queue *q, struct rf_buf *out);

#endif
