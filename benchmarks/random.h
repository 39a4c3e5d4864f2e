/* The benches' random numbers: SplitMix64 (Steele, Lea, Flood 2014), the same on every
 * machine. Seed it, then draw; a copy of the struct repeats what follows. */
#ifndef BENCH_RANDOM_H
#define BENCH_RANDOM_H

#include <stdint.h>

struct random {
    uint64_t state;
};

static inline uint64_t random_next(struct random *r)
{
    uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* A generator of its own for item `index` of the stream `seed`. */
static inline struct random random_of(uint64_t seed, uint64_t index)
{
    struct random r = {seed ^ index * UINT64_C(0xd1342543de82ef95)};
    random_next(&r);
    return r;
}

/* 0 <= x < n, for n > 0. */
static inline uint64_t random_below(struct random *r, uint64_t n)
{
    return (uint64_t)((unsigned __int128)random_next(r) * n >> 64);
}

/* 0 <= x < 1. */
static inline double random_unit(struct random *r)
{
    return (double)(random_next(r) >> 11) * 0x1p-53;
}

/* True in `percent` of 100 draws. */
static inline int random_chance(struct random *r, unsigned percent)
{
    return random_below(r, 100) < percent;
}

#endif
