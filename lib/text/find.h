/* URLs and phone numbers written in a text, disguised ones too. Pure, any thread; results
 * live in the caller's arena. Hot. */
#ifndef RF_TEXT_FIND_H
#define RF_TEXT_FIND_H

#include "lib/base/arena.h"
#include "lib/base/limits.h"

struct rf_find_options {
    /* Whether number (ASCII digits, with a leading '+' if plus) is a possible number at
     * home or, with '+', anywhere. NULL: no phones are looked for. */
    bool (*possible)(void *ctx, struct rf_str number, bool plus);
    void *ctx;
    unsigned
        least; /* digits that a possible number without '+' has at least; 0: unknown */
};

/* raw[begin, end) is where it stands, disguise included. */
struct rf_found_url {
    size_t begin, end;
    struct rf_str url;  /* [scheme://]host[:port][rest], host as below, hxxp as http */
    struct rf_str host; /* see rf_host_normalize */
};

struct rf_found_phone {
    size_t begin, end;
    struct rf_str number; /* ASCII digits, after a '+' if it was written with one */
};

struct rf_finds {
    struct rf_found_url *urls; /* in text order, apart from each other */
    size_t n_urls;             /* <= RF_LIMIT_URLS */
    struct rf_found_phone *phones;
    size_t n_phones; /* <= RF_LIMIT_PHONES */
};

/* Find the first URLs and phones in raw, valid UTF-8 of less than 4 GiB as it was sent.
 * What folding drops (default-ignorable, format and control characters) is as if it were
 * not there; the places are of raw. opt may be NULL: URLs only. */
void rf_text_find(struct rf_arena *a, const struct rf_find_options *opt,
                  struct rf_str raw, struct rf_finds *out);

#endif
