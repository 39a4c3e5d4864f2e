/* The words of a feed: which field a member's name means (feed.fields applied), and the
 * words of enumerations. Made once per decoder, then read only. */
#ifndef RF_CODEC_NAMES_H
#define RF_CODEC_NAMES_H

#include "lib/base/arena.h"
#include "lib/base/tips.h"
#include "lib/record/field.h"
#include "lib/ruleset/settings.h"

#define RF_NAMES_SLOTS 256 /* power of two */
#define RF_NAMES_MAX 128   /* names that are known; further ones mean nothing */
#define RF_NAMES_WORDS 8   /* of one enumeration */

struct rf_name {
    struct rf_str s;
    struct rf_tips tips;
};

/* Open addressing; field RF_FIELD_NONE ends a search. */
struct rf_names {
    struct {
        struct rf_name name;
        enum rf_field field;
    } slots[RF_NAMES_SLOTS];
    unsigned used; /* slots, at most RF_NAMES_MAX */
    struct rf_name words[RF_FIELD_COUNT][RF_NAMES_WORDS]; /* empty: no more */
};

/* Copies the names into a. Each row of settings->fields says what a name in the feed
 * means (of rows with one name the first; of an unknown field: nothing); other names of
 * fields mean themselves. */
void rf_names_init(struct rf_names *names, struct rf_arena *a,
                   const struct rf_settings *settings);
/* The field that name means, or RF_FIELD_NONE. O(1). */
enum rf_field rf_names_field(const struct rf_names *names, struct rf_str name);
/* Position of word in the enumeration of field f, or -1. */
int rf_names_word(const struct rf_names *names, enum rf_field f, struct rf_str word);

#endif
