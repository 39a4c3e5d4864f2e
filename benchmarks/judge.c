#include "benchmarks/judge.h"

#include "benchmarks/clock.h"
#include "lib/codec/frame.h"

void judge_init(struct judge *j, const struct rf_ruleset *rs,
                struct rf_counters *counters)
{
    *j = (struct judge){.rs = rs};
    j->decoder = rf_decoder_new(&rs->settings);
    j->engine = rf_engine_new(rs, counters, false);
    rf_arena_init(&j->arena, 0);
    rf_buf_init(&j->out);
}

void judge_fini(struct judge *j)
{
    rf_decoder_free(j->decoder);
    rf_engine_free(j->engine);
    rf_arena_fini(&j->arena);
    rf_buf_fini(&j->out);
}

/* Frame and decode the next batch; returns its records. */
static size_t decode(struct judge *j, struct rf_frame *frame, struct rf_str *rest,
                     int64_t now_ms)
{
    const struct rf_clock clock = {
        .now_ms = now_ms, .check_skew = true, .absent_ms = now_ms};
    size_t n = 0;
    rf_arena_reset(&j->arena);
    while (n < RF_LIMIT_BATCH && rest->n) {
        size_t used;
        struct rf_str line;
        enum rf_frame_result got = rf_frame_next(frame, *rest, &used, &line);
        *rest = rf_str_sub(*rest, used);
        if (got != RF_FRAME_LINE)
            break;
        rf_decode_line(j->decoder, &j->arena, line, &clock, &j->records[n++]);
    }
    return n;
}

static void encode(struct judge *j, size_t n)
{
    j->out.n = 0;
    for (size_t i = 0; i < n; i++)
        rf_encode_reply(&j->out, j->rs, &j->records[i], &j->judgments[i], RF_STR(""), 1);
    j->out_bytes += j->out.n;
}

static void count(struct judge *j, size_t n)
{
    for (size_t i = 0; j->hits_of && i < n; i++)
        j->hits_of[j->nrecords + i] = j->judgments[i].nhits;
    j->nrecords += n;
    for (size_t i = 0; i < n; i++) {
        j->nhits += j->judgments[i].nhits;
        j->nhit_records += j->judgments[i].nhits > 0;
    }
}

static uint64_t run(struct judge *j, struct rf_str lines, bool steps)
{
    struct rf_frame frame;
    size_t n;
    uint64_t began = clock_thread_ns(), t0 = began, t1 = 0, t2 = 0;
    rf_frame_init(&frame, j->rs->settings.max_line);
    j->nrecords = j->nhits = j->nhit_records = j->out_bytes = 0;
    j->decode_ns = j->judge_ns = j->encode_ns = 0;
    while ((n = decode(j, &frame, &lines, TRAFFIC_START_MS + (int64_t)j->nrecords)) > 0) {
        t1 = steps ? clock_thread_ns() : 0;
        rf_engine_judge(j->engine, &j->arena, j->records, n,
                        TRAFFIC_START_MS + (int64_t)j->nrecords, j->judgments);
        t2 = steps ? clock_thread_ns() : 0;
        encode(j, n);
        count(j, n);
        if (!steps)
            continue;
        j->decode_ns += t1 - t0;
        j->judge_ns += t2 - t1;
        t0 = clock_thread_ns();
        j->encode_ns += t0 - t2;
    }
    return clock_thread_ns() - began;
}

uint64_t judge_run(struct judge *j, struct rf_str lines)
{
    return run(j, lines, false);
}

uint64_t judge_run_steps(struct judge *j, struct rf_str lines)
{
    return run(j, lines, true);
}

struct head judge_fitting(struct judge *j, const struct work *w, double ns)
{
    struct head h = work_head(w, WORK_STEP);
    judge_run(j, rf_str(w->traffic.lines.p, h.bytes));
    uint64_t spent = judge_run(j, rf_str(w->traffic.lines.p, h.bytes));
    return work_head(w, (size_t)(ns / ((double)spent / (double)h.records)));
}
