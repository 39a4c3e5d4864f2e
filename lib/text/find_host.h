/* What reading a host (find_host.c) hands to the choice of its end (find_end.c). Shared
 * by these two only. Hot. */
#ifndef RF_TEXT_FIND_HOST_H
#define RF_TEXT_FIND_HOST_H

#include "lib/text/find_parts.h"

enum { RF_HOST_ENDS = 132 };

enum rf_dot {
    RF_DOT_NONE,
    RF_DOT_FIRM,   /* . [.] (.) %2e */
    RF_DOT_FULL,   /* 。 and its kin */
    RF_DOT_SPACED, /* spaces round it */
};

/* A place where the host may end: behind a label, or where ASCII ends within one. */
struct rf_host_end {
    size_t text, raw; /* bytes of text before it, raw offset of it */
    enum rf_dot dot;  /* before its label */
    bool firm;        /* only ASCII and firm dots so far: one name beyond doubt */
    bool tight;       /* no spaces, nothing of a script written without spaces so far */
    bool spaced;      /* spaces round some dot so far */
    bool ascii;       /* its label is */
};

/* Invariant: ends stand in the order they were met. */
struct rf_host_reader {
    struct rf_str raw;
    enum rf_host_place place;
    struct rf_host_spelled *out;
    struct rf_host_end ends[RF_HOST_ENDS];
    int n;
    int split;                 /* the end before a hyphen or _ of the last label, or -1 */
    struct rf_host_end now;    /* how things stand at raw offset now.raw */
    size_t label;              /* where the label at hand begins in out->text */
    struct rf_host_end hyphen; /* before its first such; text == label: it has none */
    const struct rf_host_end *normalized; /* whose host is out->host; NULL: none */
};

/* The end to take, or NULL: see rf_find_host. Sets r->out->host. */
const struct rf_host_end *rf_find_end(struct rf_arena *a, struct rf_host_reader *r);

#endif
