/* A Cluster of two fakes: requests go to whoever has their slot, follow it when it moves
 * (MOVED, ASK, TRYAGAIN), and never for ever. */
#include "daemon/store/redis.h"

#include "client.h"

#define PATIENCE_MS 300
#define SPLIT 8000 /* slots below are the first node's */
#define FOO 12182  /* the slot of "foo"; that of "bar" is 5061 */

/* How the slot of "foo" is on its way. */
enum way { STAYS, MOVED, ASKED, LATER, CIRCLE, DOWN };

struct pair {
    struct fake node[2];
    _Atomic int way;
    _Atomic int later; /* TRYAGAIN so often */
    _Atomic int maps;  /* asked for */
    _Atomic int asking;
    _Atomic int served[2]; /* GETs answered */
};

static void add_map(const struct pair *p, struct rf_buf *out)
{
    rf_buf_printf(out,
                  "*2\r\n*3\r\n:0\r\n:%d\r\n*2\r\n$9\r\n127.0.0.1\r\n:%d\r\n"
                  "*3\r\n:%d\r\n:16383\r\n*2\r\n$0\r\n\r\n:%d\r\n",
                  SPLIT - 1, p->node[0].port, SPLIT, p->node[1].port);
}

static void add_get(struct pair *p, int me, struct rf_buf *out, bool foo)
{
    int way = atomic_load(&p->way);
    if (foo && way == CIRCLE) {
        rf_buf_printf(out, "-MOVED %d 127.0.0.1:%d\r\n", FOO, p->node[!me].port);
    } else if (foo && way == MOVED && me == 1) {
        rf_buf_printf(out, "-MOVED %d 127.0.0.1:%d\r\n", FOO, p->node[0].port);
    } else if (foo && way == ASKED && me == 1) {
        rf_buf_printf(out, "-ASK %d 127.0.0.1:%d\r\n", FOO, p->node[0].port);
    } else if (foo && way == ASKED && !atomic_exchange(&p->asking, 0)) {
        rf_buf_printf(out, "-MOVED %d 127.0.0.1:%d\r\n", FOO, p->node[1].port);
    } else if (foo && way == DOWN && atomic_fetch_sub(&p->later, 1) > 0) {
        rf_buf_addz(out, "-CLUSTERDOWN The cluster is down\r\n");
    } else if (foo && way == LATER && atomic_fetch_sub(&p->later, 1) > 0) {
        rf_buf_addz(out, "-TRYAGAIN Multiple keys request during rehashing of slot\r\n");
    } else {
        atomic_fetch_add(&p->served[me], 1);
        rf_buf_printf(out, ":%d\r\n", me);
    }
}

static bool serve(struct fake *f, const redisReply *c, struct rf_buf *out)
{
    struct pair *p = (struct pair *)(uintptr_t)f->arg;
    int me = f == &p->node[1];
    if (fake_is(c, 0, "CLUSTER")) {
        atomic_fetch_add(&p->maps, 1);
        add_map(p, out);
    } else if (fake_is(c, 0, "ASKING")) {
        atomic_store(&p->asking, 1);
        rf_buf_addz(out, "+OK\r\n");
    } else if (fake_is(c, 0, "MUTE")) {
        return true;
    } else if (fake_is(c, 0, "GET")) {
        add_get(p, me, out, fake_is(c, 1, "foo"));
    } else {
        return false;
    }
    return true;
}

/* Two nodes, a client that knows the second, and what it is told of its GETs: a good
 * answer's number is the node that gave it. */
struct scene {
    struct pair p;
    struct client c;
    struct told t;
};

static void begin(struct scene *s)
{
    char address[64];
    memset(s, 0, sizeof *s);
    fake_start(&s->p.node[0], serve, &s->p);
    fake_start(&s->p.node[1], serve, &s->p);
    snprintf(address, sizeof address, "redis+cluster://127.0.0.1:%d", s->p.node[1].port);
    client_open(&s->c, (struct redis_options){.address = rf_str_of(address),
                                              .reply_ms = PATIENCE_MS,
                                              .max_pending = 100});
    UNTIL(&s->c, s->c.ups == 1);
}

static void end(struct scene *s)
{
    client_close(&s->c);
    fake_stop(&s->p.node[0]);
    fake_stop(&s->p.node[1]);
}

static bool get(struct scene *s, const char *key)
{
    const struct rf_str argv[] = {RF_STR("GET"), rf_str_of(key)};
    return redis_send(s->c.r, rf_str_of(key), on_reply, &s->t, 2, argv);
}

static void keys_go_to_their_node(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    assert_true(get(&s, "foo"));
    UNTIL(&s.c, s.t.answered == 1);
    assert_int_equal(s.t.number, 1);
    assert_true(get(&s, "x{bar}"));
    UNTIL(&s.c, s.t.answered == 2);
    assert_int_equal(s.t.number, 0);
    /* seed and node are one */
    assert_int_equal(atomic_load(&s.p.node[0].connections), 1);
    assert_int_equal(atomic_load(&s.p.node[1].connections), 1);
    end(&s);
}

static void moved_is_followed_once(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    int maps = atomic_load(&s.p.maps);
    atomic_store(&s.p.way, MOVED);
    assert_true(get(&s, "foo"));
    UNTIL(&s.c, s.t.answered == 1);
    assert_int_equal(s.t.number, 0);
    UNTIL(&s.c, atomic_load(&s.p.maps) > maps); /* it asks how the rest is */
    assert_int_equal(s.c.downs, 0);
    end(&s);
}

static void ask_is_followed_each_time(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    atomic_store(&s.p.way, ASKED);
    for (unsigned i = 0; i < 3; i++) {
        assert_true(get(&s, "foo"));
        UNTIL(&s.c, s.t.answered == i + 1);
        assert_int_equal(s.t.number, 0);
    }
    atomic_store(&s.p.way, STAYS);
    assert_true(get(&s, "foo"));
    UNTIL(&s.c, s.t.answered == 4);
    assert_int_equal(s.t.number, 1);
    end(&s);
}

static void later_is_tried_again(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    atomic_store(&s.p.later, 2);
    atomic_store(&s.p.way, LATER);
    assert_true(get(&s, "foo"));
    UNTIL(&s.c, s.t.answered == 1);
    assert_int_equal(s.t.lost + s.t.errors, 0);
    atomic_store(&s.p.later, 1000000); /* never */
    int64_t began_ms = clock_monotonic_ms();
    assert_true(get(&s, "foo"));
    UNTIL(&s.c, s.t.lost + s.t.errors == 1);
    assert_true(clock_monotonic_ms() - began_ms < 4 * PATIENCE_MS);
    assert_int_equal(redis_pending(s.c.r), 0);
    end(&s);
}

static void a_node_that_is_cut_off_makes_the_map_doubtful(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    int maps = atomic_load(&s.p.maps);
    atomic_store(&s.p.later, 2);
    atomic_store(&s.p.way, DOWN);
    assert_true(get(&s, "foo"));
    UNTIL(&s.c, s.t.answered == 1);
    UNTIL(&s.c, atomic_load(&s.p.maps) > maps);
    end(&s);
}

static void nodes_that_send_round_in_circles(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    atomic_store(&s.p.way, CIRCLE);
    for (int i = 0; i < 10; i++)
        get(&s, "foo");
    UNTIL(&s.c, s.t.lost + s.t.errors == 10);
    assert_int_equal(redis_pending(s.c.r), 0);
    end(&s);
}

static void one_node_away_leaves_the_other(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    fake_stop(&s.p.node[0]);
    UNTIL(&s.c, s.c.downs >= 1);
    assert_false(redis_up(s.c.r));
    assert_false(get(&s, "bar"));
    assert_true(get(&s, "foo"));
    UNTIL(&s.c, s.t.answered == 1);
    assert_true(redis_send(s.c.r, RF_STR(""), on_reply, &s.t, 2,
                           (struct rf_str[]){RF_STR("GET"), RF_STR("any")}));
    UNTIL(&s.c, s.t.answered == 2);
    client_close(&s.c);
    fake_stop(&s.p.node[1]);
}

struct chain {
    struct client *c;
    unsigned told, taken;
};

static void on_chain(void *arg, const redisReply *reply)
{
    struct chain *h = arg;
    const struct rf_str argv[] = {RF_STR("MUTE"), RF_STR("foo")};
    (void)reply;
    h->told++;
    h->taken += redis_send(h->c->r, RF_STR("foo"), on_chain, h, 2, argv);
}

/* Owners may try again when they are told of a loss: at the end nobody is there. */
static void the_end_is_the_end(void **state)
{
    (void)state;
    struct scene s;
    struct chain h = {.c = &s.c};
    const struct rf_str argv[] = {RF_STR("MUTE"), RF_STR("foo")};
    begin(&s);
    assert_true(redis_send(s.c.r, RF_STR("foo"), on_chain, &h, 2, argv));
    end(&s);
    assert_int_equal(h.told, 1);
    assert_int_equal(h.taken, 0);
}

static void what_waits_is_told_at_the_end(void **state)
{
    (void)state;
    struct scene s;
    begin(&s);
    atomic_store(&s.p.later, 1000000);
    atomic_store(&s.p.way, LATER);
    for (int i = 0; i < 5; i++)
        assert_true(get(&s, "foo"));
    const struct timeval tick = {.tv_usec = 50000};
    event_base_loopexit(s.c.base, &tick);
    event_base_dispatch(s.c.base);
    assert_int_equal(redis_pending(s.c.r), 5);
    end(&s);
    assert_int_equal(s.t.lost, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_go_to_their_node),
        cmocka_unit_test(moved_is_followed_once),
        cmocka_unit_test(ask_is_followed_each_time),
        cmocka_unit_test(later_is_tried_again),
        cmocka_unit_test(a_node_that_is_cut_off_makes_the_map_doubtful),
        cmocka_unit_test(nodes_that_send_round_in_circles),
        cmocka_unit_test(one_node_away_leaves_the_other),
        cmocka_unit_test(the_end_is_the_end),
        cmocka_unit_test(what_waits_is_told_at_the_end),
    };
    return cmocka_run_group_tests(tests, use_threads, NULL);
}
