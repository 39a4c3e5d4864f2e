/* For tests of the decoder: a record as one line of text, "sms from='1' text='x' ~text
 * !bad_field@12 ring: not a number". Everything an engine could see is in it. */
#ifndef TESTS_CODEC_DECODING_H
#define TESTS_CODEC_DECODING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/codec/codec.h"

static inline void dump_str(struct rf_buf *b, struct rf_str s)
{
    rf_buf_addc(b, '\'');
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20)
            rf_buf_printf(b, "<%02x>", s.p[i]);
        else
            rf_buf_addc(b, s.p[i]);
    rf_buf_addc(b, '\'');
}

static inline void dump_value(struct rf_buf *b, enum rf_field f, const union rf_value *v)
{
    switch (rf_field_info(f)->type) {
    case RF_FT_TIME:
    case RF_FT_INT:
        rf_buf_printf(b, "%" PRId64, v->i);
        break;
    case RF_FT_NUM:
        rf_buf_printf(b, "%.17g", v->d);
        break;
    case RF_FT_BOOL:
        rf_buf_addz(b, v->b ? "true" : "false");
        break;
    case RF_FT_ENUM:
        rf_buf_adds(b, rf_field_enum_name(f, (int)v->i));
        break;
    case RF_FT_STRS:
        for (size_t i = 0; i < v->list.n; i++)
            dump_str(b, v->list.v[i]);
        break;
    default:
        dump_str(b, v->s);
    }
}

static inline void dump_record(struct rf_buf *b, const struct rf_record *r)
{
    rf_buf_addz(b, rf_kind_name(r->kind));
    for (int f = 0; f < RF_FIELD_COUNT; f++)
        if (rf_record_has(r, f) && f != RF_FIELD_KIND && f != RF_FIELD_ID) {
            rf_buf_printf(b, " %s=", rf_field_info(f)->name);
            dump_value(b, f, &r->value[f]);
        }
    if (r->id.n)
        rf_buf_printf(b, " id:%.*s", RF_STR_FMT(r->id));
    for (int f = 0; f < RF_FIELD_COUNT; f++)
        if (r->repaired >> f & 1)
            rf_buf_printf(b, " ~%s", rf_field_info(f)->name);
    if (r->degraded)
        rf_buf_printf(b, " degraded:%u", r->degraded);
    if (r->error != RF_RECORD_OK) {
        rf_buf_printf(b, " !%s", rf_record_error_name(r->error));
        if (r->error_at != RF_NO_OFFSET)
            rf_buf_printf(b, "@%zu", r->error_at);
        rf_buf_printf(b, " %.*s", RF_STR_FMT(r->error_message));
    }
}

static const struct rf_clock arrival = {.absent_ms = 5};

/* Decodes a line on both paths, which must agree, and writes the record to out. */
static inline void decode_with(const struct rf_settings *s, const struct rf_clock *clock,
                               struct rf_str line, struct rf_buf *out)
{
    struct rf_decoder *d = rf_decoder_new(s);
    struct rf_arena arena;
    struct rf_buf careful;
    struct rf_record *r = malloc(sizeof *r);
    /* exactly the padding that is asked for, and nothing friendly in it */
    char *padded = malloc(line.n + RF_CODEC_PADDING);
    char *exact = malloc(line.n ? line.n : 1);
    memcpy(padded, line.p, line.n);
    memset(padded + line.n, '"', RF_CODEC_PADDING);
    memcpy(exact, line.p, line.n);
    rf_arena_init(&arena, 0);
    rf_buf_init(&careful);
    out->n = 0;
    rf_decode_line(d, &arena, rf_str(padded, line.n), clock, r);
    dump_record(out, r);
    rf_decode_line_carefully(d, &arena, rf_str(exact, line.n), clock, r);
    dump_record(&careful, r);
    rf_buf_addc(out, '\0');
    rf_buf_addc(&careful, '\0');
    assert_string_equal(out->p, careful.p);
    rf_buf_fini(&careful);
    rf_arena_fini(&arena);
    free(exact);
    free(padded);
    free(r);
    rf_decoder_free(d);
}

static inline void decode(struct rf_str line, struct rf_buf *out)
{
    struct rf_settings s;
    rf_settings_default(&s);
    decode_with(&s, &arrival, line, out);
}

struct expectation {
    struct rf_str line;
    const char *record;
};

static inline void check_all(const struct expectation *e, size_t n)
{
    struct rf_buf out;
    rf_buf_init(&out);
    for (size_t i = 0; i < n; i++) {
        decode(e[i].line, &out);
        if (strcmp(out.p, e[i].record) != 0)
            print_error("of the line %.*s\n", RF_STR_FMT(e[i].line));
        assert_string_equal(out.p, e[i].record);
    }
    rf_buf_fini(&out);
}

#define CHECK(table) check_all(table, sizeof table / sizeof *table)
#define SMS "{\"kind\":\"sms\",\"text\":\"x\","
#define CALL "{\"kind\":\"call\",\"to\":\"9\","

#endif
