/* Cold: rule loading. */
#include "lib/match/literal_set.h"

#define PRUNE_MAX 256 /* strings compared each with each */

struct rf_literals rf_literals_empty(struct rf_arena *a)
{
    struct rf_literals x = {0};
    rf_literals_add(&x, rf_str("", 0), a);
    return x;
}

bool rf_literals_add(struct rf_literals *to, struct rf_str s, struct rf_arena *a)
{
    for (size_t i = 0; i < to->n; i++)
        if (rf_str_eq(to->v[i], s))
            return true;
    if (to->n == RF_LITERAL_MAX)
        return false;
    if ((to->n & (to->n - 1)) == 0) { /* full at powers of two */
        struct rf_str *v = RF_NEW_ARRAY(a, struct rf_str, to->n ? 2 * to->n : 1);
        if (to->n)
            memcpy(v, to->v, to->n * sizeof *v);
        to->v = v;
    }
    to->v[to->n++] = s;
    return true;
}

bool rf_literals_join(struct rf_literals *to, struct rf_literals from, struct rf_arena *a)
{
    for (size_t i = 0; i < from.n; i++)
        if (!rf_literals_add(to, from.v[i], a))
            return false;
    return true;
}

bool rf_literals_product(struct rf_literals x, struct rf_literals y, size_t max,
                         struct rf_arena *a, struct rf_literals *out)
{
    *out = (struct rf_literals){0};
    if (x.n * y.n > max && x.n > 1 && y.n > 1)
        return false;
    for (size_t i = 0; i < x.n; i++) {
        for (size_t j = 0; j < y.n; j++) {
            size_t n = x.v[i].n + y.v[j].n;
            if (n > RF_LITERAL_BYTES)
                return false;
            char *p = rf_arena_alloc(a, n);
            memcpy(p, x.v[i].p, x.v[i].n);
            memcpy(p + x.v[i].n, y.v[j].p, y.v[j].n);
            rf_literals_add(out, rf_str(p, n), a);
        }
    }
    return true;
}

bool rf_literals_same(struct rf_literals x, struct rf_literals y)
{
    bool same = x.n == y.n;
    for (size_t i = 0; same && i < x.n; i++)
        same = rf_str_eq(x.v[i], y.v[i]);
    return same;
}

static bool part_of(struct rf_str part, struct rf_str s)
{
    for (size_t i = 0; i + part.n <= s.n; i++)
        if (part.n == 0 || (s.p[i] == part.p[0] && !memcmp(s.p + i, part.p, part.n)))
            return true;
    return false;
}

bool rf_literals_imply(struct rf_literals x, struct rf_literals y)
{
    for (size_t i = 0; i < x.n; i++) {
        size_t k = 0;
        while (k < y.n && !part_of(y.v[k], x.v[i]))
            k++;
        if (k == y.n)
            return false;
    }
    return true;
}

/* Whether one of the others is a part, or the head, of x.v[k]. */
static bool redundant(struct rf_literals x, size_t k, bool heads)
{
    for (size_t i = 0; i < x.n; i++)
        if (i != k && x.v[i].n < x.v[k].n &&
            (heads ? rf_str_starts(x.v[k], x.v[i]) : part_of(x.v[i], x.v[k])))
            return true;
    return false;
}

struct rf_literals rf_literals_prune(struct rf_literals x, bool heads, struct rf_arena *a)
{
    struct rf_literals kept = {0};
    if (x.n > PRUNE_MAX)
        return x;
    for (size_t i = 0; i < x.n; i++)
        if (!redundant(x, i, heads))
            rf_literals_add(&kept, x.v[i], a);
    return kept;
}
