/* The lines of the feed that are no records: hello, ping, ack (ringfence-feed(7)).
 * Pure functions, any thread; cold but for rf_control_maybe. */
#ifndef RF_CODEC_HELLO_H
#define RF_CODEC_HELLO_H

#include "lib/base/arena.h"
#include "lib/base/buf.h"

enum {
    RF_HELLO_PROTO = 1,
    RF_HELLO_CLIENT_BYTES = 64, /* a client's name */
    RF_HELLO_TOKEN_BYTES = 512,
};

enum rf_control {
    RF_CONTROL_NONE,      /* a record, good or bad */
    RF_CONTROL_PING,      /* answer with a pong in its turn */
    RF_CONTROL_HELLO,     /* only as the first line of a connection */
    RF_CONTROL_BAD_HELLO, /* meant as one; `problem` says what is wrong */
};

enum rf_replies { RF_REPLIES_ALL, RF_REPLIES_HITS, RF_REPLIES_NONE };

struct rf_hello {
    struct rf_str client; /* empty: not given; no control characters */
    struct rf_str token;  /* empty: not given */
    bool has_token;
    enum rf_replies replies;
    const char *problem; /* of a bad hello; static */
};

/* Whether the line can be anything but RF_CONTROL_NONE: a look at its first bytes. */
bool rf_control_maybe(struct rf_str line);
/* What the line is; *out is filled for hello and bad hello, its strings in the arena. A
 * record that happens to have a member of that name is none. */
enum rf_control rf_control_parse(struct rf_arena *a, struct rf_str line,
                                 struct rf_hello *out);

/* What the answer to a hello tells. */
struct rf_hello_reply {
    size_t max_line;
    unsigned workers;
    uint64_t gen;
    struct rf_str ruleset; /* its hash */
};

/* Each of these appends one line with its LF. */
void rf_hello_write(struct rf_buf *out, const struct rf_hello_reply *reply);
/* code: "bad_hello" or "unauthorized". */
void rf_hello_write_error(struct rf_buf *out, const char *code, const char *message);
void rf_ack_write(struct rf_buf *out, uint64_t answered);
void rf_pong_write(struct rf_buf *out);

#endif
