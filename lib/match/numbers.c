#include "lib/match/numbers.h"

#include <stdlib.h>

#include "lib/base/mem.h"

#define NONE UINT32_MAX
#define VALUE_BITS 58
#define SHORT_BIT ((uint64_t)1 << 63)

uint64_t rf_number_key(bool is_short, struct rf_str digits)
{
    uint64_t value = 0;
    if (digits.n == 0 || digits.n > RF_NUMBERS_DIGITS)
        return RF_NUMBERS_NO_KEY;
    for (size_t i = 0; i < digits.n; i++)
        value = value * 10 + (uint64_t)(digits.p[i] - '0');
    return (is_short ? SHORT_BIT : 0) | (uint64_t)digits.n << VALUE_BITS | value;
}

struct rf_str rf_number_text(uint64_t key, char buf[20])
{
    unsigned digits = key >> VALUE_BITS & 31, n = digits;
    uint64_t value = key & (((uint64_t)1 << VALUE_BITS) - 1);
    bool plus = !(key & SHORT_BIT);
    if (plus)
        buf[0] = '+';
    for (; digits > 0; digits--, value /= 10)
        buf[plus + digits - 1] = (char)('0' + value % 10);
    return rf_str(buf, n + plus);
}

void rf_numbers_init(struct rf_numbers *s)
{
    *s = (struct rf_numbers){0};
}

void rf_numbers_fini(struct rf_numbers *s)
{
    free(s->exact);
    free(s->prefixes);
    free(s->ranges);
    rf_numbers_init(s);
}

/* Room for one more: doubles at powers of two. */
static void *grow(void *p, uint32_t n, size_t size)
{
    return n & (n - 1) ? p : rf_mem_realloc(p, n ? (size_t)n * 2 : 1, size);
}

void rf_numbers_add(struct rf_numbers *s, uint64_t key, struct rf_entry_meta meta)
{
    s->exact = grow(s->exact, s->n_exact, sizeof *s->exact);
    s->exact[s->n_exact++] = (struct rf_number){key, meta};
}

void rf_numbers_add_prefix(struct rf_numbers *s, uint64_t key, struct rf_entry_meta meta)
{
    s->prefixes = grow(s->prefixes, s->n_prefixes, sizeof *s->prefixes);
    s->prefixes[s->n_prefixes++] = (struct rf_number){key, meta};
    s->prefix_lengths[(key & SHORT_BIT) != 0] |= 1u << (key >> VALUE_BITS & 31);
}

void rf_numbers_add_range(struct rf_numbers *s, uint64_t lo, uint64_t hi,
                          struct rf_entry_meta meta)
{
    s->ranges = grow(s->ranges, s->n_ranges, sizeof *s->ranges);
    s->ranges[s->n_ranges++] = (struct rf_number_range){lo, hi, hi, meta};
}

static int compare_numbers(const void *a, const void *b)
{
    const struct rf_number *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->meta.line > y->meta.line) - (x->meta.line < y->meta.line);
}

static int compare_ranges(const void *a, const void *b)
{
    const struct rf_number_range *x = a, *y = b;
    if (x->lo != y->lo)
        return x->lo < y->lo ? -1 : 1;
    return (x->meta.line > y->meta.line) - (x->meta.line < y->meta.line);
}

static void *sorted(void *p, uint32_t n, size_t size,
                    int (*compare)(const void *, const void *))
{
    if (n == 0)
        return p;
    qsort(p, n, size, compare);
    return rf_mem_realloc(p, n, size);
}

void rf_numbers_freeze(struct rf_numbers *s)
{
    s->exact = sorted(s->exact, s->n_exact, sizeof *s->exact, compare_numbers);
    s->prefixes =
        sorted(s->prefixes, s->n_prefixes, sizeof *s->prefixes, compare_numbers);
    s->ranges = sorted(s->ranges, s->n_ranges, sizeof *s->ranges, compare_ranges);
    for (uint32_t i = 1; i < s->n_ranges; i++)
        if (s->ranges[i].reach < s->ranges[i - 1].reach)
            s->ranges[i].reach = s->ranges[i - 1].reach;
}

/* An unexpired element of that key. */
static uint32_t find_key(const struct rf_number *v, uint32_t n, uint64_t key,
                         int64_t now_ms)
{
    uint32_t lo = 0, hi = n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (v[mid].key < key)
            lo = mid + 1;
        else
            hi = mid;
    }
    for (; lo < n && v[lo].key == key; lo++)
        if (!rf_entry_expired(&v[lo].meta, now_ms))
            return lo;
    return NONE;
}

static uint32_t find_range(const struct rf_numbers *s, uint64_t key, int64_t now_ms)
{
    uint32_t lo = 0, hi = s->n_ranges;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (s->ranges[mid].lo <= key)
            lo = mid + 1;
        else
            hi = mid;
    }
    while (lo-- > 0 && s->ranges[lo].reach >= key)
        if (s->ranges[lo].hi >= key && !rf_entry_expired(&s->ranges[lo].meta, now_ms))
            return lo;
    return NONE;
}

static uint32_t find_prefix(const struct rf_numbers *s, bool is_short,
                            struct rf_str digits, int64_t now_ms)
{
    uint32_t lengths = s->prefix_lengths[is_short];
    for (size_t n = digits.n < RF_NUMBERS_DIGITS ? digits.n : RF_NUMBERS_DIGITS; n > 0;
         n--) {
        if (!(lengths >> n & 1))
            continue;
        uint64_t key = rf_number_key(is_short, rf_str(digits.p, n));
        uint32_t found = find_key(s->prefixes, s->n_prefixes, key, now_ms);
        if (found != NONE)
            return found;
    }
    return NONE;
}

uint32_t rf_numbers_find(const struct rf_numbers *s, bool is_short, struct rf_str digits,
                         int64_t now_ms)
{
    uint64_t key = rf_number_key(is_short, digits);
    uint32_t found = NONE;
    if (key != RF_NUMBERS_NO_KEY) {
        if ((found = find_key(s->exact, s->n_exact, key, now_ms)) != NONE)
            return found;
        if ((found = find_range(s, key, now_ms)) != NONE)
            return s->n_exact + s->n_prefixes + found;
    }
    found = find_prefix(s, is_short, digits, now_ms);
    return found == NONE ? NONE : s->n_exact + found;
}
