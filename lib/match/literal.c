/* Cold: rule loading. Recursive descent over the pattern's tokens. Each part of a pattern
 * yields either all strings it can match (`exact`) or sets of which some member must
 * stand in the text (`need`), and which bytes it can take at all (`span`). Twice: for the
 * text itself, and for the squeezed text, in which most characters stand for nothing. */
#include "lib/match/literal.h"

#include "lib/match/literal_cost.h"
#include "lib/match/literal_inner.h"
#include "lib/match/regex_ask.h"

#define PLAIN_MAX 32     /* strings spelled out */
#define SQUEEZED_MAX 256 /* the same, where most are parts of others */
#define REPEAT_MAX 8     /* exact repeats spelled out */
#define RARE_ENOUGH 1e-5 /* share of texts with what many more need not be found */
#define MET_COST 0.03    /* of meeting a literal, of what a regex tried in vain costs */
#define RARE 0.01        /* share of texts with literals that need no further help */
#define FEW 2            /* literals of a set */
#define TINY 2           /* bytes */
/* Places of a text that begin chains not worth looking for. */
#define CHAIN_WORTH 70
#define LEADS_GAIN 0.1 /* literals that matches begin with rule out more than others */

static struct info alternation(struct reader *r);

static void next(struct reader *r)
{
    r->t = rf_regex_lex_next(&r->lex);
}

/* The place that one more may take when all are taken: not that of the only one that
 * leads. */
static size_t last_place(const struct sets *to, bool leads)
{
    size_t last = RF_NEED_SETS - 1, others = leads;
    for (size_t i = 0; i < last; i++)
        others += to->leads[i];
    return to->leads[last] && !others ? last - 1 : last;
}

static void offer(struct reader *r, struct sets *to, struct rf_literals x, bool leads)
{
    x = rf_literals_prune(x, leads, r->a);
    double cost = rf_literals_cost(x);
    size_t at = 0;
    if (cost > RF_LITERAL_USELESS)
        return;
    while (at < to->n && to->cost[at] <= cost) {
        if (rf_literals_same(to->v[at], x)) {
            to->leads[at] |= leads;
            return;
        }
        at++;
    }
    size_t last = to->n < RF_NEED_SETS ? to->n++ : last_place(to, leads);
    if (at > last && leads)
        at = to->leads[last] ? at : last;
    if (at > last)
        return;
    for (size_t i = last; i > at; i--) {
        to->v[i] = to->v[i - 1];
        to->cost[i] = to->cost[i - 1];
        to->leads[i] = to->leads[i - 1];
    }
    to->v[at] = x;
    to->cost[at] = cost;
    to->leads[at] = leads;
}

/* `begins`: what they are of begins the match. */
static void offer_all(struct reader *r, struct sets *to, const struct sets *from,
                      bool begins)
{
    for (size_t i = 0; i < from->n; i++)
        offer(r, to, from->v[i], begins && from->leads[i]);
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
        offer_all(r, &out.need, &in.need, false);
        if (in.exact)
            offer(r, &out.need, in.strings, false);
        return out;
    case RF_GROUP_NEGATIVE:
        return out;
    case RF_GROUP_OPAQUE:
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
static void cut(struct reader *r, struct info *s)
{
    offer(r, &s->need, s->strings, s->exact);
    s->strings = rf_literals_empty(r->a);
    s->exact = false;
}

static void append_strings(struct reader *r, struct info *s, struct rf_literals x)
{
    struct rf_literals joined;
    if (rf_literals_product(s->strings, x, r->squeezed ? SQUEEZED_MAX : PLAIN_MAX, r->a,
                            &joined)) {
        s->strings = joined;
        return;
    }
    cut(r, s);
    s->strings = x;
}

static bool takes_nothing(const struct info *i)
{
    return i->exact && i->strings.n == 1 && i->strings.v[0].n == 0;
}

static void append_literals(struct reader *r, struct info *s, const struct info *i)
{
    offer_all(r, &s->need, &i->need, takes_nothing(s));
    if (i->exact)
        append_strings(r, s, i->strings);
    else
        cut(r, s);
}

/* The literals of the item min to max times. */
static void repeat_literals(struct reader *r, struct info *s, const struct info *i,
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
        s->strings = i->strings;
}

/* What the item takes, min to max times. */
static void append_span(struct reader *r, struct info *s, const struct info *i,
                        uint32_t min, uint32_t max)
{
    rf_set_join(&s->span, &i->span);
    for (uint32_t k = 0; k < min && !s->chain.full && !r->squeezed; k++)
        rf_chain_append(&s->chain, &i->chain, r->a);
    if (max > min)
        rf_chain_skip(&s->chain, &i->span);
}

static struct info sequence(struct reader *r)
{
    struct info s = rf_info_nothing(r);
    while (r->t.kind != RF_TOK_END && r->t.kind != RF_TOK_GIVE_UP &&
           r->t.kind != RF_TOK_ALT && r->t.kind != RF_TOK_CLOSE) {
        struct info i = item(r);
        uint32_t min = 1, max = 1;
        if (r->t.kind == RF_TOK_REPEAT) {
            min = r->t.min;
            max = r->t.max;
            if (r->t.unsure)
                i = rf_info_any();
            next(r);
        }
        /* A second repeat (by version) may make it optional: believe nothing then. */
        if (r->t.kind == RF_TOK_REPEAT)
            i = rf_info_any();
        if (max == 0)
            continue;
        append_span(r, &s, &i, min, max);
        repeat_literals(r, &s, &i, min, max);
    }
    if (!s.exact)
        offer(r, &s.need, s.strings, false);
    return s;
}

/* A branch's needs: what it is, too, if that is known. */
static struct sets branch_needs(struct reader *r, const struct info *i)
{
    struct sets s = i->need;
    if (i->exact)
        offer(r, &s, i->strings, true);
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
        to->leads[to->n] = to->leads[to->n - 1];
    }
    for (size_t i = 0; x->n && i < to->n; i++) {
        size_t k = i < x->n ? i : x->n - 1;
        if (!rf_literals_join(&to->v[i], x->v[k], r->a))
            continue;
        to->leads[kept] = to->leads[i] && x->leads[k];
        to->v[kept++] = to->v[i];
    }
    to->n = kept;
}

/* The same sets in memory of their own. */
static struct sets copy_needs(struct reader *r, const struct sets *x)
{
    struct sets copy = {.n = x->n};
    for (size_t i = 0; i < x->n; i++) {
        rf_literals_join(&copy.v[i], x->v[i], r->a);
        copy.leads[i] = x->leads[i];
    }
    return copy;
}

/* Add what a branch's matches begin with; false where that is not known, or too much. */
static bool join_heads(struct reader *r, struct rf_literals *to, const struct sets *x)
{
    size_t k = 0;
    while (k < x->n && !x->leads[k])
        k++;
    return k < x->n && rf_literals_join(to, x->v[k], r->a);
}

static struct info alternation(struct reader *r)
{
    struct info all = sequence(r);
    if (r->t.kind != RF_TOK_ALT)
        return all;
    struct sets first = branch_needs(r, &all), need = copy_needs(r, &first);
    struct rf_literals strings = {0}, heads = {0};
    bool headed = join_heads(r, &heads, &first);
    all.exact = all.exact && rf_literals_join(&strings, all.strings, r->a);
    while (r->t.kind == RF_TOK_ALT) {
        next(r);
        struct info branch = sequence(r);
        struct sets of_branch = branch_needs(r, &branch);
        join_needs(r, &need, &of_branch);
        headed = headed && join_heads(r, &heads, &of_branch);
        all.exact =
            all.exact && branch.exact && rf_literals_join(&strings, branch.strings, r->a);
        if (!r->squeezed)
            rf_chain_join(&all.chain, &all.span, &branch.chain, &branch.span, r->a);
        rf_set_join(&all.span, &branch.span);
    }
    all.strings = strings;
    all.need = (struct sets){0};
    offer_all(r, &all.need, &need, true);
    if (headed)
        offer(r, &all.need, heads, true);
    return all;
}

/* Read the pattern for one kind of text; false where it was not understood. */
static bool extract(struct rf_str pattern, bool caseless, struct reader *r,
                    struct info *out)
{
    rf_regex_lex_init(&r->lex, pattern, caseless);
    next(r);
    *out = alternation(r);
    if (out->exact)
        offer(r, &out->need, out->strings, true);
    return !r->lex.failed && r->t.kind == RF_TOK_END;
}

/* A scan finds literals of one or two bytes everywhere. */
static bool tiny(struct rf_literals x)
{
    for (size_t i = 0; i < x.n; i++)
        if (x.v[i].n <= TINY)
            return true;
    return false;
}

static void ask_for(struct rf_needs *out, const struct sets *s, size_t i, double *cost)
{
    out->leads[out->n] = s->leads[i];
    out->sets[out->n++] = s->v[i];
    *cost *= s->cost[i];
}

/* Whether one of the sets already asked for says that x stands in the text. */
static bool implied(const struct rf_needs *asked, struct rf_literals x)
{
    for (size_t i = 0; i < asked->n; i++)
        if (rf_literals_imply(asked->sets[i], x))
            return true;
    return false;
}

/* Which of the sets are looked for; returns the share of texts that have them all. */
static double choose(const struct sets *s, struct rf_needs *out)
{
    double cost = 1;
    for (size_t i = 0; i < s->n; i++) {
        /* Near misses have all but one, however rare: so few more, if rare, are asked. */
        bool few = s->v[i].n <= FEW && s->cost[i] <= RARE;
        bool pays = cost > RARE_ENOUGH && cost > MET_COST * s->cost[i];
        if (!tiny(s->v[i]) && (few || pays) && !implied(out, s->v[i]))
            ask_for(out, s, i, &cost);
    }
    size_t leading = 0;
    while (leading < s->n && !s->leads[leading])
        leading++;
    if (out->n > 0 || s->n == 0)
        return cost;
    if (leading < s->n)
        ask_for(out, s, leading, &cost);
    if (leading > 0 && !implied(out, s->v[0]))
        ask_for(out, s, 0, &cost);
    return cost;
}

void rf_needs_extract(struct rf_str pattern, bool caseless, bool folded,
                      struct rf_regex_ask *ask, struct rf_arena *a, struct rf_needs *out)
{
    struct reader plain = {.a = a, .ask = ask, .folded = folded};
    struct reader squeezed = {.a = a, .ask = ask, .folded = folded, .squeezed = true};
    struct rf_needs instead = {.squeezed = true};
    struct info p, q;
    *out = (struct rf_needs){0};
    if (!extract(pattern, caseless, &plain, &p) ||
        !extract(pattern, caseless, &squeezed, &q))
        return;
    double cost = choose(&p.need, out), other = choose(&q.need, &instead);
    double gain = out->n == 1 && out->leads[0] ? LEADS_GAIN : 1;
    /* Squeezing is a second scan of each text: for who gains by it only. */
    if (other < cost * gain && (cost > RARE || tiny(out->sets[0]))) {
        *out = instead;
        cost = other;
    }
    /* Where literals are seen first, a chain of the same letters tells nothing. */
    bool close = out->n && !out->squeezed;
    double worth = close ? rf_literals_cost(out->sets[0]) : CHAIN_WORTH;
    struct rf_chain narrow = p.chain;
    if (cost > RARE_ENOUGH && rf_chain_narrow(&narrow) < worth)
        out->chain = p.chain;
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
