/* Addresses: calling and called numbers, short numbers, alphanumeric senders, normalized
 * once per record. Tables come from libphonenumber's metadata at build time
 * (gen_plan.cc); nothing here runs a regex or allocates but from the arena. Hot; pure
 * functions, any thread.
 *
 * How a raw address becomes a normal one (CONTRACT, "Addresses", with what it leaves
 * open):
 * - White space (any script's) and "-()." go, fullwidth forms become ASCII.
 * - "+" and up to 15 digits, or the home plan's international prefix and 3 to 15 digits
 *   not beginning with 0, are E.164. What libphonenumber calls valid gets its E.164 form
 *   (it drops a trunk 0: "+44 (0)20 7946 0000" is "+442079460000"); the rest stays as
 *   written and has the type `invalid`. "+" and 16 digits or more are E.164 only where
 *   that is valid, else a short number.
 * - Bare digits, 7 or more, are what libphonenumber makes of them at home if valid (in
 *   China not where they begin with 106); all others are short numbers, kept as digits
 *   up to 21.
 * - Anything else is alphanumeric: folded as texts are, at most RF_LIMIT_ADDR_BYTES. So
 *   are "*100#" and more than 21 digits; these two have the type `invalid`.
 * - Type of number: 1 (international) reads bare digits as if "+" stood before them
 *   where that is valid or they are 7 or more (in China not where they begin with 106),
 *   2 (national) as if "+" and home's calling code did where that is valid, 6
 *   (abbreviated) leaves them short; 5 (alphanumeric) on digits adds the type
 *   `alphanumeric`, no more, so that a digit sender in disguise still meets the lists.
 *   Others change nothing.
 * - The country of an E.164 number is that of libphonenumber where it names one, else by
 *   calling code and, where codes are shared, by the region whose plan follows the number
 *   furthest. Non-geographic codes (+800, +882 ...) and unassigned ones have none. */
#ifndef RF_RECORD_ADDRESS_H
#define RF_RECORD_ADDRESS_H

#include "lib/base/arena.h"
#include "lib/record/plan.h"

enum rf_addr_form { RF_ADDR_NONE, RF_ADDR_E164, RF_ADDR_SHORT, RF_ADDR_ALPHA };

struct rf_addr {
    enum rf_addr_form form; /* NONE: nothing was left of it */
    uint16_t types;         /* RF_TYPE_* bits (plan.h) */
    char country[2];        /* ISO 3166-1 upper case, or 0,0 */
    uint64_t digits;        /* of an E.164 number as an integer, else 0 */
    struct rf_str norm;     /* "+8613800000000", "95588", "usps"; in the arena */
    struct rf_str raw;      /* as given; the caller's bytes */
};

/* Normalize `raw`. home may be NULL: then only "+" makes E.164. ton is the type of number
 * of 3GPP 23.040 and SMPP, -1 where there is none. */
void rf_addr_normalize(struct rf_arena *a, const struct rf_plan *home, struct rf_str raw,
                       int ton, struct rf_addr *out);

/* Whether a run of digits found in a text (with "+" or not, ASCII separators between) is
 * a possible number by length, as libphonenumber sees it: at home, or with "+" anywhere.
 * What is dialable only locally (five or six digits in China: mostly codes) is not. */
bool rf_addr_possible(const struct rf_plan *home, struct rf_str candidate);

/* Whether the address is an emergency number of home, 112 or 911, in any spelling that
 * protected.h lists. The type `emergency` says the same. */
bool rf_addr_emergency(const struct rf_plan *home, const struct rf_addr *addr);

/* Whether the number is E.164 and not of home's country (so +882 is foreign, though it
 * has no country). */
bool rf_addr_foreign(const struct rf_plan *home, const struct rf_addr *addr);

/* Whether both are numbers of one form and length that differ in at most their last
 * `last` digits. */
bool rf_addr_near(const struct rf_addr *a, const struct rf_addr *b, unsigned last);

/* The number without its last n digits ("+86138000000"): a view into norm; empty for
 * alphanumeric addresses and where no digit would be left. */
struct rf_str rf_addr_block(const struct rf_addr *addr, unsigned n);

#endif
