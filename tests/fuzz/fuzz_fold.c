/* Folding and finding over any text: views are valid UTF-8 that can be held, maps never
 * decrease, what is found lies in order inside the text. */
#include <stdint.h>
#include <stdlib.h>

#include "lib/base/utf8.h"
#include "lib/record/host.h"
#include "lib/text/edge.h"
#include "lib/text/find.h"
#include "lib/text/fold.h"
#include "lib/text/sift.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_view(enum rf_fold_kind kind, const struct rf_view *v, size_t raw_bytes)
{
    must(rf_utf8_valid(v->s));
    for (size_t i = 0; i < v->s.n; i++)
        must(v->map[i] <= v->map[i + 1] && v->map[i] < raw_bytes);
    must(v->map[v->s.n] == raw_bytes);
    for (size_t i = 0, len; i < v->s.n; i += len) {
        uint32_t c = rf_utf8_decode(v->s.p + i, v->s.n - i, &len);
        must(rf_fold_possible(kind, c));
        rf_text_word_edges(v->s, i, i + len);
    }
}

static bool possible(void *ctx, struct rf_str number, bool plus)
{
    (void)ctx;
    must(number.n > 0 && (number.p[0] == '+') == plus);
    return number.n >= 7 && number.n <= 12;
}

static void check_finds(struct rf_arena *a, struct rf_str raw, const struct rf_finds *f)
{
    size_t from = 0;
    must(f->n_urls <= RF_LIMIT_URLS && f->n_phones <= RF_LIMIT_PHONES);
    for (size_t i = 0; i < f->n_urls; i++) {
        struct rf_found_url *u = &f->urls[i];
        struct rf_host again;
        must(from <= u->begin && u->begin < u->end && u->end <= raw.n);
        must(rf_host_normalize(a, u->host, &again) == 0);
        must(rf_str_eq(again.name, u->host));
        must(rf_utf8_valid(rf_str(raw.p + u->begin, u->end - u->begin)));
        rf_host_mixed_script(u->host);
        rf_host_domain(u->host);
        from = u->end;
    }
    for (size_t i = from = 0; i < f->n_phones; i++) {
        must(from <= f->phones[i].begin && f->phones[i].begin < f->phones[i].end);
        from = f->phones[i].end;
        must(from <= raw.n);
    }
}

static void check_pack(struct rf_arena *a, struct rf_str s, const uint64_t *wide,
                       const uint64_t *narrow)
{
    char *p = rf_arena_alloc(a, s.n + RF_VIEW_PADDING), *q = rf_arena_alloc(a, s.n + 1);
    must(memcmp(wide, narrow, rf_sift_words(s.n) * sizeof *wide) == 0);
    must(rf_str_eq(rf_str(p, rf_sift_pack(s, wide, p)),
                   rf_str(q, rf_sift_pack_portable(s, narrow, q))));
}

static void check_sift(struct rf_arena *a, struct rf_str s)
{
    struct rf_sift wide, narrow;
    rf_sift_text(a, s, &wide);
    rf_sift_text_portable(a, s, &narrow);
    check_pack(a, s, wide.shape, narrow.shape);
    check_pack(a, s, wide.compact, narrow.compact);
}

/* Made at once, the views are what they are one by one. */
static void check_views(struct rf_arena *a, struct rf_str raw, const struct rf_finds *f)
{
    const unsigned all = 1u << RF_FOLD_COMPACT | 1u << RF_FOLD_SHAPE;
    struct rf_view at_once[RF_FOLD_KINDS], one_by_one[RF_FOLD_KINDS];
    rf_fold_views(a, raw, f, all, at_once);
    rf_fold_views_portable(a, raw, f, all, one_by_one);
    for (int k = 0; k < RF_FOLD_KINDS; k++)
        must(rf_str_eq(at_once[k].s, one_by_one[k].s));
}

static void check(struct rf_arena *a, struct rf_str raw)
{
    static const struct rf_find_options options = {possible, NULL, 7};
    static const struct rf_find_options slow = {possible, NULL, 0};
    struct rf_view text, plain, other;
    struct rf_finds finds, again;
    struct rf_host host;
    rf_fold(a, raw, true, &text);
    check_view(RF_FOLD_TEXT, &text, raw.n);
    rf_fold(a, raw, false, &plain);
    must(rf_str_eq(text.s, plain.s));
    rf_fold_compact(a, &text, &other);
    check_view(RF_FOLD_COMPACT, &other, raw.n);
    rf_text_find(a, &options, raw, &finds);
    check_finds(a, raw, &finds);
    rf_text_find(a, &slow, raw, &again);
    must(again.n_phones == finds.n_phones && again.n_urls == finds.n_urls);
    rf_fold_shape(a, &text, &finds, true, &other);
    check_view(RF_FOLD_SHAPE, &other, raw.n);
    check_sift(a, text.s);
    check_views(a, raw, &finds);
    rf_host_of_url(a, raw, &host, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct rf_buf b;
    struct rf_arena a;
    rf_buf_init(&b);
    rf_arena_init(&a, 0);
    rf_utf8_repair(rf_str((const char *)data, n), &b);
    if (b.n <= RF_LIMIT_TEXT_BYTES) {
        /* Exactly as long as it is, so that reading past the end is seen. */
        char *raw = malloc(b.n ? b.n : 1);
        memcpy(raw, b.n ? b.p : "", b.n);
        check(&a, rf_str(raw, b.n));
        free(raw);
    }
    rf_arena_fini(&a);
    rf_buf_fini(&b);
    return 0;
}
