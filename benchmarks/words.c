#include "benchmarks/words.h"

#include <stdlib.h>

#include "benchmarks/words.inc"
#include "lib/base/map.h"
#include "lib/base/mem.h"

#define SEED 1
#define SHIFT 1.7 /* of the weights: 1 / (rank + 2.7) */
#define PARTS_MAX 1024

struct parts {
    struct rf_str v[PARTS_MAX];
    size_t n;
    struct zipf zipf;
};

static void split_stems(struct parts *p)
{
    for (const char *s = english_stems; *s; s += *s == ' ') {
        size_t n = strcspn(s, " ");
        p->v[p->n++] = rf_str(s, n);
        s += n;
    }
}

static void split_characters(struct parts *p)
{
    for (const char *s = chinese_characters; *s; s += 3)
        p->v[p->n++] = rf_str(s, 3);
}

/* Two parts, or a stem and an ending. */
static struct rf_str english(struct rf_arena *a, const struct parts *p, struct random *r)
{
    static const char *const endings[] = {"s",   "ed",   "ing", "er",  "ers",
                                          "ly",  "ment", "al",  "ion", "able",
                                          "ful", "ive",  "ness"};
    struct rf_str x = p->v[zipf_draw(&p->zipf, r)];
    if (random_chance(r, 30))
        return rf_arena_printf(
            a, "%.*s%s", RF_STR_FMT(x),
            endings[random_below(r, sizeof endings / sizeof *endings)]);
    struct rf_str y = p->v[random_below(r, p->n)];
    return rf_arena_printf(a, "%.*s%.*s", RF_STR_FMT(x), RF_STR_FMT(y));
}

static struct rf_str chinese(struct rf_arena *a, const struct parts *p, struct random *r)
{
    struct rf_str x = p->v[zipf_draw(&p->zipf, r)], y = p->v[zipf_draw(&p->zipf, r)],
                  z = p->v[random_below(r, p->n)];
    if (random_chance(r, 70))
        return rf_arena_printf(a, "%.*s%.*s", RF_STR_FMT(x), RF_STR_FMT(y));
    return rf_arena_printf(a, "%.*s%.*s%.*s", RF_STR_FMT(x), RF_STR_FMT(y),
                           RF_STR_FMT(z));
}

/* Fill one language with different words of at least four bytes past the stems. */
static void fill(struct words *w, enum language l, struct parts *p)
{
    struct random r = random_of(SEED, l);
    struct rf_map seen;
    rf_map_init(&seen);
    zipf_init(&p->zipf, p->n, SHIFT);
    for (size_t i = 0, n = 0; n < WORDS_EACH; i++) {
        struct rf_str s = l == CHINESE ? chinese(&w->arena, p, &r)
                          : i < p->n   ? p->v[i]
                                       : english(&w->arena, p, &r);
        if ((i < p->n || s.n >= 4) && rf_map_get(&seen, s) == RF_MAP_NONE) {
            rf_map_put(&seen, s, 0);
            w->v[l][n++] = s;
        }
    }
    zipf_fini(&p->zipf);
    rf_map_fini(&seen);
}

struct words *words_new(void)
{
    struct words *w = rf_mem_calloc(1, sizeof *w);
    struct parts *p = rf_mem_calloc(2, sizeof *p);
    rf_arena_init(&w->arena, 0);
    split_stems(&p[ENGLISH]);
    split_characters(&p[CHINESE]);
    fill(w, ENGLISH, &p[ENGLISH]);
    fill(w, CHINESE, &p[CHINESE]);
    zipf_init(&w->zipf, WORDS_EACH, SHIFT);
    free(p);
    return w;
}

void words_free(struct words *w)
{
    if (!w)
        return;
    zipf_fini(&w->zipf);
    rf_arena_fini(&w->arena);
    free(w);
}

struct rf_str words_of_text(const struct words *w, enum language l, struct random *r)
{
    return w->v[l][zipf_draw(&w->zipf, r)];
}

struct rf_str words_of_rule(const struct words *w, enum language l, struct random *r)
{
    return w->v[l][WORDS_COMMON + random_below(r, WORDS_EACH - WORDS_COMMON)];
}
