#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "daemon/store/chain.h"

/* A server's mark, and a write that keeps to the protocol. */
static char mark[CHAIN_MARK_MAX];

struct sent {
    char before[CHAIN_MARK_MAX], after[CHAIN_MARK_MAX];
    uint64_t number;
};

static struct sent send_one(struct chain *c)
{
    struct sent w;
    chain_next(c, w.before, w.after, &w.number);
    return w;
}

static bool run(const struct sent *w)
{
    if (strcmp(mark, w->before) != 0)
        return false;
    strcpy(mark, w->after);
    return true;
}

static void push(struct chain *c)
{
    struct sent w = send_one(c);
    assert_true(run(&w));
    chain_confirm(c, w.number);
}

static bool look(struct chain *c)
{
    return chain_seen(c, rf_str_of(mark));
}

/* With one write that was confirmed. */
static void begin(struct chain *c)
{
    mark[0] = 0;
    chain_init(c, 7);
    assert_false(look(c)); /* nothing was known */
    push(c);
}

static void assert_loss_is_seen_once(struct chain *c)
{
    assert_false(look(c));
    push(c);
    assert_true(look(c));
}

static void test_goes_on(void **state)
{
    struct chain c;
    (void)state;
    begin(&c);
    push(&c);
    assert_true(look(&c));
    push(&c);
    assert_true(look(&c));
}

static void test_a_lost_reply_is_no_loss(void **state)
{
    struct chain c;
    (void)state;
    begin(&c);
    struct sent ran = send_one(&c), never = send_one(&c);
    assert_true(run(&ran));
    assert_true(look(&c));
    push(&c);
    assert_false(run(&never)); /* late, and out of its place */
    assert_true(look(&c));
}

static void test_a_late_write_before_the_next_is_no_loss(void **state)
{
    struct chain c;
    (void)state;
    begin(&c);
    struct sent late = send_one(&c);
    assert_true(look(&c));
    struct sent next = send_one(&c);
    assert_true(run(&late));
    assert_false(run(&next));
    assert_true(look(&c));
    push(&c);
}

static void test_emptied(void **state)
{
    struct chain c;
    (void)state;
    begin(&c);
    mark[0] = 0;
    assert_loss_is_seen_once(&c);
}

static void test_gone_back(void **state)
{
    struct chain c;
    char old[CHAIN_MARK_MAX];
    (void)state;
    begin(&c);
    strcpy(old, mark);
    push(&c);
    strcpy(mark, old);
    assert_loss_is_seen_once(&c);
}

static void test_a_late_write_does_not_hide_a_loss(void **state)
{
    struct chain c;
    char old[CHAIN_MARK_MAX];
    (void)state;
    begin(&c);
    strcpy(old, mark);
    push(&c);
    struct sent late = send_one(&c);
    strcpy(mark, old);
    assert_false(run(&late));
    assert_false(look(&c));
    assert_false(run(&late));
}

static void test_another_process_wrote(void **state)
{
    struct chain c;
    (void)state;
    begin(&c);
    strcpy(mark, "0000000000000008:1");
    assert_false(look(&c));
    push(&c);
    strcpy(mark, "0000000000000007:99");
    assert_false(look(&c)); /* never sent */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goes_on),
        cmocka_unit_test(test_a_lost_reply_is_no_loss),
        cmocka_unit_test(test_a_late_write_before_the_next_is_no_loss),
        cmocka_unit_test(test_emptied),
        cmocka_unit_test(test_gone_back),
        cmocka_unit_test(test_a_late_write_does_not_hide_a_loss),
        cmocka_unit_test(test_another_process_wrote),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
