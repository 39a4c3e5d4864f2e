/* Rules and records by chance: the short way to an answer (index, guards, batches) says
 * what trying every rule on one record after the other says. */
#include "judge.h"

#include "lib/base/limits.h"
#include "lib/codec/codec.h"
#include "lib/engine/explain.h"

#define RULES 400
#define RECORDS 1200
#define START_MS 1767225600000LL

static const struct judge_file lists[] = {
    {"nums.txt", "+8613800000001\n+8613800000002\n+44*\n+8613900000000-+8613900000009\n"},
    {"nums2.txt", "+8613800000002\n+861381*\n95588\n"},
    {"hosts.txt", "evil.top\n=good.com\ncdn.example.org\n"},
    {"words.txt", "parcel\nfee\nbank\ntoll\n"},
    {NULL, NULL},
};

static const char lists_yaml[] =
    "lists:\n"
    "  - {id: nums, type: numbers, file: nums.txt}\n"
    "  - {id: nums2, type: numbers, file: nums2.txt}\n"
    "  - {id: hosts, type: hosts, file: hosts.txt}\n"
    "  - {id: some-words, type: words, file: words.txt}\n"
    "rules:\n"
    "  - {id: first, title: x, status: stable, applies_to: [sms, visit], "
    "when: {trunk: [t1, t2]}, action: mark}\n"
    "  - {id: second, title: x, status: stable, applies_to: [sms, visit], "
    "when: {from: {prefix: '+86138'}}, action: warn}\n";

static const char *const tests[] = {
    "{text: {words: parcel}}",
    "{text: {contains: 包裹}}",
    "{text: {contains: [fee, bank]}}",
    "{text: {regex: 'fee ?\\d+|toll'}}",
    "{text: {regex: '[0-9]{3}'}}",
    "{text: {regex: '(par)cel.*\\1'}}",
    "{text: {words: {list: some-words, at_least: 2}}}",
    "{text: {not_contains: bank}}",
    "{text.compact: {contains: freegift}}",
    "{text.raw: {contains: WIN}}",
    "{text.shape: {contains: pay the}}",
    "{from: '+8613800000001'}",
    "{from: {prefix: '+86138', not_in: nums}}",
    "{from: {prefix: ['+861380', '+44']}}",
    "{from: {starts_with: '+85'}}",
    "{from: {in: nums}}",
    "{to: {in: nums2}}",
    "{from: {in: [nums, nums2]}}",
    "{from: {not_in: nums2}}",
    "{from: {country: foreign}}",
    "{from: {country: [GB, HK]}}",
    "{from: {country: home}}",
    "{from: {type: alphanumeric}}",
    "{from: {near: {field: to, last: 4}}}",
    "{host: {suffix: evil.top}}",
    "{host: {in: hosts}}",
    "{host: {not_in: hosts}}",
    "{url: {exists: true}}",
    "{phone: {exists: true}}",
    "{phone: {in: nums}}",
    "{ingress: international}",
    "{ingress: [onnet, a2p]}",
    "{roaming: true}",
    "{trunk: t1}",
    "{trunk: [t2, t3]}",
    "{grid: {starts_with: g1}}",
    "{grid: {exists: false}}",
    "{subscriber: {exists: true}}",
    "{hour: {between: ['08:00', '08:30']}}",
    "{hit: {rule: second}}",
    "{after: {rule: first, key: from, within: 1h}}",
    "{rate: {key: from, window: 10m, over: 8}}",
    "{rate: {key: [from, trunk], window: 1h, over: 6}}",
    "{rate: {key: domain, window: 10m, over: 8}}",
    "{rate: {key: phone, window: 10m, over: 4}}",
    "{distinct: {of: to, key: from, window: 10m, over: 4}}",
    "{ratio: {of: {trunk: t1}, key: to, window: 30m, over: 0.3, min: 2}}",
    "{new: {key: from, within: 5m}}",
};

static const char *const words[] = {
    "parcel",
    "fee",
    "fee 120",
    "bank",
    "toll",
    "快递包裹",
    "pay the",
    "free gift",
    "WIN",
    "a 55",
    "123",
    "parcel",
    "code",
    "银行",
    "please",
    "http://evil.top/x",
    "https://good.com",
    "+8613800000002",
    "www.some.cdn.example.org/y",
};

static uint32_t state;

static uint32_t below(uint32_t n)
{
    state = state * 1664525 + 1013904223;
    return (uint32_t)((uint64_t)(state >> 4) * n >> 28);
}

#define PICK(array) array[below(sizeof(array) / sizeof *(array))]

static void some_tests(struct rf_buf *b, const char *name, uint32_t n)
{
    rf_buf_printf(b, "%s: [", name);
    for (uint32_t i = 0; i < n; i++)
        rf_buf_printf(b, "%s%s", i ? ", " : "", PICK(tests));
    rf_buf_addz(b, "]");
}

static struct judge open_rules(uint32_t seed)
{
    static const char *const actions[] = {"block", "warn", "{score: 3}", "mark"};
    struct rf_settings settings;
    struct rf_buf b;
    state = seed;
    rf_settings_default(&settings);
    rf_buf_init(&b);
    rf_buf_addz(&b, lists_yaml);
    for (int i = 0; i < RULES; i++) {
        rf_buf_printf(&b,
                      "  - {id: r%d, title: x, status: %s, applies_to: [sms, visit], "
                      "action: %s, when: {",
                      i, below(4) ? "stable" : "test", PICK(actions));
        some_tests(&b, "all", 1 + below(3));
        if (below(3) == 0) {
            rf_buf_addz(&b, ", ");
            some_tests(&b, "any", 2 + below(2));
        }
        if (below(3) == 0) {
            rf_buf_addz(&b, ", ");
            some_tests(&b, "none", 1 + below(2));
        }
        rf_buf_addz(&b, "}}\n");
    }
    rf_buf_addc(&b, '\0');
    struct judge j = judge_open_with(b.p, lists, &settings);
    rf_buf_fini(&b);
    return j;
}

static void make_line(struct rf_buf *b, int i)
{
    static const char *const froms[] = {
        "+8613800000001", "+8613800000002", "+447700900123", "+8613900000005",
        "+85291234567",   "Bank",           "95588",         "+8613811112222"};
    static const char *const tos[] = {"+8613800000002", "+8613811112223", "110"};
    static const char *const ingresses[] = {"onnet", "national", "international", "a2p"};
    static const char *const hosts[] = {"a.evil.top", "good.com", "x.good.com"};
    b->n = 0;
    rf_buf_printf(b, "{\"id\":%d,\"ts\":%lld,\"from\":\"%s\",\"trunk\":\"t%u\"", i,
                  START_MS + i * 2000LL, PICK(froms), below(5));
    if (below(2))
        rf_buf_printf(b, ",\"to\":\"%s\",\"ingress\":\"%s\",\"grid\":\"g%u\"", PICK(tos),
                      PICK(ingresses), below(20));
    if (below(8) == 0)
        rf_buf_addz(b, ",\"roaming\":true");
    if (below(20) == 0)
        rf_buf_addz(b, ",\"test\":true");
    if (below(4) == 0) {
        rf_buf_printf(b, ",\"kind\":\"visit\",\"host\":\"%s\"}", PICK(hosts));
        return;
    }
    rf_buf_addz(b, ",\"kind\":\"sms\",\"text\":\"");
    for (uint32_t k = 0, n = below(7); k <= n; k++)
        rf_buf_printf(b, "%s ", PICK(words));
    rf_buf_addz(b, "\"}");
}

/* What was answered to a record, to be compared. */
struct answer {
    enum rf_verdict verdict;
    uint32_t rule, nhits, nshadow;
    int64_t score;
    uint64_t hash;
};

static struct answer answer_of(const struct rf_judgment *j)
{
    return (struct answer){
        .verdict = j->verdict,
        .rule = j->rule,
        .nhits = j->nhits,
        .nshadow = j->nshadow,
        .score = j->score,
        .hash = rf_hash_fnv(j->hits, j->nhits * sizeof *j->hits) ^
                3 * rf_hash_fnv(j->shadow, j->nshadow * sizeof *j->shadow),
    };
}

static struct rf_str with_padding(struct rf_arena *a, struct rf_str line)
{
    char *p = rf_arena_calloc(a, 1, line.n + RF_CODEC_PADDING);
    memcpy(p, line.p, line.n);
    return rf_str(p, line.n);
}

/* All records in batches of `together`; 0: one by one, each rule tried. */
static struct answer *run(uint32_t seed, size_t together)
{
    struct judge j = open_rules(seed);
    const struct rf_clock clock = {.now_ms = START_MS, .absent_ms = START_MS};
    struct rf_decoder *decoder = rf_decoder_new(&j.rs->settings);
    struct rf_engine *e = rf_engine_new(j.rs, j.counters, false);
    struct answer *out = calloc(RECORDS, sizeof *out);
    struct rf_record records[RF_LIMIT_BATCH];
    struct rf_judgment judgments[RF_LIMIT_BATCH];
    struct rf_buf line;
    struct rf_arena a;
    size_t most = together ? together : 1, n = 0;
    rf_buf_init(&line);
    rf_arena_init(&a, 0);
    for (int i = 0; i < RECORDS; i++) {
        make_line(&line, i);
        struct rf_str copy = with_padding(&a, rf_buf_str(&line));
        rf_decode_line(decoder, &a, copy, &clock, &records[n++]);
        if (n < most && i + 1 < RECORDS)
            continue;
        if (together) {
            rf_engine_judge(e, &a, records, n, START_MS, judgments);
        } else {
            struct rf_explanation x;
            rf_engine_explain(e, &a, records, START_MS, &x);
            judgments[0] = x.judgment;
        }
        for (size_t k = 0; k < n; k++)
            out[(size_t)i + 1 - n + k] = answer_of(&judgments[k]);
        rf_arena_reset(&a);
        n = 0;
    }
    rf_arena_fini(&a);
    rf_buf_fini(&line);
    rf_engine_free(e);
    rf_decoder_free(decoder);
    judge_close(&j);
    return out;
}

static void batches_and_short_cuts_change_no_answer(void **unused)
{
    (void)unused;
    size_t hits = 0;
    for (uint32_t seed = 1; seed <= 3; seed++) {
        struct answer *all = run(seed, 0);
        for (size_t i = 0; i < RECORDS; i++)
            hits += all[i].nhits;
        for (size_t together = 1; together <= RF_LIMIT_BATCH; together += 7) {
            struct answer *some = run(seed, together);
            for (size_t i = 0; i < RECORDS; i++)
                if (memcmp(&all[i], &some[i], sizeof *all) != 0)
                    fail_msg("seed %u, batches of %zu, record %zu: %u hits, not %u", seed,
                             together, i, some[i].nhits, all[i].nhits);
            free(some);
        }
        free(all);
    }
    assert_true(hits > 4000);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(batches_and_short_cuts_change_no_answer),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
