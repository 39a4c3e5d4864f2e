/* JSON as feeds write it (RFC 8259), token by token, without a tree. It is strict in
 * everything but what the writer of a text can break: inside strings, bytes that are not
 * UTF-8, raw control characters and lone surrogate escapes pass, marked, and are repaired
 * when the string is read. Pure functions, any thread; views of the input, or of the
 * arena. */
#ifndef RF_CODEC_JSON_H
#define RF_CODEC_JSON_H

#include "lib/base/arena.h"

enum rf_json_type {
    RF_JSON_STRING,
    RF_JSON_NUMBER,
    RF_JSON_TRUE,
    RF_JSON_FALSE,
    RF_JSON_NULL,
    RF_JSON_OBJECT,
    RF_JSON_ARRAY,
};

struct rf_json_token {
    enum rf_json_type type;
    bool escapes;      /* of a string: has a backslash */
    bool dirty;        /* of a string: has raw control characters or is not UTF-8 */
    struct rf_str raw; /* as written; of a string without its quotes */
};

struct rf_json_error {
    const char *message; /* static */
    const char *at;      /* into the input */
};

/* Told each member of the object, in order. key is a string. */
struct rf_json_visitor {
    void (*member)(void *ctx, const struct rf_json_token *key,
                   const struct rf_json_token *value);
    void *ctx;
};

/* Walk the one object that the line must be. Nesting is at most RF_LIMIT_JSON_DEPTH, the
 * object included. False: *err says why; members before the error were told. padded: 16
 * bytes behind the line are readable, so that strings can be read 16 bytes at a time
 * where the processor can; both ways say the same. */
bool rf_json_walk(struct rf_str line, bool padded, const struct rf_json_visitor *v,
                  struct rf_json_error *err);

/* The value that s begins with, as a member of the outermost object; returns its bytes,
 * 0 where it is none. */
size_t rf_json_value(struct rf_str s, struct rf_json_token *out);

/* The text of a string that holds escapes or is dirty, in the arena. */
struct rf_str rf_json_unescape(struct rf_arena *a, const struct rf_json_token *t,
                               bool *repaired);

/* The text of a string: a view of the input, or of the arena where it holds escapes or is
 * dirty. *repaired is set (never cleared) where it had to be. */
static inline struct rf_str rf_json_string(struct rf_arena *a,
                                           const struct rf_json_token *t, bool *repaired)
{
    return t->escapes || t->dirty ? rf_json_unescape(a, t, repaired) : t->raw;
}

/* The next element of an array token; *pos starts at 0. False at the end. Only for
 * tokens that were checked. */
bool rf_json_next_element(const struct rf_json_token *array, size_t *pos,
                          struct rf_json_token *out);

/* Length of the JSON number that s begins with; 0: none. */
size_t rf_json_number(struct rf_str s);

#endif
