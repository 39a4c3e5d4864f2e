/* Asks PCRE2 what a class or escape of a pattern matches, so that nobody reads classes
 * twice and differently. Answers are kept. Cold; one thread at a time. */
#ifndef RF_MATCH_REGEX_ASK_H
#define RF_MATCH_REGEX_ASK_H

#include "lib/match/set.h"

struct rf_regex_ask;

struct rf_regex_ask *rf_regex_ask_new(void);
void rf_regex_ask_free(struct rf_regex_ask *a);

/* The ASCII characters that the token ("[^a-z]", "\\d") matches, with or without case, as
 * bits of out; all of them, and false, where PCRE2 does not take the token alone. */
bool rf_regex_ask(struct rf_regex_ask *a, struct rf_str token, bool caseless,
                  struct rf_set *out);

#endif
