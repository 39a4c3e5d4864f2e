/* Events as the log has them: valid JSON whatever the names hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>

#include "daemon/ops/event.h"

static json_t *parse(const struct rf_buf *b)
{
    assert_int_equal(b->p[b->n - 1], '\n');
    assert_null(memchr(b->p, '\n', b->n - 1));
    json_t *o = json_loadb(b->p, b->n, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(o);
    return o;
}

static const char *text(json_t *o, const char *name)
{
    return json_string_value(json_object_get(o, name));
}

static void set_note(struct rf_alert_event *e, const char *note, size_t n)
{
    memcpy(e->note, note, n);
    e->note_bytes = (uint32_t)n;
}

static void alert_tells_rule_level_and_key(void **state)
{
    (void)state;
    struct event_source s = {.host = "h\"1"};
    struct rf_alert_event e = {
        .change = RF_ALERT_UPDATE, .value = 12, .over = 5, .since_ms = 1767225600000};
    struct rf_buf b;
    rf_buf_init(&b);
    set_note(&e, "burst high grid 7", 17);
    event_add_alert(&b, &s, 3, 1767225601500, &e);
    json_t *o = parse(&b);
    assert_string_equal(text(o, "time"), "2026-01-01T00:00:01.500Z");
    assert_string_equal(text(o, "type"), "alert");
    assert_string_equal(text(o, "host"), "h\"1");
    assert_string_equal(text(o, "alert"), "burst");
    assert_string_equal(text(o, "state"), "update");
    assert_string_equal(text(o, "level"), "high");
    assert_string_equal(text(o, "key"), "grid 7");
    assert_string_equal(text(o, "since"), "2026-01-01T00:00:00.000Z");
    assert_true(json_number_value(json_object_get(o, "count")) == 12);
    assert_int_equal(json_integer_value(json_object_get(o, "gen")), 3);
    json_decref(o);
    rf_buf_fini(&b);
}

static void alert_without_a_clear_key_tells_its_hash(void **state)
{
    (void)state;
    struct event_source s = {.host = "h"};
    struct rf_alert_event e = {.change = RF_ALERT_END, .key = {.lo = 2, .hi = 1}};
    struct rf_buf b;
    rf_buf_init(&b);
    set_note(&e, "burst high ", 11);
    event_add_alert(&b, &s, 3, 1767225601500, &e);
    json_t *o = parse(&b);
    assert_string_equal(text(o, "key"), "00000000000000010000000000000002");
    json_decref(o);
    rf_buf_fini(&b);
}

static void note_cut_in_a_character_stays_json(void **state)
{
    (void)state;
    struct event_source s = {.host = "h"};
    struct rf_alert_event e = {.change = RF_ALERT_BEGIN};
    struct rf_buf b;
    rf_buf_init(&b);
    set_note(&e, "burst high \xe7\xbd", 13);
    event_add_alert(&b, &s, 3, 1, &e);
    json_t *o = parse(&b);
    assert_string_equal(text(o, "key"), "\xef\xbf\xbd");
    json_decref(o);
    rf_buf_fini(&b);
}

static void operations_are_told(void **state)
{
    (void)state;
    struct event_source s = {.host = "h"};
    struct rf_buf b;
    rf_buf_init(&b);
    event_add_ops(&b, &s, 9, 1, "rules_refused", "degraded", "6 errors\n");
    json_t *o = parse(&b);
    assert_string_equal(text(o, "type"), "ops");
    assert_string_equal(text(o, "code"), "rules_refused");
    assert_string_equal(text(o, "state"), "degraded");
    assert_string_equal(text(o, "text"), "6 errors\n");
    json_decref(o);
    rf_buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alert_tells_rule_level_and_key),
        cmocka_unit_test(alert_without_a_clear_key_tells_its_hash),
        cmocka_unit_test(note_cut_in_a_character_stays_json),
        cmocka_unit_test(operations_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
