/* Goal: once warm, framing, decoding, judging and answering batches take and give back no
 * memory, matched texts included: 100,000 records after 10,000 of the same mix, under the
 * rules of this repository. */
#include <ftw.h>
#include <stdio.h>

#include "lib/base/error.h"
#include "lib/base/limits.h"
#include "lib/base/utf8.h"
#include "lib/codec/codec.h"
#include "lib/codec/frame.h"
#include "lib/engine/engine.h"
#include "lib/rule/load.h"
#include "tests/unit/allocations.h"

enum {
    WARM = COUNTING ? 10000 : 1000,
    RECORDS = COUNTING ? 100000 : 10000,
    MIX = 1000, /* records that come again and again: what counters hold of people
                   and hosts is there once warm */
    NAMES = 64,
    PEOPLE = 20,
    ARENA = 1 << 20,
    COUNTERS = 1000000,
};
#define START_MS INT64_C(1767225600000)
#define STEP_MS INT64_C(1000) /* all of a day is there once warm */

/* ---- rules: those of the repository ---- */

static char paths[NAMES][256];
static struct rf_str names[NAMES];
static size_t n_names;

static int note_path(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)ftw;
    size_t n = strlen(path);
    if (type == FTW_F && n > 5 && strcmp(path + n - 5, ".yaml") == 0 && n_names < NAMES) {
        snprintf(paths[n_names], sizeof paths[n_names], "%s", path);
        names[n_names] = rf_str_of(paths[n_names]);
        n_names++;
    }
    return 0;
}

static int read_file(void *ctx, struct rf_str path, struct rf_buf *out, const char **why)
{
    char name[512], some[4096];
    (void)ctx;
    snprintf(name, sizeof name, "%.*s", RF_STR_FMT(path));
    FILE *f = fopen(name, "rb");
    if (!f) {
        *why = "no such file";
        return RF_ERR_NOENT;
    }
    for (size_t n; (n = fread(some, 1, sizeof some, f)) > 0;)
        rf_buf_add(out, some, n);
    fclose(f);
    return RF_OK;
}

static struct rf_ruleset *load(void)
{
    struct rf_settings settings;
    struct rf_rule_io io = {.read = read_file};
    struct rf_rule_options options = {0};
    struct rf_report *report = rf_report_new();
    rf_settings_default(&settings);
    nftw("rules", note_path, 8, 0);
    struct rf_ruleset *rs =
        rf_rule_load(names, n_names, &settings, &io, &options, report);
    assert_non_null(rs);
    rf_report_free(report);
    return rs;
}

/* ---- records ---- */

static const char *const made[] = {
    "Your parcel is held. Pay the £1.99 fee: https://x%u.example/p",
    "USPS: your package could not be delivered, confirm http://usps-%u.top/a",
    "您的快递包裹丢失，请联系客服 1380013%04u 理赔退款",
    "【中国银行】您的账户异常，请登录 www.boc%u.cn 验证",
    "Congratulations! You won £%u cash. Call 09061701461 now to claim your prize",
    "see you at %u, bring milk",
    "Ваша посылка %u ожидает: http://посылка.рф/оплата",
    "ｗｗｗ．ｂａｎｋ%u．com 驗證您的帳號",
};

struct text_source {
    FILE *f; /* NULL: made ones only */
    char *line;
    size_t room;
};

/* The next real message, else a made one; not escaped. */
static struct rf_str next_text(struct text_source *s, unsigned i, char *buf, size_t size)
{
    ssize_t n = s->f && i % 4 ? getline(&s->line, &s->room, s->f) : -1;
    char *text = n > 1 ? strrchr(s->line, '\t') : NULL;
    if (text && rf_utf8_valid(rf_str_of(text + 1))) {
        text[strcspn(text, "\n")] = 0;
        return rf_str_of(text + 1);
    }
    snprintf(buf, size, made[i % (sizeof made / sizeof *made)], i % 3);
    return rf_str_of(buf);
}

static void add_record(struct rf_buf *b, struct text_source *s, unsigned i)
{
    char made_text[512];
    unsigned turn = i / 20, kind = i % 20, who = (turn + kind) % PEOPLE;
    rf_buf_printf(b, "{\"id\":%u,\"ts\":%lld,\"from\":\"+8613%09u\",", i,
                  (long long)START_MS + i * STEP_MS, who);
    if (kind < 12) {
        rf_buf_addz(b, "\"kind\":\"sms\",\"to\":\"+8613900000001\",\"text\":");
        rf_buf_add_json(b, next_text(s, i, made_text, sizeof made_text));
    } else if (kind < 17) {
        rf_buf_printf(b,
                      "\"kind\":\"call\",\"to\":\"+86139%08u\",\"event\":\"%s\","
                      "\"call\":\"c%u\",\"ring\":%u,\"duration\":%u",
                      turn / PEOPLE % PEOPLE, kind < 15 ? "attempt" : "release", i / 2,
                      i % 9, i % 3 * 20);
    } else {
        rf_buf_printf(b, "\"kind\":\"visit\",\"url\":\"http://h%u.login-%u.xyz/a?b\"",
                      turn % PEOPLE, turn % 2);
    }
    rf_buf_addz(b, i % 1000 == 7 ? ",\"dcs\":[1]}\n" : "}\n");
}

static struct rf_buf make_records(void)
{
    struct rf_buf b;
    struct text_source s = {0};
    char path[512];
    const char *data = getenv("DATA");
    snprintf(path, sizeof path, "%s/sms/sms_en.tsv", data ? data : "");
    s.f = fopen(path, "rb");
    if (!s.f)
        print_message("SKIP: no real messages in DATA; made ones only\n");
    rf_buf_init(&b);
    for (unsigned i = 0; i < WARM + RECORDS; i++) {
        if (s.f && i % MIX == 0)
            rewind(s.f);
        add_record(&b, &s, i);
    }
    rf_buf_reserve(&b, RF_CODEC_PADDING);
    if (s.f)
        fclose(s.f);
    free(s.line);
    return b;
}

/* ---- batches ---- */

struct bench {
    struct rf_ruleset *rs;
    struct rf_counters *counters;
    struct rf_decoder *d;
    struct rf_engine *e;
    struct rf_arena arena;
    struct rf_buf out;
    struct rf_record records[RF_LIMIT_BATCH];
    struct rf_judgment judgments[RF_LIMIT_BATCH];
    size_t judged, hits;
};

static size_t decode_batch(struct bench *x, struct rf_frame *frame, struct rf_str *rest)
{
    int64_t now_ms = START_MS + (int64_t)x->judged * STEP_MS;
    const struct rf_clock clock = {now_ms, true, now_ms};
    struct rf_str line;
    size_t n = 0, used;
    rf_arena_reset(&x->arena);
    while (n < RF_LIMIT_BATCH &&
           rf_frame_next(frame, *rest, &used, &line) == RF_FRAME_LINE) {
        *rest = rf_str_sub(*rest, used);
        rf_decode_line(x->d, &x->arena, line, &clock, &x->records[n++]);
    }
    return n;
}

/* Judge the next `count` records or a few more, in batches. */
static void run(struct bench *x, struct rf_frame *frame, struct rf_str *rest,
                size_t count)
{
    for (size_t end = x->judged + count; x->judged < end && rest->n;) {
        size_t n = decode_batch(x, frame, rest);
        rf_engine_judge(x->e, &x->arena, x->records, n,
                        START_MS + (int64_t)x->judged * STEP_MS, x->judgments);
        x->out.n = 0;
        for (size_t i = 0; i < n; i++) {
            rf_encode_reply(&x->out, x->rs, &x->records[i], &x->judgments[i], RF_STR(""),
                            1);
            x->hits += x->judgments[i].nhits > 0;
        }
        x->judged += n;
    }
}

static void a_warm_engine_takes_no_memory(void **state)
{
    (void)state;
    static struct bench x;
    static const struct rf_hash_key zero;
    struct rf_frame frame;
    x.rs = load();
    x.counters = rf_counters_new(COUNTERS, &zero);
    x.d = rf_decoder_new(&x.rs->settings);
    x.e = rf_engine_new(x.rs, x.counters, false);
    rf_arena_init(&x.arena, ARENA);
    rf_buf_init(&x.out);
    rf_frame_init(&frame, x.rs->settings.max_line);
    struct rf_buf records = make_records();
    struct rf_str rest = rf_buf_str(&records);
    assert_allocations_are_counted(0);
    run(&x, &frame, &rest, WARM);
    size_t warm_hits = x.hits;
    uint64_t warm = allocations;
    run(&x, &frame, &rest, SIZE_MAX / 2);
    assert_no_allocations(warm);
    assert_int_equal(x.judged, WARM + RECORDS);
    assert_true(warm_hits > WARM / 20 && x.hits > RECORDS / 20);
    rf_engine_free(x.e);
    rf_decoder_free(x.d);
    rf_counters_free(x.counters);
    rf_ruleset_free(x.rs);
    rf_arena_fini(&x.arena);
    rf_buf_fini(&x.out);
    rf_buf_fini(&records);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_warm_engine_takes_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
