/* Reads PCRE2 patterns token by token, as far as literals need it. The pattern is one
 * that pcre2_compile has taken (10.42 or later): mistakes in it are not looked for. What
 * a version or a rare construct leaves open comes out as a token that promises nothing,
 * or ends the reading (RF_TOK_GIVE_UP). Pure, any thread; the reader is the caller's. */
#ifndef RF_MATCH_REGEX_LEX_H
#define RF_MATCH_REGEX_LEX_H

#include "lib/base/str.h"

enum rf_token_kind {
    RF_TOK_END,
    RF_TOK_CHAR,    /* the character cp */
    RF_TOK_CLASS,   /* [...]: read it with rf_regex_class_next */
    RF_TOK_ONE,     /* one or more characters nothing is known of: . \d \p{L} \X */
    RF_TOK_ASSERT,  /* takes no text: ^ $ \b \K */
    RF_TOK_UNKNOWN, /* any text or none: back-references, subroutine calls */
    RF_TOK_OPEN,    /* a group of kind `group` */
    RF_TOK_CLOSE,
    RF_TOK_ALT,    /* | */
    RF_TOK_REPEAT, /* of the token or group before: min to max times */
    RF_TOK_GIVE_UP,
};

enum rf_group_kind {
    RF_GROUP_PLAIN,    /* matches what its content matches */
    RF_GROUP_LOOK,     /* positive look-around: content stands in the text, takes none */
    RF_GROUP_NEGATIVE, /* negative look-around */
    RF_GROUP_OPAQUE,   /* conditional: its content may never be needed */
};

#define RF_REPEAT_FOREVER UINT32_MAX
#define RF_REGEX_DEPTH 256 /* nested groups; PCRE2's own limit is 250 */

struct rf_token {
    enum rf_token_kind kind;
    enum rf_group_kind group;
    bool caseless, negated; /* (?i) in force; CLASS begins with ^ */
    uint32_t cp;
    uint32_t min, max;
    bool unsure;  /* REPEAT: literal text in some versions */
    size_t at;    /* byte offset of the token */
    size_t inner; /* CLASS: offset of its first member */
};

struct rf_regex_lex {
    struct rf_str s;
    size_t at;
    bool caseless, extended, quoted, failed;
    uint32_t depth;
    uint8_t saved[RF_REGEX_DEPTH]; /* flags at each open group's begin */
};

/* Member of a class. */
struct rf_class_item {
    bool known;      /* lo to hi are members; else something nothing is known of */
    uint32_t lo, hi; /* equal for a single character */
    size_t at;
};

struct rf_class_lex {
    struct rf_str s;
    size_t at;
    bool first, quoted;
};

/* Begin reading pattern (valid UTF-8), with or without PCRE2_CASELESS. */
void rf_regex_lex_init(struct rf_regex_lex *l, struct rf_str pattern, bool caseless);
/* The next token. Comments, white space under (?x), option settings and \Q \E are passed
 * over. After END or GIVE_UP the same again. */
struct rf_token rf_regex_lex_next(struct rf_regex_lex *l);

/* Begin reading the members of a class; `inner` is its token's. */
void rf_class_lex_init(struct rf_class_lex *c, struct rf_str pattern, size_t inner);
/* The next member. False at the end (c->at is the offset of the closing bracket) or when
 * something was not understood (c->at is elsewhere). */
bool rf_class_lex_next(struct rf_class_lex *c, struct rf_class_item *out);

#endif
