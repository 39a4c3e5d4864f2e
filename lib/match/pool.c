#include "lib/match/pool.h"

#include <stdlib.h>

#include "lib/base/mem.h"

#define LONG 255 /* the length stands in two bytes behind this one */

void rf_pool_begin(struct rf_pool_draft *d)
{
    *d = (struct rf_pool_draft){0};
    rf_buf_init(&d->bytes);
}

void rf_pool_drop(struct rf_pool_draft *d)
{
    rf_buf_fini(&d->bytes);
    free(d->offsets);
    rf_pool_begin(d);
}

uint32_t rf_pool_offsets(uint32_t n)
{
    return n / RF_POOL_STEP + (n % RF_POOL_STEP != 0);
}

static void add_offset(struct rf_pool_draft *d)
{
    uint32_t i = d->n / RF_POOL_STEP;
    if (d->bytes.n > UINT32_MAX)
        rf_mem_die(d->bytes.n);
    if ((i & (i - 1)) == 0)
        d->offsets = rf_mem_realloc(d->offsets, i ? (size_t)i * 2 : 1, sizeof(uint32_t));
    d->offsets[i] = (uint32_t)d->bytes.n;
}

uint32_t rf_pool_add(struct rf_pool_draft *d, struct rf_str s)
{
    if (d->n % RF_POOL_STEP == 0)
        add_offset(d);
    if (s.n < LONG) {
        rf_buf_addc(&d->bytes, (char)s.n);
    } else {
        rf_buf_addc(&d->bytes, (char)LONG);
        rf_buf_addc(&d->bytes, (char)(s.n & 255));
        rf_buf_addc(&d->bytes, (char)(s.n >> 8));
    }
    rf_buf_adds(&d->bytes, s);
    return d->n++;
}

/* The string that begins at *at, which moves behind it. */
static struct rf_str read_string(const struct rf_pool *p, uint64_t *at)
{
    const uint8_t *b = (const uint8_t *)p->bytes + *at;
    uint64_t left = p->n_bytes - *at, n = left ? b[0] : 0, head = left ? 1 : 0;
    if (n == LONG) {
        n = left >= 3 ? b[1] | (uint64_t)b[2] << 8 : 0;
        head = left >= 3 ? 3 : left;
    }
    if (n > left - head)
        n = left - head;
    *at += head + n;
    return rf_str((const char *)b + head, (size_t)n);
}

struct rf_str rf_pool_at(const struct rf_pool *p, uint32_t i)
{
    if (i >= p->n)
        return rf_str("", 0);
    uint64_t at = p->offsets[i / RF_POOL_STEP];
    struct rf_str s = {"", 0};
    if (at > p->n_bytes)
        return s;
    for (uint32_t k = i % RF_POOL_STEP + 1; k > 0; k--)
        s = read_string(p, &at);
    return s;
}
