#include "daemon/ops/event_queue.h"

void event_queue_init(struct event_queue *q, size_t max)
{
    *q = (struct event_queue){.max = max};
    pthread_mutex_init(&q->lock, NULL);
    rf_buf_init(&q->lines);
}

void event_queue_fini(struct event_queue *q)
{
    rf_buf_fini(&q->lines);
    pthread_mutex_destroy(&q->lock);
}

bool event_queue_add(struct event_queue *q, struct rf_str lines, size_t n)
{
    pthread_mutex_lock(&q->lock);
    bool fits = q->lines.n + lines.n <= q->max;
    if (fits)
        rf_buf_adds(&q->lines, lines);
    pthread_mutex_unlock(&q->lock);
    if (!fits)
        atomic_fetch_add(&q->dropped, n);
    return fits;
}

void event_queue_take(struct event_queue *q, struct rf_buf *out)
{
    pthread_mutex_lock(&q->lock);
    struct rf_buf room = *out;
    *out = q->lines;
    q->lines = room;
    q->lines.n = 0;
    pthread_mutex_unlock(&q->lock);
}
