#include "lib/engine/session.h"

#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/codec/codec.h"

struct rf_session {
    const struct rf_ruleset *rs;
    struct rf_decoder *decoder;
    struct rf_engine *engine;
    struct rf_arena arena;
    struct rf_buf line; /* the line at hand with its padding */
    int64_t newest_ms, last_ms;
    struct rf_record record;
    struct rf_judgment judgment;
};

struct rf_session *rf_session_new(const struct rf_ruleset *rs,
                                  struct rf_counters *counters, bool all_enforced)
{
    struct rf_session *s = rf_mem_calloc(1, sizeof *s);
    s->rs = rs;
    s->decoder = rf_decoder_new(&rs->settings);
    s->engine = rf_engine_new(rs, counters, all_enforced);
    rf_arena_init(&s->arena, 0);
    rf_buf_init(&s->line);
    s->newest_ms = s->last_ms = RF_SESSION_START_MS;
    return s;
}

void rf_session_free(struct rf_session *s)
{
    if (!s)
        return;
    rf_decoder_free(s->decoder);
    rf_engine_free(s->engine);
    rf_arena_fini(&s->arena);
    rf_buf_fini(&s->line);
    free(s);
}

void rf_session_override(struct rf_session *s, const struct rf_overrides *o)
{
    rf_engine_override(s->engine, o);
}

static struct rf_clock clock_of(const struct rf_session *s)
{
    return (struct rf_clock){.now_ms = s->newest_ms, .absent_ms = s->last_ms};
}

static void decode(struct rf_session *s, struct rf_str line)
{
    struct rf_clock clock = clock_of(s);
    rf_arena_reset(&s->arena);
    if (line.n > s->rs->settings.max_line) {
        rf_decode_too_long(&s->record, &clock);
        return;
    }
    s->line.n = 0;
    rf_buf_reserve(&s->line, line.n + RF_CODEC_PADDING);
    rf_buf_adds(&s->line, line);
    memset(s->line.p + line.n, 0, RF_CODEC_PADDING);
    rf_decode_line(s->decoder, &s->arena, rf_buf_str(&s->line), &clock, &s->record);
    if (!rf_record_judged(&s->record))
        return;
    s->last_ms = s->record.value[RF_FIELD_TS].i;
    if (s->last_ms > s->newest_ms)
        s->newest_ms = s->last_ms;
}

void rf_session_reply(struct rf_session *s, struct rf_buf *reply)
{
    rf_encode_reply(reply, s->rs, &s->record, &s->judgment, RF_STR(""), 1);
}

static struct rf_outcome answer(struct rf_session *s, struct rf_buf *reply)
{
    rf_engine_judge(s->engine, &s->arena, &s->record, 1, s->newest_ms, &s->judgment);
    if (reply)
        rf_session_reply(s, reply);
    return (struct rf_outcome){&s->record, &s->judgment};
}

struct rf_outcome rf_session_line(struct rf_session *s, struct rf_str line,
                                  struct rf_buf *reply)
{
    decode(s, line);
    return answer(s, reply);
}

struct rf_outcome rf_session_too_long(struct rf_session *s, struct rf_buf *reply)
{
    struct rf_clock clock = clock_of(s);
    rf_arena_reset(&s->arena);
    rf_decode_too_long(&s->record, &clock);
    return answer(s, reply);
}

struct rf_outcome rf_session_explain(struct rf_session *s, struct rf_str line,
                                     struct rf_explanation *out)
{
    decode(s, line);
    rf_engine_explain(s->engine, &s->arena, &s->record, s->newest_ms, out);
    s->judgment = out->judgment;
    return (struct rf_outcome){&s->record, &s->judgment};
}
