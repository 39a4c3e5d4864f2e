/* Cold: rule loading. Recursive descent over the pattern's tokens. Each part of a pattern
 * yields either all strings it can match (`exact`) or sets of which some member must
 * stand in the text (`need`), and which bytes it can take at all (`span`). Twice: for the
 * text itself, and for the squeezed text, in which most characters stand for nothing. */
#include "lib/match/literal.h"

#include "lib/match/literal_cost.h"
#include "lib/match/literal_inner.h"
#include "lib/match/regex_ask.h"

#define PLAIN_MAX 32      /* strings spelled out */
#define SQUEEZED_MAX 256  /* the same, where most are parts of others */
#define REPEAT_MAX 8      /* exact repeats spelled out */
#define CORE_WORTH 3      /* bytes of pattern left out */
#define RARE_ENOUGH 1e-5  /* share of texts with what no further set need be found */
#define RARE 0.01         /* share of texts with literals that need no further help */
#define TINY 2            /* bytes */
#define NARROW 12         /* characters an item may begin with to begin the core */
#define RUN_MAX (1 << 20) /* characters counted */
#define RUN_WORTH 5       /* shorter runs are not looked for: PCRE2 is as fast */

/* A sequence while it is read: `literals` and `tail` may stand at its end so far. */
struct sequence {
    struct info sum; /* strings: at the end; exact: they are all of it */
    struct rf_run tail;
};

static struct info alternation(struct reader *r);

static void next(struct reader *r)
{
    r->t = rf_regex_lex_next(&r->lex);
}

static void offer(struct reader *r, struct sets *to, struct rf_literals x)
{
    x = rf_literals_prune(x, r->a);
    double cost = rf_literals_cost(x);
    size_t at = 0;
    if (cost > RF_LITERAL_USELESS)
        return;
    while (at < to->n && to->cost[at] <= cost) {
        if (rf_literals_same(to->v[at], x))
            return;
        at++;
    }
    if (at == RF_NEED_SETS)
        return;
    to->n += to->n < RF_NEED_SETS;
    for (size_t i = to->n - 1; i > at; i--) {
        to->v[i] = to->v[i - 1];
        to->cost[i] = to->cost[i - 1];
    }
    to->v[at] = x;
    to->cost[at] = cost;
}

static void offer_all(struct reader *r, struct sets *to, const struct sets *from)
{
    for (size_t i = 0; i < from->n; i++)
        offer(r, to, from->v[i]);
}

static void offer_run(struct rf_run *to, const struct rf_run *x)
{
    if (rf_run_cost(x) < rf_run_cost(to))
        *to = *x;
}

/* A group whose OPEN token is being looked at; its CLOSE is consumed. */
static struct info group(struct reader *r)
{
    enum rf_group_kind kind = r->t.group;
    struct info out = rf_info_nothing(r);
    r->depth++;
    next(r);
    struct info in = alternation(r);
    r->depth--;
    if (r->t.kind == RF_TOK_CLOSE)
        next(r);
    else
        r->lex.failed = true;
    switch (kind) {
    case RF_GROUP_PLAIN:
        return in;
    case RF_GROUP_LOOK:
        out.need = in.need;
        out.run = in.run;
        if (in.exact)
            offer(r, &out.need, in.strings);
        return out;
    case RF_GROUP_NEGATIVE:
        return out;
    case RF_GROUP_OPAQUE:
        r->odd = true;
        break;
    }
    return rf_info_any();
}

/* One item without its repeat; consumes its tokens. */
static struct info item(struct reader *r)
{
    if (r->t.kind == RF_TOK_OPEN)
        return group(r);
    struct info i = rf_info_token(r, &r->t);
    next(r);
    return i;
}

/* End the literals: nothing is known of what stands between them and what follows. */
static void cut(struct reader *r, struct sequence *s)
{
    offer(r, &s->sum.need, s->sum.strings);
    s->sum.strings = rf_literals_empty(r->a);
    s->sum.exact = false;
}

static void append_strings(struct reader *r, struct sequence *s, struct rf_literals x)
{
    struct rf_literals joined;
    if (rf_literals_product(s->sum.strings, x, r->squeezed ? SQUEEZED_MAX : PLAIN_MAX,
                            r->a, &joined)) {
        s->sum.strings = joined;
        return;
    }
    cut(r, s);
    s->sum.strings = x;
}

static void append_literals(struct reader *r, struct sequence *s, const struct info *i)
{
    offer_all(r, &s->sum.need, &i->need);
    if (i->exact)
        append_strings(r, s, i->strings);
    else
        cut(r, s);
}

static bool takes_nothing(const struct info *i)
{
    return i->exact && i->strings.n == 1 && i->strings.v[0].n == 0;
}

/* The literals of the item min to max times. */
static void repeat_literals(struct reader *r, struct sequence *s, const struct info *i,
                            uint32_t min, uint32_t max)
{
    struct rf_literals maybe = rf_literals_empty(r->a);
    if (takes_nothing(i) && min) {
        append_literals(r, s, i);
        return;
    }
    if (takes_nothing(i))
        return;
    if (min == 0) {
        if (max == 1 && i->exact && rf_literals_join(&maybe, i->strings, r->a))
            append_strings(r, s, maybe);
        else
            cut(r, s);
        return;
    }
    uint32_t spelled = min < REPEAT_MAX ? min : REPEAT_MAX;
    for (uint32_t k = 0; k < spelled; k++)
        append_literals(r, s, i);
    if (max == spelled)
        return;
    cut(r, s);
    if (i->exact) /* whatever the number, it ends with one more of them */
        s->sum.strings = i->strings;
}

/* The item's span, its length already that of its repeats, joins the sequence's. */
static void append_span(struct sequence *s, struct rf_run span)
{
    struct rf_run longer = s->tail;
    rf_run_join(&longer, &span);
    longer.n = longer.n + span.n < RUN_MAX ? longer.n + span.n : RUN_MAX;
    s->tail = rf_run_cost(&span) < rf_run_cost(&longer) ? span : longer;
    offer_run(&s->sum.run, &s->tail);
    rf_run_join(&s->sum.span, &span);
    s->sum.span.n = s->sum.span.n + span.n < RUN_MAX ? s->sum.span.n + span.n : RUN_MAX;
}

static void append(struct reader *r, struct sequence *s, const struct info *i,
                   uint32_t min, uint32_t max)
{
    struct rf_run span = i->span;
    if (max == 0)
        return;
    span.n = min && span.n > RUN_MAX / min ? RUN_MAX : span.n * min;
    if (min)
        offer_run(&s->sum.run, &i->run);
    append_span(s, span);
    repeat_literals(r, s, i, min, max);
}

/* Whether a match of the item begins with one of few characters, and is not empty. */
static bool begins_narrowly(const struct info *i, uint32_t min)
{
    size_t members = 0;
    for (size_t k = 0; i->exact && k < i->strings.n; k++)
        if (i->strings.v[k].n == 0)
            return false;
    for (int c = 0; c < 0x80; c++)
        members += (c < 'A' || c > 'Z') && rf_run_has(&i->span, (unsigned char)c);
    bool few = members <= NARROW && !rf_run_has(&i->span, 0xE5);
    return min && i->span.n && (few || i->exact);
}

static struct info sequence(struct reader *r)
{
    struct sequence s = {.sum = rf_info_nothing(r)};
    while (r->t.kind != RF_TOK_END && r->t.kind != RF_TOK_GIVE_UP &&
           r->t.kind != RF_TOK_ALT && r->t.kind != RF_TOK_CLOSE) {
        size_t at = r->t.at;
        struct info i = item(r);
        uint32_t min = 1, max = 1;
        if (r->t.kind == RF_TOK_REPEAT) {
            min = r->t.min;
            max = r->t.max;
            next(r);
        }
        /* A second repeat (by version) may make it optional: believe nothing then. */
        if (r->t.kind == RF_TOK_REPEAT)
            i = rf_info_any();
        if (r->depth == 0 && r->core == SIZE_MAX && begins_narrowly(&i, min))
            r->core = at;
        append(r, &s, &i, min, max);
    }
    if (!s.sum.exact)
        offer(r, &s.sum.need, s.sum.strings);
    return s.sum;
}

/* A branch's needs: what it is, too, if that is known. */
static struct sets branch_needs(struct reader *r, const struct info *i)
{
    struct sets s = i->need;
    if (i->exact)
        offer(r, &s, i->strings);
    return s;
}

/* Either branch's needs: the n-th of one or the n-th of the other. The last set of a
 * branch with fewer stands in for those it lacks. `to` shares no set's memory. */
static void join_needs(struct reader *r, struct sets *to, const struct sets *x)
{
    size_t kept = 0;
    for (; x->n && to->n && to->n < x->n; to->n++) {
        to->v[to->n] = (struct rf_literals){0};
        rf_literals_join(&to->v[to->n], to->v[to->n - 1], r->a);
    }
    for (size_t i = 0; x->n && i < to->n; i++)
        if (rf_literals_join(&to->v[i], x->v[i < x->n ? i : x->n - 1], r->a))
            to->v[kept++] = to->v[i];
    to->n = kept;
}

/* The same sets in memory of their own. */
static struct sets copy_needs(struct reader *r, const struct sets *x)
{
    struct sets copy = {.n = x->n};
    for (size_t i = 0; i < x->n; i++)
        rf_literals_join(&copy.v[i], x->v[i], r->a);
    return copy;
}

static struct info alternation(struct reader *r)
{
    struct info all = sequence(r);
    if (r->t.kind != RF_TOK_ALT)
        return all;
    struct sets first = branch_needs(r, &all), need = copy_needs(r, &first);
    struct rf_literals strings = {0};
    all.exact = all.exact && rf_literals_join(&strings, all.strings, r->a);
    while (r->t.kind == RF_TOK_ALT) {
        r->branched |= r->depth == 0;
        next(r);
        struct info branch = sequence(r);
        struct sets of_branch = branch_needs(r, &branch);
        join_needs(r, &need, &of_branch);
        all.exact =
            all.exact && branch.exact && rf_literals_join(&strings, branch.strings, r->a);
        rf_run_join(&all.span, &branch.span);
        all.span.n = all.span.n < branch.span.n ? all.span.n : branch.span.n;
        rf_run_join(&all.run, &branch.run);
        all.run.n = all.run.n < branch.run.n ? all.run.n : branch.run.n;
    }
    all.strings = strings;
    all.need = (struct sets){0};
    offer_all(r, &all.need, &need);
    return all;
}

/* Read the pattern for one kind of text; false where it was not understood. */
static bool extract(struct rf_str pattern, bool caseless, struct reader *r,
                    struct info *out)
{
    rf_regex_lex_init(&r->lex, pattern, caseless);
    r->core = SIZE_MAX;
    next(r);
    *out = alternation(r);
    if (out->exact)
        offer(r, &out->need, out->strings);
    return !r->lex.failed && r->t.kind == RF_TOK_END;
}

static double cost_of_all(const struct sets *s)
{
    double cost = 1;
    for (size_t i = 0; i < s->n; i++)
        cost *= s->cost[i];
    return cost;
}

/* Whether looking for these costs little and finds little: a scan finds literals of one
 * or two bytes everywhere. */
static bool good_enough(const struct sets *s)
{
    for (size_t k = 0; k < s->n; k++)
        for (size_t i = 0; i < s->v[k].n; i++)
            if (s->v[k].v[i].n <= TINY)
                return false;
    return cost_of_all(s) <= RARE;
}

/* Whether what follows reads the same without this beginning of a pattern. */
static bool leaves_no_trace(struct rf_str beginning)
{
    static const char *const groups[] = {"(?:", "(?=", "(?!", "(?<=", "(?<!"};
    for (size_t i = 0; i < beginning.n; i++) {
        struct rf_str at = rf_str_sub(beginning, i);
        bool known = !rf_str_starts(at, RF_STR("(?"));
        for (size_t k = 0; k < sizeof groups / sizeof *groups; k++)
            known |= rf_str_starts(at, rf_str_of(groups[k]));
        if (!known || rf_str_starts(at, RF_STR("\\Q")))
            return false;
    }
    return true;
}

/* Where PCRE2 finds places to begin slowly, it can look for the rest alone first. */
static size_t core(const struct reader *r)
{
    struct rf_str s = r->lex.s;
    if (r->odd || r->branched || r->core >= s.n || r->core < CORE_WORTH)
        return 0;
    return leaves_no_trace(rf_str(s.p, r->core)) ? r->core : 0;
}

void rf_needs_extract(struct rf_str pattern, bool caseless, bool folded,
                      struct rf_regex_ask *ask, struct rf_arena *a, struct rf_needs *out)
{
    struct reader plain = {.a = a, .ask = ask, .folded = folded};
    struct reader squeezed = {.a = a, .ask = ask, .folded = folded, .squeezed = true};
    struct info p, q;
    *out = (struct rf_needs){0};
    if (!extract(pattern, caseless, &plain, &p) ||
        !extract(pattern, caseless, &squeezed, &q))
        return;
    /* Squeezing is a second scan of each text: for who gains by it only. */
    out->squeezed = !good_enough(&p.need) && cost_of_all(&q.need) < cost_of_all(&p.need);
    const struct sets *chosen = out->squeezed ? &q.need : &p.need;
    double cost = 1;
    for (size_t i = 0; i < chosen->n && cost > RARE_ENOUGH; i++) {
        out->sets[out->n++] = chosen->v[i];
        cost *= chosen->cost[i];
    }
    if (chosen->n && cost < RARE)
        return;
    offer_run(&p.run, &p.span);
    if (p.run.n >= RUN_WORTH)
        out->run = p.run;
    out->core = core(&plain);
}

struct rf_literals rf_literal_extract(struct rf_str pattern, bool caseless, bool folded,
                                      struct rf_arena *a)
{
    struct rf_regex_ask *ask = rf_regex_ask_new();
    struct reader plain = {.a = a, .ask = ask, .folded = folded};
    struct info i;
    bool known = extract(pattern, caseless, &plain, &i) && i.need.n;
    rf_regex_ask_free(ask);
    return known ? i.need.v[0] : (struct rf_literals){0};
}
