/* Holds the decoder against itself (fast and careful path) and against jansson: used by
 * the fuzz target and by the unit test of mutated lines. */
#ifndef TESTS_FUZZ_CODEC_ORACLE_H
#define TESTS_FUZZ_CODEC_ORACLE_H

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/utf8.h"
#include "lib/codec/codec.h"

static inline void oracle_dump_value(struct rf_buf *b, enum rf_field f,
                                     const union rf_value *v)
{
    switch (rf_field_info(f)->type) {
    case RF_FT_TIME:
    case RF_FT_INT:
    case RF_FT_ENUM:
        rf_buf_printf(b, "%" PRId64, v->i);
        break;
    case RF_FT_NUM:
        rf_buf_printf(b, "%a", v->d);
        break;
    case RF_FT_BOOL:
        rf_buf_addz(b, v->b ? "true" : "false");
        break;
    case RF_FT_STRS:
        for (size_t i = 0; i < v->list.n; i++)
            rf_buf_add_json(b, v->list.v[i]);
        break;
    default:
        rf_buf_add_json(b, v->s);
    }
}

static inline void oracle_dump(struct rf_buf *b, const struct rf_record *r)
{
    rf_buf_printf(b, "kind %d present %" PRIx64 " repaired %" PRIx64 " degraded %u\n",
                  r->kind, r->present, r->repaired, r->degraded);
    rf_buf_printf(b, "error %d at %zu %.*s\nid %.*s\n", r->error, r->error_at,
                  RF_STR_FMT(r->error_message), RF_STR_FMT(r->id));
    for (int f = 0; f < RF_FIELD_COUNT; f++)
        if (rf_record_has(r, f)) {
            rf_buf_printf(b, "%s ", rf_field_info(f)->name);
            oracle_dump_value(b, f, &r->value[f]);
            rf_buf_addc(b, '\n');
        }
    rf_buf_addc(b, '\0');
}

/* The hex digits of a \u escape at s[i], or -1. */
static inline long oracle_escape(struct rf_str s, size_t i)
{
    char hex[5] = "";
    if (i + 6 > s.n || s.p[i] != '\\' || s.p[i + 1] != 'u')
        return -1;
    memcpy(hex, s.p + i + 2, 4);
    return strspn(hex, "0123456789abcdefABCDEF") == 4 ? strtol(hex, NULL, 16) : -1;
}

/* The line as it would be had the writer of a text broken nothing. */
static inline void oracle_repair(struct rf_str line, struct rf_buf *out)
{
    struct rf_buf b;
    bool inside = false;
    rf_buf_init(&b);
    rf_utf8_repair(line, &b);
    struct rf_str s = rf_buf_str(&b);
    for (size_t i = 0; i < s.n; i++) {
        long u = inside ? oracle_escape(s, i) : -1, low = oracle_escape(s, i + 6);
        if (u >= 0xd800 && u < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
            rf_buf_add(out, s.p + i, 12);
            i += 11;
        } else if (u >= 0xd800 && u < 0xe000) {
            rf_buf_addz(out, "\\ufffd");
            i += 5;
        } else if (inside && s.p[i] == '\\' && i + 1 < s.n) {
            rf_buf_add(out, s.p + i++, 2);
        } else if (inside && (unsigned char)s.p[i] < 0x20) {
            rf_buf_addc(out, ' ');
        } else {
            inside ^= s.p[i] == '"';
            /* jansson overlooks a NUL behind a number */
            rf_buf_addc(out, s.p[i] ? s.p[i] : '\x01');
        }
    }
    rf_buf_fini(&b);
}

/* Whether jansson takes the repaired line for an object; -1 where it has limits that we
 * do not have. */
static inline int oracle_accepts(struct rf_str line)
{
    json_error_t e;
    struct rf_buf b;
    rf_buf_init(&b);
    oracle_repair(line, &b);
    json_t *root =
        json_loadb(b.n ? b.p : "", b.n, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &e);
    int yes = json_is_object(root);
    enum json_error_code code = root ? json_error_unknown : json_error_code(&e);
    if (code == json_error_numeric_overflow || code == json_error_stack_overflow ||
        code == json_error_null_byte_in_key)
        yes = -1;
    json_decref(root);
    rf_buf_fini(&b);
    return yes;
}

/* NULL, or what is wrong with a record that was decoded from line. */
static inline const char *oracle_check_record(struct rf_str line,
                                              const struct rf_record *r)
{
    json_error_t e;
    int accepts = oracle_accepts(line);
    bool deep = rf_str_eqz(r->error_message, "nested too deep");
    if (accepts >= 0 && !deep && accepts != (r->error != RF_RECORD_BAD_JSON))
        return accepts ? "jansson takes it" : "jansson refuses it";
    if (!rf_record_has(r, RF_FIELD_TS))
        return "no time";
    if (r->error_at != RF_NO_OFFSET && r->error_at > line.n)
        return "error outside of the line";
    for (int f = 0; f < RF_FIELD_COUNT; f++) {
        enum rf_field_type t = rf_field_info(f)->type;
        if (rf_record_has(r, f) &&
            (t == RF_FT_STR || t == RF_FT_TEXT || t == RF_FT_ADDR) &&
            !rf_utf8_valid(r->value[f].s))
            return "a value that is not UTF-8";
    }
    json_t *id =
        r->id.n
            ? json_loadb(r->id.p, r->id.n,
                         JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &e)
            : json_null();
    if (!id)
        return "an id that is not JSON";
    json_decref(id);
    return NULL;
}

/* Decode the line on both paths. NULL, or what is wrong. */
static inline const char *oracle_check(struct rf_decoder *d, struct rf_arena *arena,
                                       struct rf_str line)
{
    static const struct rf_clock clock = {1767225600000, true, 1767225600000};
    struct rf_buf fast, careful;
    struct rf_record r;
    char *padded = malloc(line.n + RF_CODEC_PADDING), *exact = malloc(line.n + !line.n);
    memcpy(padded, line.p, line.n);
    memset(padded + line.n, '}', RF_CODEC_PADDING);
    memcpy(exact, line.p, line.n);
    rf_buf_init(&fast);
    rf_buf_init(&careful);
    rf_arena_reset(arena);
    rf_decode_line(d, arena, rf_str(padded, line.n), &clock, &r);
    oracle_dump(&fast, &r);
    rf_decode_line_carefully(d, arena, rf_str(exact, line.n), &clock, &r);
    oracle_dump(&careful, &r);
    const char *wrong = strcmp(fast.p, careful.p) != 0 ? "the paths differ"
                                                       : oracle_check_record(line, &r);
    rf_buf_fini(&fast);
    rf_buf_fini(&careful);
    free(padded);
    free(exact);
    return wrong;
}

#endif
