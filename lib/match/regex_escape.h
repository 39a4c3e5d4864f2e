/* Backslash sequences of PCRE2 patterns. Pure, any thread. */
#ifndef RF_MATCH_REGEX_ESCAPE_H
#define RF_MATCH_REGEX_ESCAPE_H

#include "lib/base/str.h"

enum rf_escape_kind {
    RF_ESC_CHAR,    /* one character, *cp */
    RF_ESC_ONE,     /* text nothing is known of, not empty */
    RF_ESC_ASSERT,  /* takes no text */
    RF_ESC_UNKNOWN, /* any text or none */
    RF_ESC_QUOTE,   /* \Q */
    RF_ESC_UNQUOTE, /* \E */
    RF_ESC_GIVE_UP, /* not known, or cut short */
};

/* Read the sequence whose backslash stands at *at; *at moves behind it. */
enum rf_escape_kind rf_regex_escape(struct rf_str s, size_t *at, bool in_class,
                                    uint32_t *cp);

#endif
