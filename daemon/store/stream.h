/* Reading a Redis stream piece by piece, from any place on, and taking its entries apart.
 * Store thread. */
#ifndef STORE_STREAM_H
#define STORE_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/store/redis.h"

struct stream_id {
    uint64_t ms, seq;
};

#define STREAM_ID_TEXT 42
#define STREAM_FIELDS_MAX 16

struct stream_entry {
    struct stream_id id;
    size_t n;
    struct rf_str names[STREAM_FIELDS_MAX], values[STREAM_FIELDS_MAX];
};

/* The value of that field; empty where there is none. */
struct rf_str stream_field(const struct stream_entry *e, const char *name);

struct stream_reader {
    struct redis *redis;
    struct rf_str key;   /* the owner's */
    struct stream_id at; /* the last entry read */
    unsigned count;      /* entries asked for at once */
    void (*entry)(void *arg, const struct stream_entry *e);
    /* A piece is done; end: there was no more. error: what Redis says, or NULL: lost. */
    void (*piece)(void *arg, bool ok, bool end, const char *error);
    void *arg;
    bool busy;  /* a piece is on its way */
    bool stale; /* it was asked for before stream_restart: what it brings is dropped */
};

/* From the beginning again. */
void stream_restart(struct stream_reader *r);

/* Ask for the next piece unless one is on its way; false: could not be sent. */
bool stream_read(struct stream_reader *r);

/* "1700000000000-3". */
bool stream_id_parse(struct rf_str s, struct stream_id *out);
struct rf_str stream_id_text(struct stream_id id, char out[STREAM_ID_TEXT]);

#endif
