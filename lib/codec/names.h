/* The words of a feed: which field a member's name means (feed.fields applied), and the
 * words of enumerations. Made once per decoder, then read only. Short words are told
 * apart by their bytes as numbers, in two small tables. */
#ifndef RF_CODEC_NAMES_H
#define RF_CODEC_NAMES_H

#include <endian.h>

#include "lib/base/arena.h"
#include "lib/base/tips.h"
#include "lib/record/field.h"
#include "lib/ruleset/settings.h"

#define RF_NAMES_SLOTS 256 /* power of two */
#define RF_NAMES_MAX 128   /* names that are known; further ones mean nothing */
#define RF_NAMES_WORDS 8   /* of one enumeration */
#define RF_NAMES_BRIEFS 64 /* power of two; over twice the words of all enumerations */

struct rf_name {
    struct rf_str s;
    struct rf_tips tips;
};

/* What the reader of plain lines needs to know of a field. */
struct rf_way {
    uint8_t field;  /* enum rf_field, or RF_FIELD_NONE */
    uint8_t type;   /* enum rf_field_type */
    bool text;      /* a string is its value as it stands ... */
    uint8_t around; /* ... with so many bytes on either side */
    uint16_t most;  /* ... where it has no more bytes than these */
};

/* A name of up to 8 bytes. */
struct rf_short_name {
    uint64_t bytes; /* the first lowest, none is 0 */
    struct rf_way way;
    uint16_t n;
};

/* A word of up to 16 bytes of the enumeration of a field. */
struct rf_short_word {
    uint64_t head, tail; /* tail: the last 8 bytes of more than 8, else 0 */
    uint16_t n;          /* 0: ends a search */
    uint8_t field, position;
};

/* Open addressing; field RF_FIELD_NONE ends a search. */
struct rf_names {
    struct {
        struct rf_name name;
        enum rf_field field;
    } slots[RF_NAMES_SLOTS];
    unsigned used; /* slots, at most RF_NAMES_MAX */
    struct rf_name words[RF_FIELD_COUNT][RF_NAMES_WORDS]; /* empty: no more */
    struct rf_short_name short_names[RF_NAMES_SLOTS];
    struct rf_way ways[RF_FIELD_COUNT + 1]; /* by field, also of RF_FIELD_NONE */
    struct rf_short_word short_words[RF_NAMES_BRIEFS];
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

/* The same of a word with 8 readable bytes behind it, without a call for short ones. */
static inline const struct rf_way *rf_names_way_padded(const struct rf_names *names,
                                                       struct rf_str name);
static inline int rf_names_word_padded(const struct rf_names *names, enum rf_field f,
                                       struct rf_str word);

/* ---- inline ---- */

/* The first n bytes of 8 readable ones; n is 1 to 8. */
static inline uint64_t rf_names_bytes(const char *p, size_t n)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return le64toh(v) & UINT64_MAX >> (64 - 8 * n);
}

/* No two names of fields share a slot. */
static inline unsigned rf_names_slot(uint64_t bytes)
{
    return (unsigned)(bytes * 0x8712b8bc076f3787ULL >> 56);
}
_Static_assert(RF_NAMES_SLOTS == 1 << 8, "rf_names_slot gives eight bits");

static inline unsigned rf_names_brief(uint64_t head, enum rf_field f)
{
    return (unsigned)((head + f) * 0x9e3779b97f4a7c15ULL >> 58);
}
_Static_assert(RF_NAMES_BRIEFS == 1 << 6, "rf_names_brief gives six bits");

static inline const struct rf_way *rf_names_way_padded(const struct rf_names *names,
                                                       struct rf_str name)
{
    if (name.n - 1 >= 8)
        return &names->ways[rf_names_field(names, name)];
    uint64_t bytes = rf_names_bytes(name.p, name.n);
    for (unsigned i = rf_names_slot(bytes);; i = (i + 1) % RF_NAMES_SLOTS) {
        const struct rf_short_name *s = &names->short_names[i];
        if ((s->bytes == bytes && s->n == name.n) || s->way.field == RF_FIELD_NONE)
            return &s->way;
    }
}

static inline int rf_names_word_padded(const struct rf_names *names, enum rf_field f,
                                       struct rf_str word)
{
    if (word.n - 1 >= 16)
        return rf_names_word(names, f, word);
    bool longer = word.n > 8;
    uint64_t head = rf_names_bytes(word.p, longer ? 8 : word.n);
    uint64_t last = rf_names_bytes(longer ? word.p + word.n - 8 : word.p, 8);
    uint64_t tail = longer ? last : 0;
    for (unsigned i = rf_names_brief(head, f);; i = (i + 1) % RF_NAMES_BRIEFS) {
        const struct rf_short_word *s = &names->short_words[i];
        if (s->n == 0)
            return -1;
        if (s->head == head && s->tail == tail && s->n == word.n && s->field == f)
            return s->position;
    }
}

#endif
