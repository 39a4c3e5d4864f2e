/* Host names: one spelling, and what a name tells. Pure functions, any thread; results
 * are views of the input or live in the caller's arena; idna.h tells what else may be
 * allocated for names that are not ASCII. */
#ifndef RF_RECORD_HOST_H
#define RF_RECORD_HOST_H

#include "lib/base/arena.h"
#include "lib/base/limits.h"

struct rf_host {
    struct rf_str name; /* lower case, A-labels, no final dot; IPv4 as dotted quad */
    uint32_t port;      /* 0: none given */
    bool ip;            /* name is an IPv4 address or an IPv6 one (without brackets) */
};

/* Normalize in: "[user@]host[:port]", either form of name, IPv4 in decimal, octal or hex
 * and with fewer parts (inet_aton). 0, or -1 when it is no host name. */
int rf_host_normalize(struct rf_arena *a, struct rf_str in, struct rf_host *out);
/* The same of what has neither user nor port, and is no IPv6 address. */
int rf_host_of_name(struct rf_arena *a, struct rf_str in, struct rf_host *out);
/* The host of a URL, with or without scheme; norm, if not NULL, gets the URL with lower
 * case scheme, normalized host and no user. 0, or -1 when it has none. */
int rf_host_of_url(struct rf_arena *a, struct rf_str url, struct rf_host *out,
                   struct rf_str *norm);

/* The URL of a normalized host: [scheme://]host[:port]rest. */
struct rf_str rf_host_join(struct rf_arena *a, struct rf_str scheme,
                           const struct rf_host *host, struct rf_str rest);

/* The following take a normalized name and return a part of it. */

/* The registrable domain (public suffix and one label); empty for an address and for a
 * public suffix itself. */
struct rf_str rf_host_domain(struct rf_str name);
/* The public suffix ("co.uk"); for one that no list knows, the last label. Empty for an
 * address. */
struct rf_str rf_host_suffix(struct rf_str name);
/* The last label ("uk"); empty for an address. */
struct rf_str rf_host_tld(struct rf_str name);
/* Whether the public suffix list knows the top-level domain. */
bool rf_host_public(struct rf_str name);
/* All three at once: rf_host_public, and the domain and suffix. */
bool rf_host_split(struct rf_str name, struct rf_str *domain, struct rf_str *suffix);
/* Whether some label mixes scripts beyond UTS #39 "highly restrictive": one script, or
 * Latin with Han and kana, Han and Bopomofo, or Han and Hangul. */
bool rf_host_mixed_script(struct rf_str name);
/* Whether the name is, or lies below, a well-known URL shortener. */
bool rf_host_shortener(struct rf_str name);

#endif
