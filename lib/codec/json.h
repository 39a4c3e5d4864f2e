/* JSON as feeds write it (RFC 8259), token by token, without a tree: the shared ground of
 * the fast and the careful path. It is strict in everything but what the writer of a text
 * can break: inside strings, bytes that are not UTF-8, raw control characters and lone
 * surrogate escapes pass, marked, and are repaired when the string is read.
 * Pure functions, any thread; views of the input, or of the arena. */
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
 * object included. False: *err says why; members before the error were told. */
bool rf_json_walk(struct rf_str line, const struct rf_json_visitor *v,
                  struct rf_json_error *err);

/* Classify and check s, which must be one value of an object's member from its first to
 * its last byte, and valid UTF-8. False where it is not. */
bool rf_json_classify(struct rf_str s, struct rf_json_token *out);
/* The same of a string between its quotes. */
bool rf_json_classify_string(struct rf_str inner, struct rf_json_token *out);

/* The text of a string: a view of the input, or of the arena where it holds escapes or is
 * dirty. *repaired is set (never cleared) where it had to be. */
struct rf_str rf_json_string(struct rf_arena *a, const struct rf_json_token *t,
                             bool *repaired);

/* The next element of an array token; *pos starts at 0. False at the end. Only for
 * tokens that were checked. */
bool rf_json_next_element(const struct rf_json_token *array, size_t *pos,
                          struct rf_json_token *out);

/* Length of the JSON number that s begins with; 0: none. */
size_t rf_json_number(struct rf_str s);

#endif
