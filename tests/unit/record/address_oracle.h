/* libphonenumber behind a C face: what address_test.c holds the tables against. */
#ifndef RF_TESTS_ADDRESS_ORACLE_H
#define RF_TESTS_ADDRESS_ORACLE_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct oracle {
    bool valid, possible; /* possible: not only locally */
    char e164[40];
    char country[2]; /* 0,0: none, or non-geographic */
    unsigned types;  /* RF_TYPE_* bits, satellites as what the library calls them */
};

/* What the library makes of s in that region; false where it refuses. */
bool oracle_parse(const char *s, const char *region, struct oracle *out);
/* A national number that the library gives as an example for its type `type` (0 to 10);
 * false where the region has none. */
bool oracle_example(const char *region, int type, char out[40]);
/* The i-th region code, NULL past the end. */
const char *oracle_region(unsigned i);

#ifdef __cplusplus
}
#endif

#endif
