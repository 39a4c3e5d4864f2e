/* SipHash-2-4 with 128 bits: its authors' vectors, and all lengths against a look at one
 * byte after the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/hash.h"

enum { MOST = 70 };

static const struct rf_hash_key key = {0x0706050403020100, 0x0f0e0d0c0b0a0908};

static uint64_t left(uint64_t x, int b)
{
    return x << b | x >> (64 - b);
}

static void rounds(uint64_t v[4], int n)
{
    while (n--) {
        v[0] += v[1], v[2] += v[3];
        v[1] = left(v[1], 13) ^ v[0], v[3] = left(v[3], 16) ^ v[2];
        v[0] = left(v[0], 32);
        v[2] += v[1], v[0] += v[3];
        v[1] = left(v[1], 17) ^ v[2], v[3] = left(v[3], 21) ^ v[0];
        v[2] = left(v[2], 32);
    }
}

static struct rf_hash128 one_by_one(const unsigned char *p, size_t n)
{
    uint64_t v[4] = {0x736f6d6570736575 ^ key.k0, 0x646f72616e646f6d ^ key.k1 ^ 0xee,
                     0x6c7967656e657261 ^ key.k0, 0x7465646279746573 ^ key.k1};
    for (size_t i = 0; i <= n; i += 8) {
        uint64_t m = 0;
        for (size_t k = 0; k < 8; k++)
            m |= (uint64_t)(i + k < n ? p[i + k] : 0) << 8 * k;
        m |= i + 8 > n ? (uint64_t)n << 56 : 0;
        v[3] ^= m;
        rounds(v, 2);
        v[0] ^= m;
    }
    v[2] ^= 0xee;
    rounds(v, 4);
    struct rf_hash128 h = {.lo = v[0] ^ v[1] ^ v[2] ^ v[3]};
    v[1] ^= 0xdd;
    rounds(v, 4);
    h.hi = v[0] ^ v[1] ^ v[2] ^ v[3];
    return h;
}

static void authors_vectors(void **state)
{
    (void)state;
    const unsigned char zero = 0;
    struct rf_hash128 h = rf_hash_bytes(&key, "", 0);
    assert_true(h.lo == 0xe6a825ba047f81a3 && h.hi == 0x930255c71472f66d);
    h = rf_hash_bytes(&key, &zero, 1);
    assert_true(h.lo == 0x44af996bd8c187da && h.hi == 0x45fc229b11597634);
}

/* In memory of its own size, so that a sanitizer sees a byte read outside. */
static void all_lengths(void **state)
{
    (void)state;
    for (size_t n = 0; n < MOST; n++) {
        unsigned char *p = malloc(n ? n : 1);
        for (size_t i = 0; i < n; i++)
            p[i] = (unsigned char)(0x80 + 37 * i);
        struct rf_hash128 a = rf_hash_bytes(&key, p, n), b = one_by_one(p, n);
        assert_memory_equal(&a, &b, sizeof a);
        free(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(authors_vectors),
        cmocka_unit_test(all_lengths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
