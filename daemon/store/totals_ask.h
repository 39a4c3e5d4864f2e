/* The totals of all daemons, read from Redis: for `ringfence stats --all`. */
#ifndef STORE_TOTALS_ASK_H
#define STORE_TOTALS_ASK_H

#include <jansson.h>

#include "daemon/store/store.h"

struct totals_ask {
    /* What is asked: days (yyyymmdd) or hours (yyyymmddhh), and what is answered: the
     * fields and counts of each, in their order. Both belong to it. */
    uint32_t *keys;
    json_t **totals;
    size_t n;
    bool (*wants)(const struct totals_ask *a, const char *field);
    int group;       /* for wants */
    void *arg;       /* for done */
    const char *why; /* NULL, or why there is no answer: for people, static */
    /* Called once, on the store thread or, while that ends, on the main thread. */
    void (*done)(struct totals_ask *a);

    /* private */
    struct store *store;
    size_t sent, answered, fields;
};

/* Made with room for n keys; freed with keys and totals. */
struct totals_ask *totals_ask_new(size_t n);
void totals_ask_free(struct totals_ask *a);
/* Ask; any thread. From here on `a` belongs to whoever done is called for. */
void totals_ask(struct store *st, struct totals_ask *a);

#endif
