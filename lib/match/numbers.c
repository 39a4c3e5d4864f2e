#include "lib/match/numbers.h"

#include "lib/base/cpu.h"
#include "lib/base/prefetch.h"

#define REST_BITS (RF_NUMBERS_REST_BYTES * 8)
#define MIN_BITS 16
#define MAX_BITS 57 /* read with one load of 64 at any bit */
#define LENGTH_BITS 5
#define LENGTH_MASK 31
#define VALUE_MASK ((INT64_C(1) << RF_NUMBER_VALUE_BITS) - 1)

_Static_assert(sizeof(struct rf_number_run) == 64, "a run is a cache line");

static const uint64_t powers[RF_NUMBERS_DIGITS + 1] = {
    1ULL,
    10ULL,
    100ULL,
    1000ULL,
    10000ULL,
    100000ULL,
    1000000ULL,
    10000000ULL,
    100000000ULL,
    1000000000ULL,
    10000000000ULL,
    100000000000ULL,
    1000000000000ULL,
    10000000000000ULL,
    100000000000000ULL,
    1000000000000000ULL,
    10000000000000000ULL,
    100000000000000000ULL,
};

uint64_t rf_number_value(struct rf_str digits)
{
    uint64_t value = 0;
    for (size_t i = 0; i < digits.n; i++)
        value = value * 10 + (uint64_t)(digits.p[i] - '0');
    return value;
}

static struct rf_str text_of(bool is_short, uint64_t value, unsigned digits, char *buf)
{
    unsigned plus = !is_short;
    if (plus)
        buf[0] = '+';
    for (unsigned i = digits; i > 0; i--, value /= 10)
        buf[plus + i - 1] = (char)('0' + value % 10);
    return rf_str(buf, digits + plus);
}

/* At most 17: a key may come from a damaged file. */
static unsigned bounded(int64_t digits)
{
    return (unsigned)(digits & LENGTH_MASK) < RF_NUMBERS_DIGITS
               ? (unsigned)(digits & LENGTH_MASK)
               : RF_NUMBERS_DIGITS;
}

struct rf_str rf_number_text(int64_t key, char buf[20])
{
    return text_of(key & RF_NUMBER_SHORT, (uint64_t)(key & VALUE_MASK),
                   bounded(key >> RF_NUMBER_VALUE_BITS), buf);
}

int64_t rf_prefix_key(bool is_short, uint64_t value, unsigned digits)
{
    return (is_short ? RF_NUMBER_SHORT : 0) |
           (int64_t)(value * powers[RF_NUMBERS_DIGITS - digits]) << LENGTH_BITS |
           (int64_t)digits;
}

int64_t rf_prefix_end(int64_t key)
{
    uint64_t width = powers[RF_NUMBERS_DIGITS - bounded(key)];
    uint64_t begin = (uint64_t)key & ~(uint64_t)LENGTH_MASK;
    return (int64_t)(begin + ((width - 1) << LENGTH_BITS | LENGTH_MASK));
}

struct rf_str rf_prefix_text(int64_t key, char buf[20])
{
    uint64_t value = (uint64_t)(key & ~RF_NUMBER_SHORT) >> LENGTH_BITS;
    unsigned digits = bounded(key);
    return text_of(key & RF_NUMBER_SHORT, value / powers[RF_NUMBERS_DIGITS - digits],
                   digits, buf);
}

/* ---- runs ---- */

static unsigned bits_of(uint64_t v)
{
    return v ? 64 - (unsigned)__builtin_clzll(v) : 0;
}

static uint64_t load64(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static uint32_t rank_of(const struct rf_number_run *run)
{
    uint32_t rank;
    memcpy(&rank, run->rank, sizeof rank);
    return rank;
}

void rf_numbers_mark(struct rf_number_run *run, unsigned step, uint32_t near)
{
    run->step = (uint8_t)step;
    run->near[0] = (uint8_t)near;
    run->near[1] = (uint8_t)(near >> 8);
}

/* Whether an interval may hold the run's first key + rest. */
static inline bool is_near(const struct rf_number_run *run, uint64_t rest)
{
    uint64_t slice = rest >> (run->step & 63);
    unsigned near = run->near[0] | (unsigned)run->near[1] << 8;
    return near >> (slice < RF_NUMBERS_SLICES ? slice : RF_NUMBERS_SLICES - 1) & 1;
}

static inline uint64_t rest_at(const struct rf_number_run *run, unsigned i)
{
    unsigned bit = i * run->bits;
    return load64(run->rests + (bit >> 3)) >> (bit & 7) &
           ((UINT64_C(1) << run->bits) - 1);
}

static void put_rest(struct rf_number_run *run, unsigned i, uint64_t rest)
{
    unsigned bit = i * run->bits;
    for (rest <<= bit & 7, bit >>= 3; rest; rest >>= 8)
        run->rests[bit++] |= (uint8_t)rest;
}

static int64_t key_at(const int64_t *keys, size_t stride, uint32_t i)
{
    return *(const int64_t *)((const char *)keys + i * stride);
}

uint32_t rf_numbers_pack(const int64_t *keys, size_t stride, uint32_t n, uint32_t rank,
                         struct rf_number_run *run)
{
    uint32_t fit = 0; /* rests */
    *run = (struct rf_number_run){.n = 1, .bits = MIN_BITS};
    rf_numbers_mark(run, 0, (1u << RF_NUMBERS_SLICES) - 1);
    memcpy(run->rank, &rank, sizeof rank);
    while (fit + 1 < n) {
        unsigned bits = bits_of((uint64_t)(key_at(keys, stride, fit + 1) - keys[0]));
        bits = bits < MIN_BITS ? MIN_BITS : bits;
        if (bits > MAX_BITS || (fit + 1) * bits > REST_BITS)
            break;
        run->bits = (uint8_t)bits;
        fit++;
    }
    for (uint32_t i = 0; i < fit; i++)
        put_rest(run, i, (uint64_t)(key_at(keys, stride, i + 1) - keys[0]));
    run->n = (uint8_t)(fit + 1);
    return fit + 1;
}

/* Whether the run's numbers lie in the run: it may come from a damaged file. */
static inline bool is_sound(const struct rf_number_run *run)
{
    return (run->n - 1u) * run->bits <= REST_BITS && run->n > 0 && run->bits <= MAX_BITS;
}

/* The place among the run's rests of a rest of at most run->bits bits, or one where it is
 * not. The run has two or more numbers. */
typedef unsigned place_fn(const struct rf_number_run *run, uint64_t rest);

/* Without branches but the loop's: half of them would be mispredicted. */
static inline unsigned place_portable(const struct rf_number_run *run, uint64_t rest)
{
    unsigned at = 0;
    for (unsigned n = run->n - 1u; n > 1;) {
        unsigned half = n / 2;
        at += rest_at(run, at + half) <= rest ? half : 0;
        n -= half;
    }
    return at;
}

/* The rank of first + rest. */
static inline __attribute__((always_inline)) uint32_t
find_rest(const struct rf_numbers *s, const struct rf_number_run *run, uint64_t rest,
          place_fn *place)
{
    if (!is_sound(run) || rest >> run->bits)
        return RF_NUMBERS_NONE;
    unsigned at = 0;
    bool is_first = rest == 0, found = is_first;
    if (run->n > 1) {
        at = place(run, rest);
        found |= rest_at(run, at) == rest;
    }
    uint32_t rank = rank_of(run) + (is_first ? 0 : at + 1);
    return (found & (rank < s->n)) ? rank : RF_NUMBERS_NONE;
}

/* So many runs are fetched ahead of the search: processors drop prefetches when too many
 * are under way, a batch of 64 at once took twice the time. */
#define AHEAD 16

static inline void prefetch_run(const struct rf_numbers *s, uint32_t run)
{
    rf_prefetch(&s->runs[run == RF_TREE_NONE ? 0 : run]);
}

static inline __attribute__((always_inline)) void search_runs(const struct rf_numbers *s,
                                                              const int64_t *keys,
                                                              size_t n, uint32_t *found,
                                                              bool *near, place_fn *place)
{
    for (size_t i = 0; i < n && i < AHEAD; i++)
        prefetch_run(s, found[i]);
    for (size_t i = 0; i < n; i++) {
        uint32_t run = found[i];
        if (i + AHEAD < n)
            prefetch_run(s, found[i + AHEAD]);
        near[i] = true;
        if (run == RF_TREE_NONE)
            continue;
        uint64_t rest = (uint64_t)keys[i] - (uint64_t)s->firsts.level[0][run];
        near[i] = is_near(&s->runs[run], rest);
        found[i] = find_rest(s, &s->runs[run], rest, place);
    }
}

void rf_numbers_find_batch_portable(const struct rf_numbers *s, const int64_t *keys,
                                    size_t n, uint32_t *found, bool *near)
{
    rf_tree_find_batch_portable(&s->firsts, keys, n, found);
    search_runs(s, keys, n, found, near, place_portable);
}

#ifdef __x86_64__

#include <immintrin.h>

/* Rests of 16 bits all at once; most are. */
__attribute__((target("avx2,bmi"))) static inline unsigned
place_avx2(const struct rf_number_run *run, uint64_t rest)
{
    if (run->bits != MIN_BITS)
        return place_portable(run, rest);
    __m256i r = _mm256_set1_epi16((short)rest);
    const __m256i *line = (const __m256i *)run->rests;
    __m256i lower = _mm256_cmpeq_epi16(_mm256_loadu_si256(line), r);
    __m256i upper = _mm256_cmpeq_epi16(_mm256_loadu_si256(line + 1), r);
    uint64_t equal = (uint32_t)_mm256_movemask_epi8(lower) |
                     (uint64_t)(uint32_t)_mm256_movemask_epi8(upper) << 32;
    unsigned at = (unsigned)__builtin_ctzll(equal | UINT64_C(1) << 63) / 2;
    return at < run->n - 1u ? at : 0;
}

__attribute__((target("avx2,bmi"))) static void
search_runs_avx2(const struct rf_numbers *s, const int64_t *keys, size_t n,
                 uint32_t *found, bool *near)
{
    search_runs(s, keys, n, found, near, place_avx2);
}

void rf_numbers_find_batch(const struct rf_numbers *s, const int64_t *keys, size_t n,
                           uint32_t *found, bool *near)
{
    rf_tree_find_batch(&s->firsts, keys, n, found);
    if (rf_cpu_has_avx2())
        search_runs_avx2(s, keys, n, found, near);
    else
        search_runs(s, keys, n, found, near, place_portable);
}

#else

void rf_numbers_find_batch(const struct rf_numbers *s, const int64_t *keys, size_t n,
                           uint32_t *found, bool *near)
{
    rf_numbers_find_batch_portable(s, keys, n, found, near);
}

#endif

int64_t rf_numbers_at(const struct rf_numbers *s, uint32_t rank)
{
    uint32_t lo = 0, hi = s->firsts.levels ? s->firsts.n[0] : 0;
    if (hi == 0)
        return RF_NUMBERS_NO_KEY;
    while (hi - lo > 1) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (rank_of(&s->runs[mid]) <= rank)
            lo = mid;
        else
            hi = mid;
    }
    uint32_t i = rank - rank_of(&s->runs[lo]);
    int64_t first = s->firsts.level[0][lo];
    if (i == 0 || !is_sound(&s->runs[lo]) || i >= s->runs[lo].n)
        return first;
    return (int64_t)((uint64_t)first + rest_at(&s->runs[lo], i - 1));
}
