/* Several ledgers agree through one stream whatever is lost, doubled or late. */
#include "ledgers.h"

#define LEDGERS 3
#define STREAM 20000

struct fake_stream {
    struct {
        uint64_t id; /* 0: taken out */
        struct ledger_entry e;
    } v[STREAM];
    size_t n, live;
    struct rf_arena arena;
};

struct peer {
    struct ledger *l;
    size_t at; /* entries read */
    bool whole;
};

static void stream_add(struct fake_stream *s, const struct ledger_entry *e)
{
    assert_true(s->n < STREAM);
    struct ledger_entry copy = *e;
    copy.key = rf_arena_dup(&s->arena, e->key);
    copy.value = rf_arena_dup(&s->arena, e->value);
    copy.who = rf_arena_dup(&s->arena, e->who);
    copy.why = rf_arena_dup(&s->arena, e->why);
    s->v[s->n].id = s->n + 1;
    s->v[s->n++].e = copy;
    s->live++;
}

static void stream_del(struct fake_stream *s, uint64_t id)
{
    if (id == 0 || id > s->n || s->v[id - 1].id == 0)
        return;
    s->v[id - 1].id = 0;
    s->live--;
}

static void peer_read(struct peer *p, struct fake_stream *s, int64_t now_ms)
{
    for (; p->at < s->n; p->at++)
        if (s->v[p->at].id)
            ledger_apply(p->l, &s->v[p->at].e, (struct ledger_id){s->v[p->at].id, 0},
                         now_ms);
    p->whole = true;
    ledger_applied(p->l);
}

/* One in `lose` commands is lost, or runs and its reply is. */
static void peer_write(struct peer *p, struct fake_stream *s, unsigned lose)
{
    struct rf_arena a;
    struct ledger_entry e;
    struct ledger_id dead[8];
    size_t n;
    rf_arena_init(&a, 0);
    for (size_t left = ledger_unsent(p->l); p->whole && left; left--) {
        if (!ledger_next_unsent(p->l, &a, &e))
            break;
        bool ran = !lose || (unsigned)rand() % lose;
        if (ran)
            stream_add(s, &e);
        if (!ran || (lose && (unsigned)rand() % lose == 0))
            ledger_not_sent(p->l, e.key, e.time_ms);
    }
    while (p->whole && (n = ledger_take_dead(p->l, dead, 8)))
        for (size_t i = 0; i < n; i++)
            stream_del(s, dead[i].ms);
    rf_arena_fini(&a);
}

static void peer_again(struct peer *p)
{
    ledger_forget_stream(p->l);
    p->at = 0;
    p->whole = false;
}

static void random_change(struct ledger *l, int64_t now_ms)
{
    char key[24], value[24];
    snprintf(key, sizeof key, "k%d", rand() % 40);
    snprintf(value, sizeof value, "%d", rand());
    int rc = rand() % 4 ? set(l, key, value, now_ms) : del(l, key, now_ms);
    assert_true(rc == RF_OK || rc == RF_ERR_NOENT);
}

static void settle(struct peer *peers, struct fake_stream *s, int64_t now_ms)
{
    for (int turn = 0; turn < 3; turn++)
        for (int p = 0; p < LEDGERS; p++) {
            peer_read(&peers[p], s, now_ms);
            peer_write(&peers[p], s, 0);
        }
}

static void assert_alike(struct peer *peers, struct fake_stream *s)
{
    char key[24], first[LEDGER_VALUE_MAX + 1];
    for (int k = 0; k < 40; k++) {
        snprintf(key, sizeof key, "k%d", k);
        snprintf(first, sizeof first, "%s", value_of(peers[0].l, key));
        for (int p = 1; p < LEDGERS; p++)
            assert_string_equal(value_of(peers[p].l, key), first);
    }
    for (int p = 0; p < LEDGERS; p++) {
        assert_int_equal(ledger_waiting(peers[p].l), 0);
        assert_int_equal(s->live, peers[p].l->n);
    }
}

/* Random changes on daemons whose clocks differ by minutes, with lost commands and
 * replies, reconnects, restarts, and a Redis that now and then loses its data: when all
 * have read, all are alike, and the stream holds one entry a key. */
static void ledgers_agree(void **state)
{
    (void)state;
    static struct fake_stream s;
    struct peer peers[LEDGERS];
    char name[24];
    srand(7);
    rf_arena_init(&s.arena, 0);
    for (int p = 0; p < LEDGERS; p++) {
        snprintf(name, sizeof name, "agree%d", p);
        peers[p] = (struct peer){.l = open_at(name, MAX, NOW)};
        ledger_bind(peers[p].l);
    }
    for (int step = 0; step < 3000; step++) {
        int p = rand() % LEDGERS, what = rand() % 100;
        int64_t now_ms = NOW + step * 100 + p * 120000;
        snprintf(name, sizeof name, "agree%d", p);
        if (what < 40) {
            random_change(peers[p].l, now_ms);
        } else if (what < 92) {
            peer_read(&peers[p], &s, now_ms);
            peer_write(&peers[p], &s, 5);
        } else if (what < 96) {
            peer_again(&peers[p]);
        } else if (what < 99) {
            ledger_close(peers[p].l);
            peers[p] = (struct peer){.l = open_at(name, MAX, now_ms)};
            ledger_bind(peers[p].l);
            assert_int_equal(ledger_damaged(peers[p].l), 0);
        } else {
            for (size_t i = 1; i <= s.n; i++)
                stream_del(&s, i);
            for (int i = 0; i < LEDGERS; i++)
                peer_again(&peers[i]);
        }
        if (step % 500 == 499) {
            settle(peers, &s, now_ms);
            assert_alike(peers, &s);
        }
    }
    for (int p = 0; p < LEDGERS; p++)
        ledger_close(peers[p].l);
    rf_arena_fini(&s.arena);
}

/* A daemon that was away does not bring back what was deleted meanwhile. */
static void the_deleted_stays_deleted(void **state)
{
    (void)state;
    static struct fake_stream s;
    rf_arena_init(&s.arena, 0);
    struct peer a = {.l = open_at("here", MAX, NOW)},
                b = {.l = open_at("away", MAX, NOW)};
    assert_int_equal(set(a.l, "k", "v", NOW), RF_OK);
    peer_read(&a, &s, NOW);
    peer_write(&a, &s, 0);
    peer_read(&b, &s, NOW);
    assert_string_equal(value_of(b.l, "k"), "v");
    assert_int_equal(del(a.l, "k", NOW + 1000), RF_OK);
    peer_write(&a, &s, 0);
    peer_read(&a, &s, NOW + 1000);
    peer_write(&a, &s, 0);
    assert_int_equal(s.live, 1);
    peer_again(&b);
    peer_read(&b, &s, NOW + 2000);
    peer_write(&b, &s, 0);
    assert_string_equal(value_of(b.l, "k"), "-");
    assert_int_equal(s.live, 1);
    assert_int_equal(ledger_tick(a.l, NOW + 2000 + LEDGER_KEEP_MS), RF_OK);
    peer_write(&a, &s, 0);
    assert_int_equal(s.live, 0);
    ledger_close(a.l);
    ledger_close(b.l);
    rf_arena_fini(&s.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ledgers_agree),
        cmocka_unit_test(the_deleted_stays_deleted),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
