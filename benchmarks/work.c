#include "benchmarks/work.h"

#include <stdio.h>

#include "benchmarks/table.h"
#include "lib/codec/codec.h"
#include "lib/text/fold.h"

/* Decode all records, keep the sms. */
static void decode(struct work *w)
{
    struct rf_decoder *d = rf_decoder_new(&w->rs->settings);
    const struct rf_clock clock = {.now_ms = TRAFFIC_START_MS,
                                   .absent_ms = TRAFFIC_START_MS};
    struct rf_str rest = rf_buf_str(&w->traffic.lines);
    w->texts = RF_NEW_ARRAY(&w->arena, struct rf_record, w->traffic.nsms + 1);
    w->folded = RF_NEW_ARRAY(&w->arena, struct rf_str, w->traffic.nsms + 1);
    w->heads = RF_NEW_ARRAY(&w->arena, struct head, w->traffic.n / WORK_STEP + 2);
    for (size_t i = 1; rest.n; i++) {
        size_t n = (size_t)((const char *)memchr(rest.p, '\n', rest.n) - rest.p);
        struct rf_record *r = &w->texts[w->ntexts];
        rf_decode_line(d, &w->arena, rf_str(rest.p, n), &clock, r);
        if (r->kind == RF_KIND_SMS) {
            struct rf_view view;
            rf_fold(&w->arena, r->value[RF_FIELD_TEXT].s, false, &view);
            w->ntext_bytes += view.s.n;
            w->folded[w->ntexts++] = view.s;
        }
        rest = rf_str_sub(rest, n + 1);
        if (i % WORK_STEP == 0 || rest.n == 0)
            w->heads[w->nheads++] =
                (struct head){i, w->traffic.lines.n - rest.n, w->ntexts};
    }
    rf_decoder_free(d);
}

void work_init(struct work *w, const char *name, const struct rf_ruleset *rs,
               const struct traffic_options *traffic)
{
    *w = (struct work){.rs = rs};
    snprintf(w->name, sizeof w->name, "%s", name);
    rf_arena_init(&w->arena, 1 << 20);
    traffic_init(&w->traffic, traffic);
    decode(w);
    table_say("%s: %zu records, %zu texts of %.0f bytes in the mean", name, w->traffic.n,
              w->ntexts, (double)w->ntext_bytes / (double)(w->ntexts ? w->ntexts : 1));
}

void work_fini(struct work *w)
{
    traffic_fini(&w->traffic);
    rf_arena_fini(&w->arena);
}

struct head work_head(const struct work *w, size_t records)
{
    size_t i = 0;
    while (i + 1 < w->nheads && w->heads[i + 1].records <= records)
        i++;
    return w->heads[i];
}
