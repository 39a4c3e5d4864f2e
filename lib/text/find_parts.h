/* The two halves of rf_text_find, and how a host is read in a text. Hot. */
#ifndef RF_TEXT_FIND_PARTS_H
#define RF_TEXT_FIND_PARTS_H

#include "lib/record/host.h"
#include "lib/text/bytes.h"
#include "lib/text/find.h"

/* Fill out->urls. */
void rf_find_urls(struct rf_arena *a, struct rf_str raw, const struct rf_bytes *bytes,
                  struct rf_finds *out);
/* Fill out->phones, outside out->urls. */
void rf_find_phones(struct rf_arena *a, const struct rf_find_options *opt,
                    struct rf_str raw, const struct rf_bytes *bytes,
                    struct rf_finds *out);

enum rf_host_place {
    RF_HOST_AFTER_SCHEME, /* anything goes for a dot, also other letters than ASCII, and
                             percent escapes */
    RF_HOST_AFTER_WWW,    /* the same; "www" is its first label */
    RF_HOST_BARE,         /* ASCII, dots plain or in brackets, a known public suffix */
};

enum { RF_HOST_SPELLED_BYTES = 512 };

/* A host as a text spells it. */
struct rf_host_spelled {
    char text[RF_HOST_SPELLED_BYTES]; /* with plain dots */
    size_t n;
    size_t end;          /* raw offset behind it */
    struct rf_host host; /* normalized */
};

/* Read the host that begins at raw offset at. Behind a scheme or "www." it is taken
 * whole: what is written in ASCII with dots, brackets included, is one name. Where other
 * scripts, 。 or spaces follow directly and that name's public suffix is not known, the
 * longest reading whose suffix is known ends it. A bare host needs a known suffix. False
 * if there is none; then and otherwise *past is an offset behind at before which no other
 * host begins. */
bool rf_find_host(struct rf_arena *a, struct rf_str raw, size_t at,
                  enum rf_host_place place, struct rf_host_spelled *out, size_t *past);
/* Whether a port or a path begins at raw offset at. */
bool rf_find_more_url(struct rf_str raw, size_t at);

#endif
