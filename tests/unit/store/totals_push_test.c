/* Two daemons push their totals into a Redis that loses replies and data, goes back to an
 * older state and runs commands late. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/store/chain.h"
#include "daemon/store/totals_push.h"
#include "tests/unit/folder.h"

enum { DAEMONS = 2, FIELDS = 5, KEYS = 64, LATE = 64, STEPS = 400, SEEDS = 16 };
#define HOUR 2026013122U

static const char *const names[FIELDS] = {"a", "b", "c", "d", "e"};

/* ---- a Redis ---------------------------------------------------------------------- */

struct hash {
    uint32_t key;
    uint64_t all[FIELDS], own[DAEMONS][FIELDS];
};

struct data {
    struct hash hash[KEYS];
    char mark[DAEMONS][CHAIN_MARK_MAX];
};

struct command {
    unsigned daemon;
    char before[CHAIN_MARK_MAX], after[CHAIN_MARK_MAX];
    uint64_t number, value[FIELDS];
    struct totals_batch batch;
};

static struct data redis, older;
static struct command late[LATE];
static size_t nlate;
static unsigned away;

static struct hash *hash_of(uint32_t key)
{
    for (struct hash *h = redis.hash; h < redis.hash + KEYS; h++)
        if (h->key == key || !h->key) {
            h->key = key;
            return h;
        }
    fail_msg("too many keys");
    return NULL;
}

/* What the script does; returns its reply. */
static bool run(const struct command *c)
{
    struct hash *h = hash_of(c->batch.key);
    for (int f = 0; f < FIELDS; f++)
        if (c->value[f] > h->own[c->daemon][f]) {
            h->all[f] += c->value[f] - h->own[c->daemon][f];
            h->own[c->daemon][f] = c->value[f];
        }
    if (strcmp(redis.mark[c->daemon], c->before) != 0)
        return false;
    strcpy(redis.mark[c->daemon], c->after);
    return true;
}

/* ---- daemons ---------------------------------------------------------------------- */

struct daemon {
    char dir[64];
    struct totals *totals;
    struct totals_push *push;
    struct chain chain;
    uint32_t slot[FIELDS];
    bool ask;
};

static struct daemon daemons[DAEMONS];
static uint64_t counted[KEYS][FIELDS]; /* by hours after HOUR */
static uint64_t chance_state;

static unsigned chance(unsigned n)
{
    chance_state = chance_state * 6364136223846793005 + 1442695040888963407;
    return (unsigned)((chance_state >> 33) % n);
}

static uint32_t hour_at(unsigned step)
{
    static const uint32_t hours[] = {HOUR, HOUR + 1, 2026020100U, 2026020101U};
    return hours[step];
}

static void start(struct daemon *d)
{
    char message[512];
    if (totals_open(d->dir, HOUR, 30, &d->totals, message, sizeof message) != 0)
        fail_msg("%s", message);
    d->push = totals_push_new(d->totals, 30);
    chain_init(&d->chain, chance_state);
    for (int f = 0; f < FIELDS; f++)
        d->slot[f] = totals_slot(d->totals, TOTALS_KIND, RF_STR(""), rf_str_of(names[f]));
    d->ask = true;
}

static void stop(struct daemon *d)
{
    totals_push_free(d->push);
    totals_close(d->totals);
}

static void count(struct daemon *d, unsigned at)
{
    int f = (int)chance(FIELDS);
    uint64_t n = 1 + chance(3);
    totals_add(d->totals, totals_row(d->totals, hour_at(at)), d->slot[f], n);
    counted[at][f] += n;
}

static void fill_in(const struct daemon *d, struct command *c)
{
    memset(c->value, 0, sizeof c->value);
    for (unsigned i = 0; i < c->batch.n; i++)
        for (int f = 0; f < FIELDS; f++)
            if (d->slot[f] == c->batch.slot[i])
                c->value[f] = c->batch.value[i];
}

/* As the part does it: ask after trouble, else a round. trouble: one command in so many
 * is lost before, lost after, or runs late. */
static void flush(struct daemon *d, unsigned at, unsigned trouble)
{
    struct command c = {.daemon = (unsigned)(d - daemons)};
    if (d->ask && !chain_seen(&d->chain, rf_str_of(redis.mark[c.daemon])))
        totals_push_all(d->push);
    d->ask = false;
    totals_push_round(d->push, hour_at(at), hour_at(at ? at - 1 : 0));
    bool cut = false;
    while (totals_push_next(d->push, &c.batch)) {
        fill_in(d, &c);
        chain_next(&d->chain, c.before, c.after, &c.number);
        unsigned what = !trouble || (!cut && chance(trouble)) ? 9 : chance(3);
        cut |= what != 9;
        d->ask |= cut;
        if (what == 1 && nlate < LATE)
            late[nlate++] = c;
        else if (what == 9 && run(&c)) {
            totals_push_confirm(d->push, &c.batch);
            chain_confirm(&d->chain, c.number);
        } else if (what == 2) {
            run(&c);
        } else {
            d->ask = true;
        }
    }
}

static void some_late_ones(void)
{
    while (nlate && chance(3)) {
        size_t i = chance((unsigned)nlate);
        run(&late[i]);
        late[i] = late[--nlate];
    }
}

static void step(unsigned at)
{
    struct daemon *d = &daemons[chance(DAEMONS)];
    switch (chance(300)) {
    case 0:
    case 5:
    case 6:
        older = redis;
        break;
    case 1:
    case 7: /* failed over to a replica that was behind */
        redis = older;
        for (int i = 0; i < DAEMONS; i++)
            daemons[i].ask = true;
        break;
    case 2:
    case 8: /* began again without its data; seen at the next write only */
        memset(&redis, 0, sizeof redis);
        older = redis;
        break;
    case 3: /* the daemon was killed and started again */
        stop(d);
        start(d);
        break;
    case 4:
    case 9:
    case 10:
        some_late_ones();
        break;
    case 11: /* away, for hours perhaps */
        away = chance(STEPS);
        break;
    default:
        count(d, at);
        if (away)
            away--;
        else
            flush(d, at, 4);
    }
}

static void check(void)
{
    uint64_t day[2][FIELDS] = {{0}};
    for (unsigned at = 0; at < 4; at++)
        for (int f = 0; f < FIELDS; f++) {
            assert_int_equal(hash_of(hour_at(at))->all[f], counted[at][f]);
            day[at / 2][f] += counted[at][f];
        }
    for (int f = 0; f < FIELDS; f++) {
        assert_int_equal(hash_of(20260131)->all[f], day[0][f]);
        assert_int_equal(hash_of(20260201)->all[f], day[1][f]);
    }
}

static void one_story(uint64_t seed)
{
    chance_state = seed;
    memset(&redis, 0, sizeof redis);
    memset(counted, 0, sizeof counted);
    older = redis;
    nlate = away = 0;
    for (int i = 0; i < DAEMONS; i++) {
        assert_int_equal(folder_make(daemons[i].dir), 0);
        start(&daemons[i]);
    }
    for (unsigned s = 0; s < STEPS; s++)
        step(s * 4 / STEPS);
    for (int i = 0; i < 2 * DAEMONS; i++) { /* at peace; late ones come last of all */
        count(&daemons[i % DAEMONS], 3);
        flush(&daemons[i % DAEMONS], 3, 0);
        flush(&daemons[i % DAEMONS], 3, 0);
    }
    while (nlate)
        run(&late[--nlate]);
    check();
    for (int i = 0; i < DAEMONS; i++) {
        stop(&daemons[i]);
        assert_int_equal(folder_remove(daemons[i].dir), 0);
    }
}

static void test_exact_whatever_happens(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        one_story(seed);
}

/* ---- how much is sent ------------------------------------------------------------- */

/* One message in each of 1200 places of the grid, in each of the hours. */
static void add_places(struct daemon *d, const uint32_t *hours, size_t n)
{
    for (int i = 0; i < 1200; i++) {
        char name[16];
        snprintf(name, sizeof name, "g%d", i);
        uint32_t slot =
            totals_slot(d->totals, TOTALS_GRID, rf_str_of(name), RF_STR("sms:allow"));
        for (size_t h = 0; h < n; h++)
            totals_add(d->totals, totals_row(d->totals, hours[h]), slot, 1);
    }
}

static bool lose_first; /* batch of each round */

static size_t sent_in_round(struct daemon *d, uint32_t now, uint32_t before, size_t *most)
{
    static struct totals_batch b[64];
    size_t n = 0, fields = 0;
    totals_push_round(d->push, now, before);
    while (totals_push_next(d->push, &b[n])) {
        fields += b[n].n;
        *most = b[n].n > *most ? b[n].n : *most;
        n++;
    }
    for (size_t i = lose_first; i < n; i++)
        totals_push_confirm(d->push, &b[i]);
    return fields;
}

static void test_sends_what_changed(void **state)
{
    struct daemon *d = &daemons[0];
    size_t most = 0;
    (void)state;
    assert_int_equal(folder_make(d->dir), 0);
    start(d);
    add_places(d, (const uint32_t[]){2026012910, 2026012222, HOUR}, 3);
    /* the hour and its day, an hour of another day and that day; not what is too old */
    assert_int_equal(sent_in_round(d, HOUR, HOUR - 1, &most), 1200 * 4);
    assert_int_equal(most, TOTALS_BATCH);
    assert_int_equal(totals_push_due(d->push), 0);
    assert_int_equal(sent_in_round(d, HOUR, HOUR - 1, &most), 0);
    totals_add(d->totals, totals_row(d->totals, HOUR), d->slot[1], 1);
    assert_int_equal(sent_in_round(d, HOUR, HOUR - 1, &most), 2);
    /* the hour is over; a last record of it is still sent, with its day */
    totals_add(d->totals, totals_row(d->totals, HOUR), d->slot[2], 1);
    assert_int_equal(sent_in_round(d, HOUR + 1, HOUR, &most), 2);
    totals_push_all(d->push);
    assert_true(sent_in_round(d, HOUR + 1, HOUR, &most) > 1200 * 2);
    stop(d);
    assert_int_equal(folder_remove(d->dir), 0);
}

static void test_a_lost_batch_is_sent_again(void **state)
{
    struct daemon *d = &daemons[0];
    size_t most = 0;
    (void)state;
    assert_int_equal(folder_make(d->dir), 0);
    start(d);
    add_places(d, (const uint32_t[]){2026012910}, 1);
    lose_first = true;
    assert_int_equal(sent_in_round(d, HOUR, HOUR - 1, &most), 1200 * 2);
    lose_first = false;
    assert_in_range(sent_in_round(d, HOUR, HOUR - 1, &most), TOTALS_BATCH, 1200);
    assert_int_equal(sent_in_round(d, HOUR, HOUR - 1, &most), 0);
    stop(d);
    assert_int_equal(folder_remove(d->dir), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exact_whatever_happens),
        cmocka_unit_test(test_sends_what_changed),
        cmocka_unit_test(test_a_lost_batch_is_sent_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
