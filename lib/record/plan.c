#include "lib/record/plan.h"

#include <stdlib.h>
#include <strings.h>

/* One state of the shared automata: successors by digit, and what is known of a number
 * that ends here: region << 4 | type, or 1 for a plain match. */
struct state {
    uint16_t next[10];
    uint16_t label;
    uint16_t same; /* the state that any n_same digits lead to */
    uint8_t n_same;
};

/* A way through a prefix pattern: n digit sets, two groups inside. */
struct prefix {
    uint16_t sets; /* first of its sets */
    uint8_t n;
    bool at_end; /* matches only a number that ends with it */
    uint8_t group[2], group_n[2];
};

struct prefix_list {
    uint16_t first, n;   /* in order of preference */
    uint16_t second[10]; /* by first digit, bit d: one may go on with d */
};

struct code {
    uint16_t calling_code;
    uint16_t root; /* state: region and type of a national number */
    uint16_t main; /* plan */
};

struct rf_plan {
    char iso[3];           /* "" for a non-geographic code */
    char trunk[4];         /* "0" */
    char transform[8];     /* replaces a national prefix: "9$1" */
    uint16_t calling_code; /* 86 */
    uint16_t code;         /* its index */
    uint16_t general;      /* state: whether a national number looks like one */
    uint16_t areas;        /* state: whether digits are an area code */
    uint32_t lengths;      /* bit n: n digits may be a complete national number */
    uint32_t local;        /* bit n: n digits can be dialed in an area only */
    struct prefix_list idd, national;
    uint8_t groups; /* of the national prefix pattern */
    uint16_t emergency, n_emergency;
};

#include "plan.inc"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define MIN_NATIONAL 2 /* digits, as libphonenumber has it */
#define MAX_NATIONAL 17
#define LEAST_INTERNATIONAL 6 /* of a possible number, calling code included */

static const char *const type_names[RF_TYPE_COUNT] = {
    "mobile",    "fixed", "voip",         "toll_free", "premium", "shared_cost",
    "satellite", "short", "alphanumeric", "emergency", "invalid",
};

/* In the order of gen_plan's enum Type. */
static const uint16_t label_types[16] = {
    0,
    RF_TYPE_FIXED,
    RF_TYPE_MOBILE,
    RF_TYPE_FIXED | RF_TYPE_MOBILE,
    RF_TYPE_TOLL_FREE,
    RF_TYPE_PREMIUM,
    RF_TYPE_SHARED_COST,
    RF_TYPE_VOIP,
    0,
};

const char *rf_addr_type_name(unsigned i)
{
    return type_names[i];
}

static int compare_iso(const void *key, const void *plan)
{
    return strcasecmp(key, ((const struct rf_plan *)plan)->iso);
}

const struct rf_plan *rf_plan_find(struct rf_str iso)
{
    if (iso.n != 2 || !iso.p[0] || !iso.p[1])
        return NULL;
    char key[3] = {iso.p[0], iso.p[1], '\0'};
    /* Plans stand in order of their codes, the non-geographic "001" first. */
    return bsearch(key, plans, COUNT(plans), sizeof plans[0], compare_iso);
}

const char *rf_plan_iso(const struct rf_plan *p)
{
    return p->iso;
}

unsigned rf_plan_calling_code(const struct rf_plan *p)
{
    return p->calling_code;
}

const char *rf_plan_trunk(const struct rf_plan *p)
{
    return p->trunk;
}

const char *rf_plan_emergency(const struct rf_plan *p, unsigned i)
{
    return i < p->n_emergency ? emergency[p->emergency + i] : NULL;
}

/* The label of the state that the digits lead to. */
static inline unsigned walk(unsigned from, struct rf_str s)
{
    const struct state *at = &states[from];
    for (size_t i = 0; i < s.n;) {
        size_t n = at->n_same;
        if (n > 0 && n <= s.n - i) {
            at = &states[at->same];
            i += n;
        } else {
            at = &states[at->next[s.p[i++] - '0']];
        }
    }
    return at->label;
}

static inline const struct prefix *find_prefix(const struct prefix_list *list,
                                               struct rf_str s)
{
    if (s.n == 0 || (s.n > 1 && !(list->second[s.p[0] - '0'] >> (s.p[1] - '0') & 1)))
        return NULL;
    for (unsigned i = 0; i < list->n; i++) {
        const struct prefix *p = &prefixes[list->first + i];
        if (s.n < p->n || (p->at_end && s.n > p->n))
            continue;
        unsigned k = 0;
        while (k < p->n && (sets[p->sets + k] >> (s.p[k] - '0') & 1))
            k++;
        if (k == p->n)
            return p;
    }
    return NULL;
}

int rf_plan_strip_idd(const struct rf_plan *home, struct rf_str digits)
{
    const struct prefix *p = find_prefix(&home->idd, digits);
    if (!p || (digits.n > p->n && digits.p[p->n] == '0'))
        return -1;
    return p->n;
}

int rf_plan_strip_national(const struct rf_plan *home, struct rf_str digits)
{
    const struct prefix *p = find_prefix(&home->national, digits);
    return p && !p->at_end ? p->n : -1;
}

/* s with its prefix p replaced by the plan's transform, written to buf. */
static struct rf_str transform(const struct rf_plan *plan, const struct prefix *p,
                               struct rf_str s, char buf[RF_PLAN_DIGITS])
{
    size_t n = 0;
    for (const char *t = plan->transform; *t; t++) {
        if (*t != '$') {
            buf[n++] = *t;
            continue;
        }
        unsigned g = (unsigned)(*++t - '1');
        memcpy(buf + n, s.p + p->group[g], p->group_n[g]);
        n += p->group_n[g];
    }
    memcpy(buf + n, s.p + p->n, s.n - p->n);
    return rf_str(buf, n + s.n - p->n);
}

/* Takes a national prefix and carrier code off, unless that would spoil a number that
 * looks right as it is. A transformed number lies in buf. */
static inline struct rf_str strip_national(const struct rf_plan *plan, struct rf_str s,
                                           char buf[RF_PLAN_DIGITS])
{
    const struct prefix *p = find_prefix(&plan->national, s);
    if (!p)
        return s;
    unsigned captured = plan->groups ? p->group_n[plan->groups > 1] : 0;
    struct rf_str rest =
        plan->transform[0] && captured ? transform(plan, p, s, buf) : rf_str_sub(s, p->n);
    return walk(plan->general, s) && !walk(plan->general, rest) ? s : rest;
}

enum length { LENGTH_FITS, LENGTH_LOCAL, LENGTH_SHORT, LENGTH_LONG, LENGTH_NONE };

static inline enum length length_in(const struct rf_plan *p, size_t n)
{
    uint32_t bit = n < 32 ? (uint32_t)1 << n : 0;
    if (p->lengths == 0)
        return LENGTH_NONE;
    if (p->local & bit)
        return LENGTH_LOCAL;
    if (p->lengths & bit)
        return LENGTH_FITS;
    if (!bit || p->lengths < bit)
        return LENGTH_LONG;
    return p->lengths & (bit - 1) ? LENGTH_NONE : LENGTH_SHORT;
}

/* Takes the calling code off s; NULL where it begins with none. */
static inline const struct code *take_code(struct rf_str *s)
{
    unsigned value = 0;
    if (s->n == 0 || s->p[0] == '0')
        return NULL;
    for (size_t i = 0; i < 3 && i < s->n; i++) {
        value = value * 10 + (unsigned)(s->p[i] - '0');
        if (code_of[value]) {
            *s = rf_str_sub(*s, i + 1);
            return &codes[code_of[value] - 1];
        }
    }
    return NULL;
}

/* Home's own calling code written without "+": taken off only where the number makes more
 * sense without it. */
static const struct code *take_home_code(const struct rf_plan *home, struct rf_str *s,
                                         char buf[RF_PLAN_DIGITS])
{
    struct rf_str rest = *s;
    if (take_code(&rest) != &codes[home->code])
        return NULL;
    rest = strip_national(home, rest, buf);
    bool better = !walk(home->general, *s) && walk(home->general, rest);
    if (!better && length_in(home, s->n) != LENGTH_LONG)
        return NULL;
    *s = rest;
    return &codes[home->code];
}

enum extract { EXTRACTED, TOO_SHORT, NO_SUCH_CODE };

static inline enum extract extract_code(const struct rf_plan *home, bool plus,
                                        struct rf_str *s, const struct code **code,
                                        char buf[RF_PLAN_DIGITS])
{
    int idd = plus || !home ? -1 : rf_plan_strip_idd(home, *s);
    *code = NULL;
    if (idd >= 0)
        *s = rf_str_sub(*s, (size_t)idd);
    if (plus || idd >= 0) {
        if (s->n <= MIN_NATIONAL)
            return TOO_SHORT;
        *code = take_code(s);
        return *code ? EXTRACTED : NO_SUCH_CODE;
    }
    if (home)
        *code = take_home_code(home, s, buf);
    return EXTRACTED;
}

static bool is_satellite(unsigned calling_code, struct rf_str national)
{
    return calling_code == 870 || calling_code == 881 ||
           (calling_code == 882 && (rf_str_starts(national, RF_STR("13")) ||
                                    rf_str_starts(national, RF_STR("16"))));
}

static void classify(const struct code *code, struct rf_str national,
                     struct rf_plan_number *out)
{
    unsigned label = walk(code->root, national);
    const char *iso = plans[label >> 4].iso;
    out->calling_code = code->calling_code;
    out->national = national;
    out->valid = (label & 15) != 0;
    out->types = label_types[label & 15];
    if (out->valid && is_satellite(code->calling_code, national))
        out->types = RF_TYPE_SATELLITE;
    memcpy(out->country, iso, 2);
}

bool rf_plan_parse(const struct rf_plan *home, struct rf_str digits, bool plus,
                   char buf[RF_PLAN_DIGITS], struct rf_plan_number *out)
{
    const struct code *code;
    char first[RF_PLAN_DIGITS];
    struct rf_str s = digits;
    if (s.n < MIN_NATIONAL || s.n > RF_PLAN_MAX_INPUT || (!home && !plus))
        return false;
    enum extract e = extract_code(home, plus, &s, &code, first);
    if (e == NO_SUCH_CODE && plus) { /* once more without the "+" */
        s = digits;
        extract_code(home, false, &s, &code, first);
        if (!code)
            return false;
    } else if (e != EXTRACTED) {
        return false;
    }
    if (s.n < MIN_NATIONAL)
        return false;
    const struct rf_plan *plan = code ? &plans[code->main] : home;
    struct rf_str rest = strip_national(plan, s, buf);
    enum length length = length_in(plan, rest.n);
    if (length == LENGTH_FITS || length == LENGTH_LONG)
        s = rest;
    if (s.n < MIN_NATIONAL || s.n > MAX_NATIONAL)
        return false;
    if (s.p >= first && s.p < first + sizeof first) { /* the first step transformed it */
        memmove(buf, s.p, s.n);
        s.p = buf;
    }
    classify(code ? code : &codes[plan->code], s, out);
    return true;
}

/* A calling code leads the digits, and no national prefix follows that a parse could take
 * off: what it then finds, valid or not, is these digits again. */
bool rf_plan_settled(struct rf_str digits)
{
    const struct code *code = take_code(&digits);
    return code && !find_prefix(&plans[code->main].national, digits);
}

void rf_plan_country(struct rf_str digits, char country[2])
{
    char buf[RF_PLAN_DIGITS];
    struct rf_plan_number n;
    memset(country, 0, 2);
    if (rf_plan_parse(NULL, digits, true, buf, &n)) {
        memcpy(country, n.country, 2);
        return;
    }
    const struct code *code = take_code(&digits);
    if (code)
        memcpy(country, plans[walk(code->root, digits) >> 4].iso, 2);
}

bool rf_plan_has_area(const struct rf_plan *home, struct rf_str area)
{
    return walk(home->areas, area) != 0;
}

unsigned rf_plan_least(const struct rf_plan *home)
{
    if (home->lengths == 0)
        return 0;
    unsigned least = (unsigned)__builtin_ctz(home->lengths);
    for (const char *t = home->transform; *t; t++)
        if (*t == '$')
            t++;
        else
            least--; /* written for what was not dialed */
    for (unsigned i = 0; i < home->idd.n; i++) {
        unsigned abroad = prefixes[home->idd.first + i].n + LEAST_INTERNATIONAL;
        least = abroad < least ? abroad : least;
    }
    return least;
}

bool rf_plan_possible(const struct rf_plan_number *n)
{
    const struct code *code = &codes[code_of[n->calling_code] - 1];
    return length_in(&plans[code->main], n->national.n) == LENGTH_FITS;
}
