#include "lib/match/budget.h"

#include "lib/base/mem.h"

enum {
    CHARGE_CALL = 16,        /* of any run, and */
    CHARGE_BYTES = 8,        /* one more for so many bytes of text */
    CHARGE_REFERENCE = 16,   /* bytes a back-reference may compare for one step */
    LIMIT_FIRST = 1000,      /* match limit of the first run, of short texts */
    STACK_START = 32 * 1024, /* bytes */
    STACK_MAX = 8192 * 1024, /* bytes; taken only when a match needs them */
    HEAP_MAX = 32 * 1024,    /* KiB, for the interpreter */
};

/* Of one counted run. */
struct meter {
    uint64_t left;
    size_t last; /* position at the callout before */
    bool references;
};

/* The longest captured text so far: what a back-reference may compare at no charge. */
static size_t longest_capture(const pcre2_callout_block *b)
{
    size_t longest = 0;
    for (uint32_t i = 1; i < b->capture_top; i++) {
        size_t from = b->offset_vector[2 * i], to = b->offset_vector[2 * i + 1];
        if (from != PCRE2_UNSET && to != PCRE2_UNSET && to > from && to - from > longest)
            longest = to - from;
    }
    return longest;
}

static int count_step(pcre2_callout_block *b, void *arg)
{
    struct meter *m = arg;
    size_t at = b->current_position;
    uint64_t charge = 1 + (at > m->last ? at - m->last : m->last - at) / CHARGE_BYTES;
    m->last = at;
    if (m->references)
        charge += longest_capture(b) / CHARGE_REFERENCE;
    if (charge > m->left) {
        m->left = 0;
        return PCRE2_ERROR_CALLOUT;
    }
    m->left -= charge;
    return 0;
}

static pcre2_match_context *context(pcre2_jit_stack *stack)
{
    pcre2_match_context *c = pcre2_match_context_create(NULL);
    if (!c)
        rf_mem_die(sizeof c);
    pcre2_jit_stack_assign(c, NULL, stack);
    pcre2_set_heap_limit(c, HEAP_MAX);
    return c;
}

/* PCRE2's interpreter keeps its frames with the match data, RF_REGEX_FRAMES_BYTES and
 * some from its first run on: that is now. */
static void take_frames(struct rf_regex_runner *r)
{
    int error;
    size_t at;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR) "a", 1, 0, &error, &at, NULL);
    if (code)
        pcre2_match(code, (PCRE2_SPTR) "a", 1, 0, 0, r->data, r->plain);
    pcre2_code_free(code);
}

void rf_regex_runner_init(struct rf_regex_runner *r)
{
    r->data = pcre2_match_data_create(1, NULL);
    r->stack = pcre2_jit_stack_create(STACK_START, STACK_MAX, NULL); /* NULL: no JIT */
    if (!r->data)
        rf_mem_die(sizeof r->data);
    r->plain = context(r->stack);
    r->counted = context(r->stack);
    take_frames(r);
}

void rf_regex_runner_fini(struct rf_regex_runner *r)
{
    pcre2_match_context_free(r->plain);
    pcre2_match_context_free(r->counted);
    pcre2_jit_stack_free(r->stack);
    pcre2_match_data_free(r->data);
}

/* The budget is spent or was of no avail (stack, heap): what PCRE2 would have said is
 * not known. */
static enum rf_match_result result(int rc)
{
    return rc >= 0                     ? RF_MATCH_YES
           : rc == PCRE2_ERROR_NOMATCH ? RF_MATCH_NO
                                       : RF_MATCH_LIMIT;
}

static int match(struct rf_regex_runner *r, const pcre2_code *code, struct rf_str text,
                 pcre2_match_context *c)
{
    return pcre2_match(code, (PCRE2_SPTR)text.p, text.n, 0, PCRE2_NO_UTF_CHECK, r->data,
                       c);
}

static enum rf_match_result run_counted(struct rf_regex_runner *r, struct rf_regex *regex,
                                        struct rf_str text, uint64_t *budget)
{
    struct meter m = {.left = *budget, .references = regex->references};
    /* Between callouts the work is bounded; the limit is for what has none. */
    pcre2_set_match_limit(r->counted, 100u * 1000 * 1000);
    pcre2_set_callout(r->counted, count_step, &m);
    int rc = match(r, regex->counted, text, r->counted);
    *budget = m.left;
    return result(rc);
}

/* No form with callouts: the match limit of each start offset is its share. */
static enum rf_match_result run_shared(struct rf_regex_runner *r, struct rf_regex *regex,
                                       struct rf_str text, uint64_t *budget)
{
    uint64_t share = *budget / (text.n + 1);
    pcre2_set_match_limit(r->plain, share < UINT32_MAX ? (uint32_t)share : UINT32_MAX);
    enum rf_match_result res = result(match(r, regex->plain, text, r->plain));
    *budget = res == RF_MATCH_LIMIT ? 0 : *budget;
    return res;
}

static enum rf_match_result run_long(struct rf_regex_runner *r, struct rf_regex *regex,
                                     struct rf_str text, uint64_t *budget)
{
    return regex->counted ? run_counted(r, regex, text, budget)
                          : run_shared(r, regex, text, budget);
}

static bool charge(uint64_t *budget, uint64_t steps)
{
    bool enough = steps <= *budget;
    *budget -= enough ? steps : *budget;
    return enough;
}

bool rf_regex_charge(uint64_t *budget, size_t bytes)
{
    return charge(budget, CHARGE_CALL + bytes / CHARGE_BYTES);
}

static int match_quickly(struct rf_regex_runner *r, const pcre2_code *code,
                         struct rf_str text)
{
    return pcre2_jit_match(code, (PCRE2_SPTR)text.p, text.n, 0, 0, r->data, r->plain);
}

/* Of a run without callouts. The limit holds anew at each place of the text, and what
 * counts once may pass over all of it: so it shrinks with the square of its length. */
static uint32_t first_limit(size_t n)
{
    size_t times = n * n / (RF_BUDGET_SHORT * RF_BUDGET_SHORT);
    return n <= RF_BUDGET_SHORT ? LIMIT_FIRST : (uint32_t)(LIMIT_FIRST / (times + 1));
}

/* Machine code, most often, and a match limit. */
static enum rf_match_result run_first(struct rf_regex_runner *r, struct rf_regex *regex,
                                      struct rf_str text)
{
    pcre2_set_match_limit(r->plain, first_limit(text.n));
    if (!regex->jit)
        return result(match(r, regex->plain, text, r->plain));
    return result(match_quickly(r, regex->plain, text));
}

enum rf_match_result rf_regex_run(struct rf_regex_runner *r, struct rf_regex *regex,
                                  struct rf_str text, uint64_t *budget, size_t *begin,
                                  size_t *end)
{
    enum rf_match_result res;
    if (!text.p)
        text = RF_STR("");
    if (!rf_regex_charge(budget, text.n))
        return RF_MATCH_LIMIT;
    if (text.n > RF_BUDGET_FIRST) {
        res = run_long(r, regex, text, budget);
    } else {
        res = run_first(r, regex, text);
        if (res == RF_MATCH_LIMIT && charge(budget, LIMIT_FIRST))
            res = run_long(r, regex, text, budget);
    }
    if (res == RF_MATCH_YES) {
        const PCRE2_SIZE *o = pcre2_get_ovector_pointer(r->data);
        *begin = o[0] < o[1] ? o[0] : o[1]; /* \K in a look-ahead may swap them */
        *end = o[0] < o[1] ? o[1] : o[0];
    }
    return res;
}
