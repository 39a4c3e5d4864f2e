/* The workers' side of sharing. Hot: called with a stripe's lock held, but rarely more
 * than once for a key between two collections. */
#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/count/share_state.h"

/* The sharer has read the whole queue, so each line of it must be taken back. That of
 * the next wish is asked for with its node, too late where more wishes of the stripe come
 * close together: so those behind it are here. */
enum { WISHES_AHEAD = 4 };

static bool is_same(const struct share_spec *a, const struct rf_count_spec *b)
{
    return a->spec.id.lo == b->id.lo && a->spec.id.hi == b->id.hi &&
           a->spec.over == b->over && a->spec.distinct_cap == b->distinct_cap;
}

static struct share_spec *copy(const struct rf_count_spec *spec)
{
    struct share_spec *s = rf_mem_calloc(1, sizeof *s);
    size_t n = spec->rule.n < sizeof s->rule ? spec->rule.n : sizeof s->rule - 1;
    if (n)
        memcpy(s->rule, spec->rule.p, n);
    s->spec = *spec;
    s->spec.rule = (struct rf_str){s->rule, n};
    return s;
}

/* The place of the spec among those shared, or a free one. */
static struct share_spec **place_of(struct share *sh, const struct rf_count_spec *spec)
{
    size_t i = spec->id.lo ^ spec->id.hi;
    for (;; i++) {
        struct share_spec **at = &sh->specs[i % SHARE_SPECS];
        struct share_spec *s = __atomic_load_n(at, __ATOMIC_ACQUIRE);
        if (!s || is_same(s, spec))
            return at;
    }
}

/* The place of a copy that stays; false where there are too many. */
static bool keep(struct share *sh, const struct rf_count_spec *spec, uint32_t *place)
{
    struct share_spec **at = place_of(sh, spec);
    *place = (uint32_t)(at - sh->specs);
    if (__atomic_load_n(at, __ATOMIC_ACQUIRE))
        return true;
    pthread_mutex_lock(&sh->specs_lock);
    at = place_of(sh, spec);
    *place = (uint32_t)(at - sh->specs);
    bool there = *at != NULL;
    if (!there && sh->nspecs < SHARE_SPECS / 2) {
        sh->nspecs++;
        __atomic_store_n(at, copy(spec), __ATOMIC_RELEASE);
        there = true;
    }
    pthread_mutex_unlock(&sh->specs_lock);
    return there;
}

void share_wish(struct rf_counters *c, struct place p, struct node *n,
                const struct rf_count_spec *spec, const struct rf_hash128 *key)
{
    struct stripe *s = &c->stripe[p.stripe];
    uint32_t place;
    if (!keep(c->share, spec, &place))
        return;
    n->wished = 1;
    c->share->queue[p.stripe].wish[s->wishes] =
        (struct share_wish){.tag = p.tag, .key = *key, .spec = place, .type = n->type};
    table_prefetch_to_write(
        &c->share->queue[p.stripe].wish[(s->wishes + WISHES_AHEAD) % SHARE_QUEUE]);
    __atomic_store_n(&s->wishes, s->wishes + 1, __ATOMIC_RELAXED); /* prefetch reads it */
}

/* ---- news of calls ---- */

void share_tell(struct rf_counters *c, const struct rf_share_call *news)
{
    struct share *sh = c->share;
    pthread_mutex_lock(&sh->news_lock);
    if (sh->nnews == SHARE_NEWS) {
        sh->news_dropped++;
        sh->news_missed = true;
    } else {
        sh->news[(sh->news_at + sh->nnews++) % SHARE_NEWS] = *news;
    }
    pthread_mutex_unlock(&sh->news_lock);
}

size_t rf_share_calls_take(struct rf_counters *c, struct rf_share_call *out, size_t max)
{
    struct share *sh = c->share;
    pthread_mutex_lock(&sh->news_lock);
    size_t n = 0;
    for (; n < max && sh->nnews; n++, sh->nnews--) {
        out[n] = sh->news[sh->news_at];
        sh->news_at = (sh->news_at + 1) % SHARE_NEWS;
    }
    if (n < max && sh->news_missed) {
        out[n++] = (struct rf_share_call){.what = RF_SHARE_MISSED};
        sh->news_missed = false;
    }
    pthread_mutex_unlock(&sh->news_lock);
    return n;
}
