/* Cold: making chains and their tables. */
#include "lib/match/chain.h"

#include <math.h>

#include "lib/match/literal_cost.h"

static struct rf_link *add_link(struct rf_chain *c, struct rf_arena *a)
{
    if (c->n == RF_CHAIN_LINKS) {
        c->full = true;
        return NULL;
    }
    if (c->n == c->cap) {
        c->cap = c->cap ? 2 * c->cap : 1;
        struct rf_link *v = RF_NEW_ARRAY(a, struct rf_link, c->cap);
        if (c->n)
            memcpy(v, c->v, c->n * sizeof *v);
        c->v = v;
    }
    return &c->v[c->n++];
}

struct rf_chain rf_chain_run(const struct rf_set *set, uint32_t n, bool more,
                             struct rf_arena *a)
{
    struct rf_chain c = {0};
    for (uint32_t i = 0; i < n && !c.full; i++) {
        struct rf_link *link = add_link(&c, a);
        if (link)
            *link = (struct rf_link){.want = *set};
    }
    if (more)
        c.tail = *set;
    return c;
}

/* The links before the one that is left out still stand in the text: so nothing is added
 * to a full chain. */
void rf_chain_append(struct rf_chain *to, const struct rf_chain *x, struct rf_arena *a)
{
    for (uint32_t i = 0; i < x->n && !to->full; i++) {
        struct rf_link *link = add_link(to, a);
        if (!link)
            return;
        *link = x->v[i];
        if (i == 0)
            rf_set_join(&link->skip, &to->tail);
    }
    to->full |= x->full;
    if (x->n)
        to->tail = x->tail;
    else
        rf_set_join(&to->tail, &x->tail);
}

/* What may follow the first n links of it. */
static struct rf_set behind(const struct rf_chain *c, const struct rf_set *span,
                            uint32_t n)
{
    return c->n > n || c->full ? *span : c->tail;
}

/* Link by link, as long as both have one. */
void rf_chain_join(struct rf_chain *to, const struct rf_set *to_span,
                   const struct rf_chain *x, const struct rf_set *x_span,
                   struct rf_arena *a)
{
    struct rf_chain joined = {0};
    uint32_t n = to->n < x->n ? to->n : x->n;
    for (uint32_t i = 0; i < n; i++) {
        struct rf_link *link = add_link(&joined, a);
        *link = to->v[i];
        rf_set_join(&link->want, &x->v[i].want);
        rf_set_join(&link->skip, &x->v[i].skip);
    }
    struct rf_set one = behind(to, to_span, n), other = behind(x, x_span, n);
    joined.tail = one;
    rf_set_join(&joined.tail, &other);
    *to = joined;
}

void rf_chain_skip(struct rf_chain *to, const struct rf_set *set)
{
    rf_set_join(&to->tail, set);
}

#define TEXT_BYTES 100.0
#define WITH_BEYOND 0.4 /* texts with characters beyond ASCII */

/* How much less likely a chain becomes by that link. */
static double factor(const struct rf_link *link)
{
    double want = rf_set_share(&link->want), skip = rf_set_share(&link->skip);
    double tries = skip < 1 - 1 / TEXT_BYTES ? 1 / (1 - skip) : TEXT_BYTES;
    double f = want * tries;
    return f < 1 ? f : 1;
}

static bool only_beyond(const struct rf_set *s)
{
    return !s->bits[0] && !s->bits[1];
}

static double cost(const struct rf_link *v, uint32_t n)
{
    double c = TEXT_BYTES * rf_set_share(&v[0].want);
    bool beyond = only_beyond(&v[0].want);
    for (uint32_t i = 1; i < n; i++) {
        c *= factor(&v[i]);
        beyond |= only_beyond(&v[i].want);
    }
    return beyond && c > WITH_BEYOND ? WITH_BEYOND : c;
}

double rf_chain_narrow(struct rf_chain *c)
{
    uint32_t n = c->n < RF_CHAIN_MAX ? c->n : RF_CHAIN_MAX, best = 0;
    double least = HUGE_VAL;
    if (n == 0)
        return least;
    for (uint32_t at = 0; at + n <= c->n; at++) {
        double here = cost(c->v + at, n);
        if (here < least) {
            least = here;
            best = at;
        }
    }
    c->v += best;
    c->n = n;
    return least;
}

/* ---- tables ---- */

/* The two words of a byte and a chain. */
static void words(const struct rf_chain *c, unsigned byte, uint64_t *want, uint64_t *stay)
{
    bool inside = byte >= 0x80 && byte < 0xC0; /* a character that has begun already */
    *want = UINT64_MAX;
    *stay = inside ? 0 : UINT64_MAX;
    for (uint32_t i = 0; i < c->n && !inside; i++) {
        *want &= ~((uint64_t)rf_set_has(&c->v[i].want, (unsigned char)byte) << i);
        if (i + 1 < c->n)
            *stay &= ~((uint64_t)rf_set_has(&c->v[i + 1].skip, (unsigned char)byte) << i);
    }
    *stay &= ~(UINT64_C(1) << (c->n - 1));
}

struct rf_chain_table *rf_chain_table_new(const struct rf_chain *c, struct rf_arena *a)
{
    struct rf_chain_table *t = RF_NEW(a, struct rf_chain_table);
    uint64_t rows[256][2];
    size_t classes = 0;
    for (unsigned byte = 0; byte < 256; byte++) {
        size_t same = 0;
        words(c, byte, &rows[classes][0], &rows[classes][1]);
        while (memcmp(rows[same], rows[classes], sizeof rows[same]))
            same++;
        t->class_of[byte] = (uint8_t)same;
        classes += same == classes;
    }
    t->last = UINT64_C(1) << (c->n - 1);
    t->rows = rf_arena_calloc_lines(a, classes, sizeof *rows);
    memcpy(t->rows, rows, classes * sizeof *rows);
    return t;
}

static uint32_t lanes_of(uint32_t n)
{
    return (n + RF_CHAINS_AT_ONCE - 1) / RF_CHAINS_AT_ONCE * RF_CHAINS_AT_ONCE;
}

struct rf_chains *rf_chains_new(const struct rf_chain *v, uint32_t n, struct rf_arena *a)
{
    struct rf_chains *c = RF_NEW(a, struct rf_chains);
    uint32_t classes = 0, lanes = lanes_of(n);
    struct rf_arena scratch;
    rf_arena_init(&scratch, 0);
    uint32_t *rows = RF_NEW_ARRAY(&scratch, uint32_t, (size_t)256 * 2 * lanes);
    *c = (struct rf_chains){
        .n = n, .lanes = lanes, .last = RF_NEW_ARRAY(a, uint32_t, lanes)};
    for (uint32_t i = 0; i < n; i++)
        c->last[i] = UINT32_C(1) << (v[i].n - 1);
    for (unsigned byte = 0; byte < 256; byte++) {
        uint32_t *row = rows + (size_t)classes * 2 * lanes, same = 0;
        for (uint32_t i = 0; i < n; i++) {
            uint64_t want, stay;
            words(&v[i], byte, &want, &stay);
            row[i] = (uint32_t)want;
            row[lanes + i] = (uint32_t)stay;
        }
        while (memcmp(rows + (size_t)same * 2 * lanes, row, 2 * lanes * sizeof *row))
            same++;
        c->row_of[byte] = same * 2 * lanes;
        classes += same == classes;
    }
    size_t n_rows = (size_t)classes * 2 * lanes;
    c->rows = rf_arena_calloc_lines(a, n_rows, sizeof *rows);
    memcpy(c->rows, rows, n_rows * sizeof *rows);
    rf_arena_fini(&scratch);
    return c;
}
