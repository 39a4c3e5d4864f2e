/* The names feeds go by (hello's client, else the listener), each with what `status`
 * tells of it. At most FEEDS_MAX names; those beyond share one, "other". A feed lives as
 * long as the process. feeds_get locks; the numbers are atomic. Any thread. */
#ifndef DAEMON_OPS_FEEDS_H
#define DAEMON_OPS_FEEDS_H

#include <pthread.h>
#include <stdatomic.h>

#include "lib/base/arena.h"
#include "lib/base/map.h"

#define FEEDS_MAX 1024
#define FEEDS_NAME_MAX 120 /* bytes kept of a name */

struct feed {
    struct rf_str name;
    _Atomic uint64_t records, connections; /* ever; now */
    _Atomic int64_t last_ms;               /* of the last record, 0: none */
};

struct feeds {
    pthread_mutex_t lock;
    struct rf_arena arena;
    struct rf_map names;
    struct feed *all[FEEDS_MAX + 1]; /* the last is "other" */
    unsigned n;
};

void feeds_init(struct feeds *f);
void feeds_fini(struct feeds *f);
/* The feed of that name, made where it is new. */
struct feed *feeds_get(struct feeds *f, struct rf_str name);
/* The i-th feed, or NULL past the end. */
struct feed *feeds_at(struct feeds *f, unsigned i);

#endif
