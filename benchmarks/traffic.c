#include "benchmarks/traffic.h"

#include "lib/codec/codec.h"

#define SENDERS 1000000
#define MEAN_TEXT_BYTES 120

struct maker {
    const struct traffic_options *o;
    struct traffic *t;
    struct zipf senders;
    struct rf_arena arena; /* of one record */
    struct rf_buf text;
    struct random random;
    size_t next_text;
};

/* ---- texts ---- */

static void add_word(struct maker *m, enum language l)
{
    struct random *r = &m->random;
    struct rf_str w = words_of_text(m->o->words, l, r);
    size_t at = m->text.n;
    rf_buf_adds(&m->text, w);
    if (l == ENGLISH && random_chance(r, 12))
        m->text.p[at] = (char)(m->text.p[at] & ~0x20);
    if (random_chance(r, 10))
        rf_buf_addz(&m->text, l == ENGLISH ? ", " : random_chance(r, 70) ? "，" : "。");
    else if (l == ENGLISH)
        rf_buf_addc(&m->text, ' ');
}

/* A link, a code or a telephone number in some of the texts. */
static void add_extra(struct maker *m)
{
    struct random *r = &m->random;
    unsigned x = (unsigned)random_below(r, 100);
    if (x < 12) {
        size_t k = random_below(r, 20 * RULES_HOSTS);
        rf_buf_addz(&m->text, " https://");
        rf_buf_adds(&m->text, rules_host(&m->arena, m->o->words, k));
        rf_buf_printf(&m->text, "/%x ", (unsigned)random_below(r, 1 << 24));
    } else if (x < 27) {
        rf_buf_printf(&m->text, " %u ", (unsigned)random_below(r, 1000000));
    } else if (x < 32) {
        rf_buf_printf(&m->text, " 138%08u ", (unsigned)random_below(r, 100000000));
    }
}

static void add_target_text(struct maker *m)
{
    unsigned x = (unsigned)random_below(&m->random, 100);
    if (x >= 22 || m->o->ntargets == 0)
        return;
    const struct target *t = &m->o->targets[random_below(&m->random, m->o->ntargets)];
    rf_buf_addc(&m->text, ' ');
    rf_buf_adds(&m->text, x < 2 ? t->hit : t->near);
    rf_buf_addc(&m->text, ' ');
}

/* 40 to 160 bytes of words, the target and extras at some place among them. */
static void make_text(struct maker *m)
{
    struct random *r = &m->random;
    enum language l = random_chance(r, 50) ? CHINESE : ENGLISH;
    size_t n = MEAN_TEXT_BYTES - 60 - 20 + random_below(r, 121), at = random_below(r, n);
    bool put = false;
    m->text.n = 0;
    while (m->text.n < n) {
        if (!put && m->text.n >= at) {
            put = true;
            add_target_text(m);
            add_extra(m);
            continue;
        }
        add_word(m, l);
    }
}

/* ---- records ---- */

static void begin(struct maker *m, size_t i, const char *kind)
{
    rf_buf_printf(&m->t->lines,
                  "{\"id\":\"m-%zu\",\"kind\":\"%s\",\"ts\":%lld,\"from\":\"", i, kind,
                  (long long)TRAFFIC_START_MS + (long long)i);
    size_t sender = zipf_draw(&m->senders, &m->random);
    rf_buf_adds(&m->t->lines, rules_number(&m->arena, sender));
    rf_buf_addz(&m->t->lines, "\"");
}

static void add_to(struct maker *m)
{
    rf_buf_printf(&m->t->lines, ",\"to\":\"+86139%08u\"",
                  (unsigned)random_below(&m->random, 100000000));
}

static void add_way(struct maker *m)
{
    static const char *const ingress[] = {"onnet",    "national", "national",
                                          "national", "a2p",      "international"};
    rf_buf_printf(&m->t->lines, ",\"trunk\":\"trunk-%u\",\"ingress\":\"%s\"}\n",
                  m->o->trunk_from + (unsigned)random_below(&m->random, RULES_TRUNKS),
                  ingress[random_below(&m->random, 6)]);
}

static void sms(struct maker *m, size_t i)
{
    begin(m, i, "sms");
    add_to(m);
    rf_buf_addz(&m->t->lines, ",\"text\":");
    if (m->o->texts) {
        rf_buf_add_json(&m->t->lines, m->o->texts[m->next_text++ % m->o->ntexts]);
    } else {
        make_text(m);
        rf_buf_add_json(&m->t->lines, rf_buf_str(&m->text));
    }
    add_way(m);
    m->t->nsms++;
}

static void call(struct maker *m, size_t i)
{
    static const char *const events[] = {"attempt",  "attempt", "attempt", "attempt",
                                         "alerting", "answer",  "answer",  "release",
                                         "release",  "release"};
    size_t e = random_below(&m->random, 10);
    begin(m, i, "call");
    add_to(m);
    rf_buf_printf(&m->t->lines, ",\"call\":\"c-%zx\",\"event\":\"%s\"", i, events[e]);
    if (e >= 7)
        rf_buf_printf(&m->t->lines, ",\"ring\":%u,\"duration\":%u",
                      (unsigned)random_below(&m->random, 30),
                      (unsigned)random_below(&m->random, 600));
    add_way(m);
}

static void visit(struct maker *m, size_t i)
{
    size_t k = random_below(&m->random, 50 * RULES_HOSTS);
    struct rf_str host = rules_host(&m->arena, m->o->words, k);
    begin(m, i, "visit");
    if (random_chance(&m->random, 50))
        rf_buf_printf(&m->t->lines,
                      ",\"url\":\"https://www.%.*s/p/%zx\",\"source\":\"http\"",
                      RF_STR_FMT(host), i);
    else
        rf_buf_printf(&m->t->lines, ",\"host\":\"%.*s\",\"source\":\"dns\"",
                      RF_STR_FMT(host));
    add_way(m);
}

void traffic_init(struct traffic *t, const struct traffic_options *o)
{
    struct maker m = {.o = o, .t = t};
    *t = (struct traffic){.n = o->n};
    rf_buf_init(&t->lines);
    rf_buf_init(&m.text);
    rf_arena_init(&m.arena, 0);
    zipf_init(&m.senders, SENDERS, 0);
    for (size_t i = 0; i < o->n; i++) {
        m.random = random_of(o->seed, i);
        rf_arena_reset(&m.arena);
        unsigned x = (unsigned)random_below(&m.random, 100);
        if (x < 60)
            sms(&m, i);
        else if (x < 85)
            call(&m, i);
        else
            visit(&m, i);
    }
    memset(rf_buf_reserve(&t->lines, RF_CODEC_PADDING), 0, RF_CODEC_PADDING);
    zipf_fini(&m.senders);
    rf_arena_fini(&m.arena);
    rf_buf_fini(&m.text);
}

void traffic_fini(struct traffic *t)
{
    rf_buf_fini(&t->lines);
}
