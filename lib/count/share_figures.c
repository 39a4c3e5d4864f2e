/* What sharing tells of itself; any thread. */
#include "lib/count/share_state.h"

size_t share_bytes(const struct rf_counters *c)
{
    enum {
        KEY = sizeof(struct share_block) +
              COUNT_SLOTS * (sizeof(struct share_slot) + sizeof(struct share_cell))
    };
    return c->share ? __atomic_load_n(&c->share->shown_keys, __ATOMIC_RELAXED) * KEY : 0;
}

void rf_share_figures(struct rf_counters *c, struct rf_share_figures *out)
{
    struct share *sh = c->share;
    *out = (struct rf_share_figures){0};
    if (!sh)
        return;
    out->keys = __atomic_load_n(&sh->shown_keys, __ATOMIC_RELAXED);
    out->waiting = __atomic_load_n(&sh->waiting, __ATOMIC_RELAXED);
    out->lost = __atomic_load_n(&sh->lost, __ATOMIC_RELAXED);
    out->evicted = __atomic_load_n(&sh->evicted, __ATOMIC_RELAXED);
    out->full = __atomic_load_n(&sh->crowded, __ATOMIC_RELAXED);
    for (unsigned i = 0; i < c->stripes; i++) {
        struct stripe *s = table_lock(c, (struct place){.stripe = i});
        out->full += s->refused;
        table_unlock(s);
    }
    pthread_mutex_lock(&sh->news_lock);
    out->news_dropped = sh->news_dropped;
    pthread_mutex_unlock(&sh->news_lock);
}
