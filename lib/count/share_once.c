/* What is exchanged of keys beside windows: when one was first seen (`new`), and its
 * highest values of the hours (`surge`). */
#include "lib/count/history.h"
#include "lib/count/seen.h"
#include "lib/count/share_state.h"

#define HEAL_MS (3600 * 1000) /* after which a key's time to live is renewed */
#define HOUR_MS (3600LL * 1000)
#define DAY_MS (86400LL * 1000)

enum { PEAK_STEP = 8 }; /* a peak is told when it has grown by an eighth */

/* New to the others, or made again after it gave way. */
static void begin(struct node *n, struct share_block *b)
{
    if (n->shared)
        return;
    n->shared = 1;
    b->stale = true;
    b->end = 0;
    b->peak = 0;
}

/* ---- the first time ---- */

static bool first_prepare(struct rf_counters *c, struct stripe *s, struct node *n,
                          struct share_block *b, struct rf_share_ask *ask)
{
    (void)c;
    (void)s;
    begin(n, b);
    if (!b->stale && n->seen.last_ms < b->end + HEAL_MS)
        return false;
    b->end = n->seen.last_ms;
    b->stale = false;
    ask->form = RF_SHARE_FIRST;
    ask->adds = true;
    ask->first_ms = n->seen.first_ms;
    ask->ttl_ms = RF_COUNT_SEEN_MS + HEAL_MS;
    return true;
}

static void first_answer(struct rf_counters *c, struct stripe *s, struct node *n,
                         struct share_block *b, const struct rf_share_ask *ask,
                         const struct rf_share_reply *reply)
{
    (void)c;
    (void)s;
    (void)b;
    (void)ask;
    if (reply->first_ms > 0)
        seen_merge(n, reply->first_ms);
}

const struct share_form share_first = {first_prepare, first_answer};

/* ---- peaks ---- */

static bool peaks_prepare(struct rf_counters *c, struct stripe *s, struct node *n,
                          struct share_block *b, struct rf_share_ask *ask)
{
    (void)s;
    begin(n, b);
    if (!n->history.hours)
        return false;
    uint32_t hour = n->history.newest, peak = history_peak(n, hour);
    bool moved = b->end != hour;
    uint32_t step = c->share->last ? 0 : b->peak / PEAK_STEP;
    if (!b->stale && !moved && peak <= b->peak + step)
        return false;
    ask->form = RF_SHARE_PEAKS;
    ask->adds = true;
    ask->ttl_ms = b->spec->spec.than_ms + 2 * DAY_MS;
    ask->peak[0] = (struct rf_share_peak){hour, peak};
    if (moved && b->end > 0) /* the last of the hour before */
        ask->peak[1] =
            (struct rf_share_peak){(uint32_t)b->end, history_peak(n, (uint32_t)b->end)};
    ask->oldest = hour > n->history.ring ? hour - n->history.ring : 0;
    ask->all = b->stale || moved;
    b->stale = false;
    b->end = hour;
    b->peak = peak;
    return true;
}

static void peaks_answer(struct rf_counters *c, struct stripe *s, struct node *n,
                         struct share_block *b, const struct rf_share_ask *ask,
                         const struct rf_share_reply *reply)
{
    (void)c;
    (void)s;
    (void)b;
    (void)ask;
    for (size_t i = 0; i < reply->npeaks; i++)
        history_merge(n, reply->peaks[i].hour, reply->peaks[i].peak);
}

const struct share_form share_peaks = {peaks_prepare, peaks_answer};
