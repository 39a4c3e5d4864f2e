/* Hot: one line to one record. The walker of json.c finds the members; what they mean is
 * decided here. */
#include "lib/codec/codec.h"

#include <stdlib.h>

#include "lib/base/limits.h"
#include "lib/base/mem.h"
#include "lib/codec/decoding.h"

#define BIT(field) (1ull << RF_FIELD_##field)

struct rf_decoder {
    int64_t early_ms, late_ms;
    struct rf_arena arena; /* mapped names */
    struct rf_names names;
    uint64_t of_kind[RF_KIND_COUNT]; /* fields that apply to a kind */
};

static uint64_t fields_of(enum rf_kind kind)
{
    uint64_t set = 0;
    for (int f = 0; f < RF_FIELD_COUNT; f++)
        if (rf_field_info(f)->kinds >> kind & 1)
            set |= 1ull << f;
    return set;
}

struct rf_decoder *rf_decoder_new(const struct rf_settings *settings)
{
    struct rf_decoder *d = rf_mem_calloc(1, sizeof *d);
    d->early_ms = settings->early_ms;
    d->late_ms = settings->late_ms;
    rf_arena_init(&d->arena, 1024);
    rf_names_init(&d->names, &d->arena, settings);
    for (int k = RF_KIND_SMS; k < RF_KIND_COUNT; k++)
        d->of_kind[k] = fields_of(k);
    return d;
}

void rf_decoder_free(struct rf_decoder *d)
{
    if (!d)
        return;
    rf_arena_fini(&d->arena);
    free(d);
}

const char *rf_record_error_name(enum rf_record_error e)
{
    static const char *const names[RF_RECORD_ERROR_COUNT] = {
        [RF_RECORD_OK] = "",
        [RF_RECORD_BAD_JSON] = "bad_json",
        [RF_RECORD_MISSING_FIELD] = "missing_field",
        [RF_RECORD_UNKNOWN_KIND] = "unknown_kind",
        [RF_RECORD_LINE_TOO_LONG] = "line_too_long",
        [RF_RECORD_BAD_FIELD] = "bad_field",
    };
    return names[e];
}

/* Of several bad fields the first in the line is told. */
static __attribute__((noinline, cold)) void
bad_field(struct rf_decoding *g, enum rf_field f, const char *wrong, size_t at)
{
    struct rf_record *r = g->r;
    if (r->error == RF_RECORD_BAD_FIELD && r->error_at <= at)
        return;
    r->error = RF_RECORD_BAD_FIELD;
    r->error_at = at;
    r->error_message =
        rf_arena_printf(g->reader.arena, "%s: %s", rf_field_info(f)->name, wrong);
}

static void unjudged(struct rf_record *r, enum rf_record_error error,
                     struct rf_str message, size_t at)
{
    r->error = error;
    r->error_message = message;
    r->error_at = at;
}

void rf_decoding_take(struct rf_decoding *g, enum rf_field f,
                      const struct rf_json_token *t)
{
    struct rf_record *r = g->r;
    uint64_t bit = 1ull << f;
    size_t at = (size_t)(t->raw.p - r->line.p) - (t->type == RF_JSON_STRING);
    if (g->seen & bit) {
        bad_field(g, f, "given twice", at);
        return;
    }
    g->seen |= bit;
    g->at[f] = at;
    g->reader.repaired = false;
    const char *wrong = rf_value_read(&g->reader, f, t, &r->value[f]);
    if (wrong && f != RF_FIELD_KIND)
        bad_field(g, f, wrong, at);
    if (wrong)
        return;
    r->present |= bit;
    r->repaired |= g->reader.repaired ? bit : 0;
}

static void member(void *ctx, const struct rf_json_token *key,
                   const struct rf_json_token *value)
{
    struct rf_decoding *g = ctx;
    struct rf_str name = rf_json_string(g->reader.arena, key, &g->reader.repaired);
    enum rf_field f = rf_names_field(g->reader.names, name);
    if (f != RF_FIELD_NONE && value->type != RF_JSON_NULL)
        rf_decoding_take(g, f, value);
}

static void begin(struct rf_record *r, struct rf_str line)
{
    r->kind = RF_KIND_NONE;
    r->present = r->repaired = 0;
    r->degraded = 0;
    r->id = rf_str(NULL, 0);
    r->line = line;
    r->error = RF_RECORD_OK;
    r->error_message = rf_str("", 0);
    r->error_at = RF_NO_OFFSET;
}

static void set_time(struct rf_record *r, int64_t ms)
{
    r->value[RF_FIELD_TS].i = ms;
    r->present |= BIT(TS);
}

static void finish_time(struct rf_record *r, const struct rf_decoder *d,
                        const struct rf_clock *clock)
{
    int64_t ts = r->value[RF_FIELD_TS].i;
    if (!rf_record_has(r, RF_FIELD_TS)) {
        set_time(r, clock->absent_ms);
    } else if (clock->check_skew &&
               (ts - clock->now_ms > d->early_ms || clock->now_ms - ts > d->late_ms)) {
        set_time(r, clock->absent_ms);
        r->degraded |= RF_DEGRADED_TS;
    }
}

/* The kind; then what does not apply to it is as if it had not been there. */
static bool finish_kind(struct rf_decoding *g, const struct rf_decoder *d)
{
    struct rf_record *r = g->r;
    if (!(g->seen & BIT(KIND))) {
        unjudged(r, RF_RECORD_MISSING_FIELD, RF_STR("kind: missing"), RF_NO_OFFSET);
        return false;
    }
    if (!rf_record_has(r, RF_FIELD_KIND) || r->value[RF_FIELD_KIND].i == RF_KIND_NONE) {
        r->present &= ~BIT(KIND);
        unjudged(r, RF_RECORD_UNKNOWN_KIND, RF_STR("kind: none of sms, call, visit"),
                 g->at[RF_FIELD_KIND]);
        return false;
    }
    r->kind = (enum rf_kind)r->value[RF_FIELD_KIND].i;
    r->present &= d->of_kind[r->kind];
    r->repaired &= d->of_kind[r->kind];
    return true;
}

/* A required field that was there but wrong is left out like any other: the record is
 * judged without it. */
static bool finish_required(struct rf_decoding *g)
{
    static const struct {
        uint64_t any_of;
        struct rf_str message;
    } required[RF_KIND_COUNT] = {
        [RF_KIND_SMS] = {BIT(TEXT) | BIT(UD), RF_STR("text or ud: missing")},
        [RF_KIND_CALL] = {BIT(FROM) | BIT(TO), RF_STR("from or to: missing")},
        [RF_KIND_VISIT] = {BIT(URL) | BIT(HOST), RF_STR("url or host: missing")},
    };
    if (g->seen & required[g->r->kind].any_of)
        return true;
    unjudged(g->r, RF_RECORD_MISSING_FIELD, required[g->r->kind].message, RF_NO_OFFSET);
    return false;
}

static void finish_event(struct rf_decoding *g)
{
    struct rf_record *r = g->r;
    unsigned allowed = r->kind == RF_KIND_SMS ? RF_EVENTS_SMS : RF_EVENTS_CALL;
    if (r->kind == RF_KIND_VISIT)
        return;
    if (rf_record_has(r, RF_FIELD_EVENT) &&
        !(allowed >> r->value[RF_FIELD_EVENT].i & 1)) {
        r->present &= ~BIT(EVENT);
        bad_field(g, RF_FIELD_EVENT, "not an event of this kind", g->at[RF_FIELD_EVENT]);
    }
    if (rf_record_has(r, RF_FIELD_EVENT))
        return;
    bool over = r->present & (BIT(CAUSE) | BIT(DURATION));
    r->value[RF_FIELD_EVENT].i = r->kind == RF_KIND_SMS ? RF_EVENT_SUBMIT
                                 : over                 ? RF_EVENT_RELEASE
                                                        : RF_EVENT_ATTEMPT;
    r->present |= BIT(EVENT);
}

static void finish_subscriber(struct rf_record *r)
{
    enum rf_field f = r->kind == RF_KIND_VISIT ? RF_FIELD_FROM : RF_FIELD_TO;
    if (rf_record_has(r, RF_FIELD_SUBSCRIBER) || !rf_record_has(r, f))
        return;
    r->value[RF_FIELD_SUBSCRIBER] = r->value[f];
    r->present |= BIT(SUBSCRIBER);
}

/* Raw user data cannot be read yet: such a message is judged without its text, and says
 * so. */
static void finish_ud(struct rf_decoding *g)
{
    if (rf_record_has(g->r, RF_FIELD_UD) && !(g->seen & BIT(TEXT)))
        bad_field(g, RF_FIELD_UD, "not supported yet", g->at[RF_FIELD_UD]);
}

static void finish(struct rf_decoding *g, const struct rf_decoder *d,
                   const struct rf_clock *clock)
{
    struct rf_record *r = g->r;
    if (rf_record_has(r, RF_FIELD_ID))
        r->id = r->value[RF_FIELD_ID].s;
    finish_time(r, d, clock);
    if (!finish_kind(g, d) || !finish_required(g))
        return;
    finish_ud(g);
    finish_event(g);
    finish_subscriber(r);
}

static void bad_json(struct rf_record *r, struct rf_str line,
                     const struct rf_clock *clock, const struct rf_json_error *err)
{
    begin(r, line);
    unjudged(r, RF_RECORD_BAD_JSON, rf_str_of(err->message), (size_t)(err->at - line.p));
    set_time(r, clock->absent_ms);
}

static void decode(struct rf_decoder *d, struct rf_arena *arena, struct rf_str line,
                   bool padded, const struct rf_clock *clock, struct rf_record *out)
{
    struct rf_decoding g; /* large: not cleared */
    struct rf_json_visitor v = {member, &g};
    struct rf_json_error err = {0};
    g.reader = (struct rf_value_reader){.names = &d->names, .arena = arena};
    g.r = out;
    g.seen = 0;
    begin(out, line);
    if (padded && rf_decoding_plain(&g, line)) {
        finish(&g, d, clock);
        return;
    }
    g.seen = 0;
    begin(out, line);
    if (rf_json_walk(line, padded, &v, &err))
        finish(&g, d, clock);
    else
        bad_json(out, line, clock, &err);
}

void rf_decode_line(struct rf_decoder *d, struct rf_arena *arena, struct rf_str line,
                    const struct rf_clock *clock, struct rf_record *out)
{
    decode(d, arena, line, true, clock, out);
}

void rf_decode_line_carefully(struct rf_decoder *d, struct rf_arena *arena,
                              struct rf_str line, const struct rf_clock *clock,
                              struct rf_record *out)
{
    decode(d, arena, line, false, clock, out);
}

void rf_decode_too_long(struct rf_record *out, const struct rf_clock *clock)
{
    begin(out, rf_str("", 0));
    unjudged(out, RF_RECORD_LINE_TOO_LONG, RF_STR("line over feed.max_line"),
             RF_NO_OFFSET);
    set_time(out, clock->absent_ms);
}
