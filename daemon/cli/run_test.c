#include "daemon/cli/run_test.h"

#include "lib/engine/session.h"

#define COUNTERS 100000 /* keys one test may count */

/* What was seen of a test's records. */
struct run {
    bool hit;           /* the rule, at the last record */
    uint32_t first_hit; /* number of the first record it hit, 0: none */
    uint32_t n;         /* records so far */
    enum rf_verdict verdict;
    struct rf_str error; /* of the last record with one */
};

/* Append the record of copy number `copy` (from 1): {n} is the number in n digits; ts_ms
 * is its time where it has none of its own. */
static void expand(struct rf_str json, uint32_t copy, int64_t ts_ms, struct rf_buf *out)
{
    static const char own[] = "\"ts\":"; /* the record has a time of its own */
    if (memmem(json.p, json.n, own, sizeof own - 1))
        rf_buf_addc(out, '{');
    else
        rf_buf_printf(out, "{\"ts\":%lld%s", (long long)ts_ms, json.n > 2 ? "," : "");
    for (size_t i = 1; i < json.n; i++) {
        bool field = json.p[i] == '{' && i + 2 < json.n && json.p[i + 2] == '}' &&
                     json.p[i + 1] >= '1' && json.p[i + 1] <= '9';
        if (field) {
            int digits = json.p[i + 1] - '0';
            uint64_t mod = 1;
            for (int d = 0; d < digits; d++)
                mod *= 10;
            rf_buf_printf(out, "%0*llu", digits, (unsigned long long)(copy % mod));
            i += 2;
        } else {
            rf_buf_addc(out, json.p[i]);
        }
    }
}

static bool hits_rule(const struct rf_judgment *j, uint32_t rule)
{
    for (uint32_t i = 0; i < j->nhits; i++)
        if (j->hits[i] == rule)
            return true;
    return false;
}

static void judge_copies(struct rf_session *s, const struct rf_test_record *r,
                         uint32_t rule, struct rf_arena *arena, struct run *run)
{
    struct rf_buf line;
    rf_buf_init(&line);
    for (uint32_t copy = 1; copy <= r->repeat; copy++) {
        line.n = 0;
        int64_t ts = RF_SESSION_START_MS + r->at_ms + (copy - 1) * r->every_ms;
        expand(r->json, copy, ts, &line);
        struct rf_outcome o = rf_session_line(s, rf_buf_str(&line), NULL);
        run->n++;
        run->hit = hits_rule(o.judgment, rule);
        run->verdict = o.judgment->verdict;
        if (run->hit && run->first_hit == 0)
            run->first_hit = run->n;
        if (o.record->error != RF_RECORD_OK && run->error.n == 0)
            run->error = rf_arena_dup(arena, o.record->error_message);
    }
    rf_buf_fini(&line);
}

static struct rf_str failure(const struct rf_rule *rule, const struct rf_rule_test *t,
                             const struct run *run, struct rf_arena *arena)
{
    if (run->error.n)
        return rf_arena_printf(arena, "a record is wrong: %.*s", RF_STR_FMT(run->error));
    if (t->expect == RF_EXPECT_NONE && run->hit)
        return RF_STR("expected none, but the rule hit");
    if ((t->expect == RF_EXPECT_HIT || t->expect == RF_EXPECT_ACTION) && !run->hit)
        return RF_STR("expected a hit, but the rule did not hit");
    bool alert = t->action == RF_ACTION_NONE && rule->alert;
    if (t->expect == RF_EXPECT_ACTION && t->action != rule->action && !alert)
        return rf_arena_printf(arena, "expected %s, but the rule's action is %s",
                               rf_action_name(t->action), rf_action_name(rule->action));
    if (t->first_hit && run->first_hit != t->first_hit)
        return rf_arena_printf(arena, "expected the first hit at record %u, got %u",
                               t->first_hit, run->first_hit);
    if (t->has_verdict && run->verdict != t->verdict)
        return rf_arena_printf(arena, "expected the verdict %s, got %s",
                               rf_verdict_name(t->verdict),
                               rf_verdict_name(run->verdict));
    return RF_STR("");
}

void run_test(const struct rf_ruleset *rs, uint32_t rule, uint32_t test,
              struct rf_arena *arena, struct test_result *result)
{
    static const struct rf_hash_key zero;
    const struct rf_rule_test *t = &rs->rules[rule].tests[test];
    struct rf_counters *counters = rf_counters_new(COUNTERS, &zero);
    struct rf_session *s = rf_session_new(rs, counters, true);
    struct run run = {0};
    for (uint32_t i = 0; i < t->nrecords; i++)
        judge_copies(s, &t->records[i], rule, arena, &run);
    rf_session_free(s);
    rf_counters_free(counters);
    *result = (struct test_result){.rule = rule,
                                   .test = test,
                                   .hit = run.hit,
                                   .why = failure(&rs->rules[rule], t, &run, arena)};
    result->passed = result->why.n == 0;
}
