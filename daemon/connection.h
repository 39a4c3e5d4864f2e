/* One connection of the feed: its buffers, its socket's events, its end. Belongs to one
 * worker's thread for life.
 *
 *   in:   [ judged | begin: not yet framed | end: free ]  + RF_CODEC_PADDING
 *   out:  [ sent | waiting | free ]
 *
 * Reading stops while replies of CONNECTION_OUT_MAX bytes wait, and while whole lines
 * wait in the buffer: those are judged a few batches at a time, in turn with the other
 * connections of the worker.
 *
 * Replies leave when no more input is there, and meanwhile whenever a portion of records
 * is answered, about a quarter of those read. A write wakes the peer, which costs as much
 * as judging a few records; but while it wakes and sends its next ones, the others are
 * judged. So a peer that sends a few and waits for them has the first back early, and one
 * that sends without end costs few writes. */
#ifndef DAEMON_CONNECTION_H
#define DAEMON_CONNECTION_H

#include <event2/event.h>
#include <event2/event_struct.h>

#include "daemon/ops/feeds.h"
#include "lib/base/buf.h"
#include "lib/codec/frame.h"
#include "lib/codec/hello.h"

#define CONNECTION_OUT_MAX (256 * 1024) /* waiting bytes that stop reading */
#define CONNECTION_BATCHES 8            /* judged before other connections have a turn */
#define CONNECTION_READS 2              /* the same, each of so many batches */
#define CONNECTION_PORTION_MIN 12       /* records answered with one write ... */
#define CONNECTION_PORTION_MAX 128
#define CONNECTION_PORTION_BYTES 1024 /* ... and bytes read for one of them */
#define CONNECTION_ACK_RECORDS 1000   /* answered records that ask for an ack ... */
#define CONNECTION_ACK_MS 100         /* ... and the longest wait for one */
#define CONNECTION_LINGER_MS 1000     /* for the peer to take the last replies */

struct worker;

struct connection {
    struct worker *worker;
    struct connection *next, **link; /* in the worker's list */
    int fd;
    struct event readable, writable, again, ack;
    struct feed *feed;
    struct rf_frame frame;
    char *in;
    size_t begin, end, cap; /* begin <= end <= cap */
    struct rf_buf out;
    size_t sent;              /* <= out.n */
    uint64_t answered, acked; /* records; as last told. acked <= answered */
    uint64_t written;         /* records answered at the last write */
    size_t portion;           /* as many are answered with one write */
    enum rf_replies replies;
    bool greeted;   /* the first line was seen */
    bool more;      /* whole lines may wait in `in` */
    bool eof;       /* the peer will send no more */
    bool ended;     /* nothing more is judged: send what waits, then close */
    bool lingering; /* all sent; input is thrown away until the peer closes */
};

/* Take over the socket. feed: of the listener, until a hello names another. */
void connection_open(struct worker *w, int fd, struct feed *feed);
/* Close at once and free. */
void connection_close(struct connection *c);
/* The daemon drains: read no more, answer what was read, close. May free c. */
void connection_drain(struct connection *c);
/* Append an ack where records were answered since the last. */
void connection_ack(struct connection *c);

#endif
