/* Where events go: whole lines or none, the last ones kept, few made where nobody
 * listens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>

#include "daemon/ops/events.h"

#define NOW 1767225600000LL

static void lines_fit_whole_or_are_dropped(void **state)
{
    (void)state;
    struct event_queue q;
    struct rf_buf out;
    rf_buf_init(&out);
    event_queue_init(&q, 12);
    assert_true(event_queue_add(&q, RF_STR("one\ntwo\n"), 2));
    assert_false(event_queue_add(&q, RF_STR("three\n"), 1));
    assert_true(event_queue_add(&q, RF_STR("six\n"), 1));
    assert_int_equal(q.dropped, 1);
    event_queue_take(&q, &out);
    assert_true(rf_str_eqz(rf_buf_str(&out), "one\ntwo\nsix\n"));
    assert_true(event_queue_add(&q, RF_STR("again\n"), 1));
    event_queue_take(&q, &out);
    assert_true(rf_str_eqz(rf_buf_str(&out), "again\n"));
    rf_buf_fini(&out);
    event_queue_fini(&q);
}

static void open_events(struct events *e, struct problems *p)
{
    const char *why;
    problems_init(p);
    *e = (struct events){0};
    assert_int_equal(events_open(e, "", p, &why), RF_OK);
}

static void the_last_lines_are_kept(void **state)
{
    (void)state;
    struct events e;
    struct problems p;
    struct rf_buf out;
    char text[32];
    rf_buf_init(&out);
    open_events(&e, &p);
    assert_int_equal(events_last(&e, 10, &out), 0);
    for (int i = 0; i < 200000; i++) {
        snprintf(text, sizeof text, "event %d\n", i);
        events_add(&e, rf_str_of(text), 1);
    }
    assert_true(e.kept.n <= 2 * EVENTS_KEPT_BYTES);
    assert_int_equal(events_last(&e, 2, &out), 2);
    assert_true(rf_str_eqz(rf_buf_str(&out), "event 199998\nevent 199999\n"));
    out.n = 0;
    size_t n = events_last(&e, 1000000, &out);
    assert_true(n >= EVENTS_KEPT_BYTES / 13 && n < 200000);
    assert_memory_equal(out.p, "event ", 6);
    events_close(&e, 0);
    problems_fini(&p);
    rf_buf_fini(&out);
}

static void few_are_made_where_nobody_listens(void **state)
{
    (void)state;
    struct events e;
    struct problems p;
    open_events(&e, &p);
    assert_int_equal(events_wanted(&e, NOW, 60), 60);
    assert_int_equal(events_wanted(&e, NOW + 500, 60), EVENTS_SPARE - 60);
    assert_int_equal(events_wanted(&e, NOW + 999, 60), 0);
    assert_int_equal(events_wanted(&e, NOW + 1000, 60), 60);
    atomic_store(&e.redis.readers, 1);
    assert_int_equal(events_wanted(&e, NOW + 1000, 5000), 5000);
    events_close(&e, 0);
    problems_fini(&p);
}

static void a_full_queue_is_a_problem(void **state)
{
    (void)state;
    static char line[EVENTS_REDIS_BYTES / 2 + 10];
    struct events e;
    struct problems p;
    struct problem_state now;
    open_events(&e, &p);
    atomic_store(&e.redis.readers, 1);
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = '\n';
    events_add(&e, rf_str(line, sizeof line), 1);
    assert_false(problem_get(&p, PROBLEM_EVENTS_LOST, &now));
    events_add(&e, rf_str(line, sizeof line), 1);
    assert_true(problem_get(&p, PROBLEM_EVENTS_LOST, &now));
    assert_int_equal(e.redis.dropped, 1);
    events_close(&e, 0);
    problems_fini(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_fit_whole_or_are_dropped),
        cmocka_unit_test(the_last_lines_are_kept),
        cmocka_unit_test(few_are_made_where_nobody_listens),
        cmocka_unit_test(a_full_queue_is_a_problem),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
