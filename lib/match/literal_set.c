/* Cold: rule loading. */
#include "lib/match/literal_set.h"

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

bool rf_literals_product(struct rf_literals x, struct rf_literals y, struct rf_arena *a,
                         struct rf_literals *out)
{
    *out = (struct rf_literals){0};
    if (x.n * y.n > RF_LITERAL_PRODUCT && x.n > 1 && y.n > 1)
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

/* A single letter, digit or space stands in nearly every text. */
static bool common(struct rf_str s)
{
    char c = s.n ? s.p[0] : '\0';
    return s.n == 0 || (s.n == 1 && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                                     c == ' ' || c == '.' || c == '\n'));
}

int rf_literals_score(struct rf_literals x)
{
    size_t shortest = RF_LITERAL_BYTES;
    int doublings = 0;
    if (x.n == 0)
        return 0;
    for (size_t i = 0; i < x.n; i++) {
        if (common(x.v[i]))
            return 0;
        shortest = x.v[i].n < shortest ? x.v[i].n : shortest;
    }
    for (size_t n = x.n; n > 1; n /= 2)
        doublings++;
    return 100 + 3 * (int)(shortest < 10 ? shortest : 10) - doublings;
}
