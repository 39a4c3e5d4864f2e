/* Cold: rule loading. Recursive descent over the pattern's tokens. Each part of it is
 * known by the places it may begin and end with, each under a condition, and by those
 * under which it may take nothing. */
#include "lib/match/automaton.h"

#include <stdio.h>

#include "lib/match/literal_inner.h"
#include "lib/match/regex_ask.h"

#define HELD_BACK 1 /* places: for what is not understood */

struct part {
    uint64_t first[RF_STEPS], last[RF_STEPS];
    uint8_t empty; /* bit per condition */
};

struct maker {
    struct reader r;
    struct rf_set want[RF_PLACES];
    uint64_t then[2][RF_PLACES]; /* always; if EDGE */
    unsigned n, any;
    uint32_t copies; /* of what may stand more often than it must */
    bool multiline, dot_all, edges;
    bool complete, beyond, full;
};

static struct part alternation(struct maker *m);

static void next(struct maker *m)
{
    m->r.t = rf_regex_lex_next(&m->r.lex);
}

/* ---- joining parts ---- */

static struct part nothing(unsigned condition)
{
    return (struct part){.empty = (uint8_t)(1u << condition)};
}

static struct part place(unsigned at)
{
    struct part p = {0};
    p.first[0] = p.last[0] = UINT64_C(1) << at;
    return p;
}

/* Steps in the midst of a match: it has begun and does not end there. */
static void connect(struct maker *m, uint64_t from, uint64_t to, unsigned condition)
{
    if (!from || !to)
        return;
    if (condition & (RF_STEP_BEGIN | RF_STEP_END))
        m->complete = false;
    m->edges |= condition & RF_STEP_EDGE;
    for (uint64_t bits = from; bits; bits &= bits - 1)
        m->then[condition & RF_STEP_EDGE][__builtin_ctzll(bits)] |= to;
}

static void connect_all(struct maker *m, const struct part *x, const struct part *y)
{
    for (unsigned i = 0; i < RF_STEPS; i++)
        for (unsigned k = 0; k < RF_STEPS; k++)
            connect(m, x->last[i], y->first[k], i | k);
}

/* x, then y. */
static struct part joined(struct maker *m, const struct part *x, const struct part *y)
{
    struct part p = {0};
    connect_all(m, x, y);
    for (unsigned i = 0; i < RF_STEPS; i++) {
        p.first[i] |= x->first[i];
        p.last[i] |= y->last[i];
        for (unsigned k = 0; k < RF_STEPS; k++) {
            if (x->empty >> k & 1)
                p.first[i | k] |= y->first[i];
            if (y->empty >> k & 1)
                p.last[i | k] |= x->last[i];
            if ((x->empty >> i & 1) && (y->empty >> k & 1))
                p.empty |= (uint8_t)(1u << (i | k));
        }
    }
    return p;
}

static void add_ends(struct part *to, const struct part *x)
{
    for (unsigned i = 0; i < RF_STEPS; i++)
        to->last[i] |= x->last[i];
}

/* ---- single characters ---- */

/* Any text or none. All such parts are one place. */
static struct part anything(struct maker *m)
{
    m->complete = false;
    if (m->any == RF_PLACES) {
        m->any = m->n++;
        m->want[m->any] = rf_set_all();
        connect(m, UINT64_C(1) << m->any, UINT64_C(1) << m->any, 0);
    }
    struct part p = place(m->any);
    p.empty = 1;
    return p;
}

static bool room(const struct maker *m, size_t places)
{
    return m->n + places + (m->any == RF_PLACES ? HELD_BACK : 0) <= RF_PLACES;
}

/* The ASCII characters of it; false where PCRE2 did not tell. */
static bool ask(struct maker *m, const struct rf_token *t, struct rf_set *out)
{
    char hex[16];
    struct rf_str token = rf_str(m->r.lex.s.p + t->at, m->r.lex.at - t->at);
    if (t->kind == RF_TOK_CHAR)
        token = rf_str(hex, (size_t)snprintf(hex, sizeof hex, "\\x{%x}", t->cp));
    return rf_regex_ask(m->r.ask, token, t->caseless, out);
}

static struct part character(struct maker *m, const struct rf_token *t)
{
    struct rf_set ascii, *want = &m->want[m->n];
    struct rf_str token = rf_str(m->r.lex.s.p + t->at, m->r.lex.at - t->at);
    m->full |= !room(m, 1);
    if (m->full || !ask(m, t, &ascii) || rf_str_eq(token, RF_STR("\\R")) ||
        rf_str_eq(token, RF_STR("\\X")))
        return anything(m);
    *want = rf_info_token(&m->r, t).span;
    bool beyond = rf_set_beyond(want);
    want->bits[0] = ascii.bits[0];
    want->bits[1] = ascii.bits[1];
    m->beyond &= !beyond || rf_info_all_beyond(&m->r, t);
    m->complete &= m->dot_all || !rf_str_eq(token, RF_STR("."));
    return place(m->n++);
}

/* ---- what takes nothing ---- */

/* "(?i)" or "(?i:": which letters change what follows. */
static void options(struct maker *m, size_t at)
{
    struct rf_str s = rf_str_sub(m->r.lex.s, at);
    bool on = true;
    for (size_t i = 2; i < s.n && s.p[i] != ')' && s.p[i] != ':'; i++) {
        m->multiline |= s.p[i] == 'm';
        on &= s.p[i] != '-' && s.p[i] != '^';
        m->dot_all &= on;
    }
}

static struct part assertion(struct maker *m, const struct rf_token *t)
{
    struct rf_str s = rf_str(m->r.lex.s.p + t->at, m->r.lex.at - t->at);
    if (rf_str_starts(s, RF_STR("(?"))) {
        options(m, t->at);
        return nothing(0);
    }
    if (rf_str_eq(s, RF_STR("\\b")))
        return nothing(RF_STEP_EDGE);
    if (rf_str_eq(s, RF_STR("\\A")) || (rf_str_eq(s, RF_STR("^")) && !m->multiline))
        return nothing(RF_STEP_BEGIN);
    if (rf_str_eq(s, RF_STR("\\Z")) || (rf_str_eq(s, RF_STR("$")) && !m->multiline))
        return nothing(RF_STEP_END);
    m->complete = false;
    return nothing(0);
}

/* ---- the grammar ---- */

/* Take back the places from n on, of what stands in the text without being taken. */
static void forget(struct maker *m, unsigned n)
{
    for (unsigned k = n; k < m->n; k++)
        m->then[0][k] = m->then[1][k] = 0;
    if (m->any >= n)
        m->any = RF_PLACES;
    m->n = n;
    m->complete = false;
}

/* A group whose OPEN token is being looked at; its CLOSE is consumed. */
static struct part group(struct maker *m)
{
    struct rf_token t = m->r.t;
    struct rf_str s = rf_str_sub(m->r.lex.s, t.at);
    unsigned n = m->n;
    if (rf_str_starts(s, RF_STR("(?")))
        options(m, t.at);
    next(m);
    struct part p = alternation(m);
    if (m->r.t.kind == RF_TOK_CLOSE)
        next(m);
    else
        m->r.lex.failed = true;
    if (rf_str_starts(s, RF_STR("(?>")))
        m->complete = false;
    if (t.group == RF_GROUP_PLAIN)
        return p;
    forget(m, n);
    return t.group == RF_GROUP_OPAQUE ? anything(m) : nothing(0);
}

/* One item without its repeat; consumes its tokens. */
static struct part item(struct maker *m)
{
    struct rf_token t = m->r.t;
    struct part p;
    if (t.kind == RF_TOK_OPEN)
        return group(m);
    if (t.kind == RF_TOK_ASSERT)
        p = assertion(m, &t);
    else if (t.kind == RF_TOK_UNKNOWN || t.kind == RF_TOK_REPEAT ||
             (t.kind == RF_TOK_CHAR && !t.cp))
        p = anything(m);
    else
        p = character(m, &t);
    next(m);
    return p;
}

/* A possessive repeat may take what a later item needs. */
static void look_possessive(struct maker *m)
{
    size_t at = m->r.lex.at;
    m->complete &= at - m->r.t.at == 1 || m->r.lex.s.p[at - 1] != '+';
}

/* The places [begin, end) that a part is of; a step leads out of them only to `any`. */
struct range {
    unsigned begin, end;
};

static uint64_t moved(struct range r, uint64_t places, unsigned by)
{
    uint64_t inside = ((UINT64_C(1) << (r.end - r.begin)) - 1) << r.begin;
    return (places & ~inside) | (places & inside) << by;
}

/* The part once more, in places of its own. */
static struct part copied(struct maker *m, const struct part *p, struct range r,
                          uint64_t steps[2][RF_PLACES])
{
    struct part copy = {.empty = p->empty};
    unsigned by = m->n - r.begin;
    for (unsigned k = r.begin; k < r.end; k++) {
        m->want[k + by] = m->want[k];
        for (unsigned edge = 0; edge < 2; edge++)
            m->then[edge][k + by] = moved(r, steps[edge][k], by);
    }
    for (unsigned edge = 0; m->any < r.begin && edge < 2; edge++)
        m->then[edge][m->any] |= moved(r, steps[edge][m->any], by);
    for (unsigned i = 0; i < RF_STEPS; i++) {
        copy.first[i] = moved(r, p->first[i], by);
        copy.last[i] = moved(r, p->last[i], by);
    }
    m->n += r.end - r.begin;
    return copy;
}

/* The part min to max times, which is not empty if max is above 1: one copy behind the
 * other, as many as there is room for. */
static struct part repeated(struct maker *m, struct part one, uint32_t min, uint32_t max,
                            struct range r)
{
    struct part p = one, end = one;
    uint64_t steps[2][RF_PLACES];
    uint32_t k = 1;
    memcpy(steps, m->then, sizeof steps);
    for (; k < max && (k < min || max != RF_REPEAT_FOREVER); k++) {
        if (!room(m, r.end - r.begin) || k >= min + m->copies)
            break;
        struct part more = copied(m, &one, r, steps);
        connect_all(m, &end, &more);
        if (k < min)
            memset(p.last, 0, sizeof p.last);
        add_ends(&p, &more);
        end = more;
    }
    if (k < max) {
        m->complete &= k >= min && max == RF_REPEAT_FOREVER;
        connect_all(m, &end, &end);
    }
    if (min == 0)
        p.empty |= 1;
    return p;
}

/* An item and its repeat. */
static struct part piece(struct maker *m)
{
    unsigned n = m->n;
    struct part p = item(m);
    if (m->r.t.kind != RF_TOK_REPEAT)
        return p;
    struct rf_token t = m->r.t;
    look_possessive(m);
    next(m);
    if (t.unsure || m->r.t.kind == RF_TOK_REPEAT) /* of a repeat, by version */
        return anything(m);
    if (t.max == 0)
        return nothing(0);
    if (p.empty && t.max > 1) /* what an empty turn means is PCRE2's to say */
        return anything(m);
    return repeated(m, p, t.min, t.max, (struct range){n, m->n});
}

static bool at_item(const struct maker *m)
{
    enum rf_token_kind k = m->r.t.kind;
    return !m->r.lex.failed && k != RF_TOK_END && k != RF_TOK_GIVE_UP &&
           k != RF_TOK_ALT && k != RF_TOK_CLOSE;
}

static struct part alternation(struct maker *m)
{
    struct part all = {0};
    for (;;) {
        struct part p = nothing(0);
        while (at_item(m)) {
            struct part one = piece(m);
            p = joined(m, &p, &one);
        }
        for (unsigned i = 0; i < RF_STEPS; i++)
            all.first[i] |= p.first[i];
        add_ends(&all, &p);
        all.empty |= p.empty;
        if (m->r.t.kind != RF_TOK_ALT)
            return all;
        next(m);
    }
}

/* ---- tables ---- */

/* Ends that would have to be the text's beginning, and the other way round, are left to
 * PCRE2. */
static void set_ends(struct maker *m, const struct part *p, struct rf_automaton *x)
{
    for (unsigned i = 0; i < RF_STEPS; i++) {
        m->complete &= !(p->first[i] && (i & RF_STEP_END));
        m->complete &= !(p->last[i] && (i & RF_STEP_BEGIN));
        m->edges |= (p->first[i] || p->last[i]) && (i & RF_STEP_EDGE);
        x->first[i & 3] |= p->first[i];
        x->last[(i & RF_STEP_EDGE) + (i & RF_STEP_END ? 2 : 0)] |= p->last[i];
        x->ending |= p->last[i];
    }
    x->open = x->first[0] | x->first[RF_STEP_EDGE];
}

/* Whether the place takes that character, 128: one beyond ASCII. */
static bool takes(const struct maker *m, unsigned place, unsigned c)
{
    const struct rf_set *want = &m->want[place];
    return c < 128 ? rf_set_has(want, (unsigned char)c) : rf_set_beyond(want);
}

/* The one byte of a set, or 0. */
static uint8_t only_byte(const uint64_t set[4])
{
    unsigned n = 0, byte = 0;
    for (unsigned i = 0; i < 4; i++) {
        n += (unsigned)__builtin_popcountll(set[i]);
        byte = set[i] ? 64 * i + (unsigned)__builtin_ctzll(set[i]) : byte;
    }
    return (uint8_t)(n == 1 ? byte : 0);
}

/* By class, the places behind which it leads to the next place and no other. */
static uint64_t *runs(const struct maker *m, const uint64_t *want, unsigned classes,
                      struct rf_arena *a)
{
    uint64_t *v = RF_NEW_ARRAY(a, uint64_t, classes);
    for (unsigned c = 0; c < classes; c++)
        for (unsigned k = 0; k + 1 < m->n; k++)
            if (!m->then[1][k] && (m->then[0][k] & want[c]) == UINT64_C(1) << (k + 1))
                v[c] |= UINT64_C(1) << k;
    return v;
}

static void set_classes(const struct maker *m, struct rf_automaton *x, struct rf_arena *a)
{
    uint64_t want[129];
    unsigned n = 0;
    for (unsigned c = 0; c <= 128; c++) {
        unsigned same = 0;
        want[n] = 0;
        for (unsigned k = 0; k < m->n; k++)
            want[n] |= (uint64_t)takes(m, k, c) << k;
        while (want[same] != want[n])
            same++;
        x->class_of[c] = (uint8_t)same;
        n += same == n;
        bool folded_away = m->r.folded && c >= 'A' && c <= 'Z';
        if ((want[same] & x->open) && c < 128 && !folded_away)
            x->begins[c / 64] |= UINT64_C(1) << (c % 64);
    }
    if (want[x->class_of[128]] & x->open)
        x->begins[3] = UINT64_MAX;
    x->only = only_byte(x->begins);
    uint64_t *kept = RF_NEW_ARRAY(a, uint64_t, n);
    memcpy(kept, want, n * sizeof *kept);
    x->want = kept;
    if (!x->open && !x->last[0] && !x->last[RF_STEP_EDGE])
        x->runs = runs(m, kept, n, a);
}

static struct rf_automaton *table(struct maker *m, const struct part *p,
                                  struct rf_arena *a)
{
    struct rf_automaton *x = RF_NEW(a, struct rf_automaton);
    set_ends(m, p, x);
    set_classes(m, x, a);
    unsigned rows = m->edges ? 2 : 1;
    uint64_t *then = RF_NEW_ARRAY(a, uint64_t, rows * m->n);
    for (unsigned k = 0; k < rows; k++)
        memcpy(then + k * m->n, m->then[k], m->n * sizeof *then);
    x->then = then;
    x->n = (uint8_t)m->n;
    for (unsigned k = 0; m->edges && k < m->n; k++)
        x->edged |= m->then[1][k] ? UINT64_C(1) << k : 0;
    x->complete = m->complete;
    x->beyond = m->beyond && !m->edges;
    return x;
}

/* Whether a match may begin, and end, in what is not understood. */
static bool tells_nothing(const struct maker *m, const struct part *p)
{
    uint64_t any = m->any < RF_PLACES ? UINT64_C(1) << m->any : 0, first = 0;
    for (unsigned i = 0; i < RF_STEPS; i++)
        first |= p->first[i];
    return p->empty || (first & any);
}

/* Read the pattern; false where it is not understood, or nothing is known of it. */
static bool make(struct maker *m, struct rf_str pattern, bool caseless, struct part *p)
{
    rf_regex_lex_init(&m->r.lex, pattern, caseless);
    next(m);
    *p = alternation(m);
    return !m->r.lex.failed && m->r.t.kind == RF_TOK_END && !tells_nothing(m, p);
}

struct rf_automaton *rf_automaton_new(struct rf_str pattern, bool caseless, bool folded,
                                      struct rf_regex_ask *ask_whom, struct rf_arena *a)
{
    static const uint32_t copies[] = {RF_PLACES, 2, 0};
    struct rf_arena scratch;
    struct rf_automaton *x = NULL;
    struct part p;
    rf_arena_init(&scratch, 0);
    struct maker m = {.full = true};
    for (size_t i = 0; i < 3 && m.full; i++) {
        m = (struct maker){.r = {.a = &scratch, .ask = ask_whom, .folded = folded},
                           .any = RF_PLACES,
                           .copies = copies[i],
                           .dot_all = folded,
                           .complete = true,
                           .beyond = true};
        if (make(&m, pattern, caseless, &p) && (i == 2 || !m.full))
            x = table(&m, &p, a);
    }
    rf_arena_fini(&scratch);
    return x;
}
