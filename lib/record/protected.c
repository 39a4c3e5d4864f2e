#include "lib/record/protected.h"

#include <stdlib.h>

#include "lib/base/digits.h"

#define MAX_AREA 4            /* digits of an area code */
#define MAX_BEHIND_AREA 6     /* digits of a short number that may follow one */
#define MAX_SPELLING 20       /* digits of a spelling that may mean a short number */
#define MAX_SERVICE_CODE 3    /* digits between "*" and "#" */
#define CHINA 86              /* calling code */
#define SOS "urn:service:sos" /* RFC 5031 */
#define TAIL 3                /* digits at the end that tell most numbers apart */
#define TAILS 1000

struct rf_protected {
    const struct rf_plan *home;
    size_t n_emergency; /* of `numbers`, first */
    struct rf_str *numbers;
    size_t n;
    uint64_t tails[TAILS / 64 + 1]; /* a bit for the last digits of each number */
};

/* Where short numbers are looked for: the emergency numbers of home and, if not NULL,
 * those of a configuration. */
struct where {
    const struct rf_plan *home;
    const struct rf_protected *more;
};

static const char *emergency_at(const struct rf_plan *home, unsigned i)
{
    static const char *const anywhere[] = {"112", "911"};
    return home ? rf_plan_emergency(home, i) : i < 2 ? anywhere[i] : NULL;
}

static struct rf_str find_more(const struct rf_protected *p, struct rf_str norm)
{
    for (size_t i = p->n_emergency; i < p->n; i++)
        if (rf_str_eq(p->numbers[i], norm))
            return p->numbers[i];
    return rf_str("", 0);
}

static struct rf_str find_short(const struct where *w, struct rf_str digits)
{
    const char *number;
    if (digits.n == 0)
        return digits;
    for (unsigned i = 0; (number = emergency_at(w->home, i)); i++)
        if (rf_str_eqz(digits, number))
            return rf_str_of(number);
    return w->more ? find_more(w->more, digits) : rf_str("", 0);
}

static struct rf_str behind_area(const struct where *w, struct rf_str national)
{
    for (size_t k = 1; k <= MAX_AREA && k < national.n; k++) {
        struct rf_str rest = rf_str_sub(national, k), found;
        if (rest.n <= MAX_BEHIND_AREA &&
            rf_plan_has_area(w->home, rf_str(national.p, k)) &&
            (found = find_short(w, rest)).n)
            return found;
    }
    return rf_str("", 0);
}

/* A short number behind a trunk or carrier prefix, with or without an area code. */
static struct rf_str behind_prefix(const struct where *w, struct rf_str digits)
{
    struct rf_str found = rf_str("", 0), trunk = rf_str_of(rf_plan_trunk(w->home));
    int prefix = rf_plan_strip_national(w->home, digits);
    if (prefix > 0)
        found = find_short(w, rf_str_sub(digits, (size_t)prefix));
    if (!found.n && trunk.n && rf_str_starts(digits, trunk))
        found = behind_area(w, rf_str_sub(digits, trunk.n));
    return found;
}

static struct rf_str behind_code(const struct where *w, struct rf_str digits)
{
    struct rf_str found = rf_str("", 0);
    unsigned code = rf_plan_calling_code(w->home);
    size_t n = code >= 100 ? 3 : code >= 10 ? 2 : 1;
    unsigned value = 0;
    for (size_t i = 0; i < n && i < digits.n; i++)
        value = value * 10 + (unsigned)(digits.p[i] - '0');
    if (digits.n <= n || value != code)
        return found;
    struct rf_str rest = rf_str_sub(digits, n);
    if (!(found = find_short(w, rest)).n && !(found = behind_prefix(w, rest)).n)
        found = behind_area(w, rest);
    return found;
}

static bool is_valid(const struct where *w, struct rf_str digits, bool plus)
{
    char buf[RF_PLAN_DIGITS];
    struct rf_plan_number n;
    return rf_plan_parse(w->home, digits, plus, buf, &n) && n.valid;
}

/* The short number that such digits mean. */
static struct rf_str spelled(const struct where *w, struct rf_str digits, bool plus)
{
    struct rf_str found = find_short(w, digits), rest = digits;
    if (found.n && !plus)
        return found;
    if (digits.n > MAX_SPELLING || is_valid(w, digits, plus))
        return rf_str("", 0);
    if (found.n || !w->home)
        return found;
    int idd = plus ? -1 : rf_plan_strip_idd(w->home, digits);
    if (idd > 0) {
        rest = rf_str_sub(digits, (size_t)idd);
        if ((found = find_short(w, rest)).n)
            return found;
    }
    if (!(found = behind_code(w, rest)).n && !plus)
        found = behind_prefix(w, digits);
    return found;
}

/* What is dialed behind a service code: "*31#110" (hide my number), "#31#110". */
static struct rf_str behind_service_code(struct rf_str s)
{
    size_t i = 1;
    if (!s.n || (s.p[0] != '*' && s.p[0] != '#'))
        return s;
    while (i < s.n && i <= MAX_SERVICE_CODE && s.p[i] >= '0' && s.p[i] <= '9')
        i++;
    return i > 1 && i < s.n && s.p[i] == '#' ? rf_str_sub(s, i + 1) : s;
}

/* The user part of "tel:110;phone-context=+86", "sip:110@x", "110@x" and "110#". */
static struct rf_str user_part(struct rf_str s)
{
    static const char *const schemes[] = {"tel:", "sip:", "sips:"};
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
        if (rf_str_starts(s, rf_str_of(schemes[i]))) {
            s = rf_str_sub(s, strlen(schemes[i]));
            break;
        }
    for (size_t i = 0; i < s.n; i++)
        if (strchr("@;:?", s.p[i]) && s.p[i]) {
            s.n = i;
            break;
        }
    while (s.n && s.p[s.n - 1] == '#')
        s.n--;
    return behind_service_code(s);
}

static struct rf_str spelled_in_letters(const struct where *w, struct rf_str norm)
{
    if (rf_str_starts(norm, RF_STR(SOS)))
        return rf_str_of(emergency_at(w->home, 0));
    struct rf_str s = user_part(norm);
    bool plus = s.n && s.p[0] == '+';
    if (plus)
        s = rf_str_sub(s, 1);
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return rf_str("", 0);
    return spelled(w, s, plus);
}

/* In China area code and service number (010 96110) are a valid number of a length that
 * no subscriber has. */
static struct rf_str chinese_service(const struct where *w, struct rf_str norm)
{
    if (!w->home || rf_plan_calling_code(w->home) != CHINA ||
        !rf_str_starts(norm, RF_STR("+86")) || norm.n > 3 + MAX_AREA + MAX_BEHIND_AREA)
        return rf_str("", 0);
    return behind_area(w, rf_str_sub(norm, 3));
}

static struct rf_str meant(const struct where *w, const struct rf_addr *addr)
{
    switch (addr->form) {
    case RF_ADDR_SHORT:
        return spelled(w, addr->norm, false);
    case RF_ADDR_E164:
        if (!(addr->types & RF_TYPE_INVALID))
            return chinese_service(w, addr->norm);
        return spelled(w, rf_str_sub(addr->norm, 1), true);
    case RF_ADDR_ALPHA:
        return spelled_in_letters(w, addr->norm);
    case RF_ADDR_NONE:
        break;
    }
    return rf_str("", 0);
}

bool rf_addr_emergency(const struct rf_plan *home, const struct rf_addr *addr)
{
    return meant(&(struct where){.home = home}, addr).n > 0;
}

/* ---- which may be one ---- */

static unsigned tail_of(struct rf_str digits)
{
    return (unsigned)rf_digits_value(digits.p + digits.n - TAIL, TAIL);
}

/* A number that is not digits at its end is none that digits can mean. */
static void add_tail(struct rf_protected *p, struct rf_str number)
{
    struct rf_str digits = number;
    if (digits.n && digits.p[0] == '+')
        digits = rf_str_sub(digits, 1);
    if (rf_digits_run(digits) != digits.n)
        return;
    if (digits.n >= TAIL)
        p->tails[tail_of(digits) / 64] |= UINT64_C(1) << (tail_of(digits) % 64);
    else
        memset(p->tails, 0xff, sizeof p->tails); /* so short that any may end so */
}

bool rf_protected_may_mean(const struct rf_protected *p, struct rf_str raw)
{
    struct rf_str digits = rf_str_sub(raw, raw.n && raw.p[0] == '+');
    if (digits.n < TAIL || digits.n > MAX_SPELLING || rf_digits_run(digits) != digits.n)
        return true;
    unsigned tail = tail_of(digits);
    return p->tails[tail / 64] >> (tail % 64) & 1;
}

const struct rf_protected *rf_protected_new(struct rf_arena *a,
                                            const struct rf_plan *home,
                                            const struct rf_str *numbers, size_t n)
{
    struct rf_protected *p = RF_NEW(a, struct rf_protected);
    const char *number;
    p->home = home;
    while (emergency_at(home, (unsigned)p->n_emergency))
        p->n_emergency++;
    p->numbers = RF_NEW_ARRAY(a, struct rf_str, p->n_emergency + n);
    while ((number = emergency_at(home, (unsigned)p->n)))
        p->numbers[p->n++] = rf_str_of(number);
    for (size_t i = 0; i < n; i++) {
        struct rf_addr addr;
        rf_addr_normalize(a, home, numbers[i], -1, &addr);
        if (addr.norm.n && !find_short(&(struct where){home, p}, addr.norm).n)
            p->numbers[p->n++] = addr.norm;
    }
    for (size_t i = 0; i < p->n; i++)
        add_tail(p, p->numbers[i]);
    return p;
}

struct rf_str rf_protected_find(const struct rf_protected *p, const struct rf_addr *addr)
{
    struct rf_str found = find_more(p, addr->norm);
    return found.n ? found : meant(&(struct where){p->home, p}, addr);
}

struct rf_str rf_protected_at(const struct rf_protected *p, size_t i)
{
    return i < p->n ? p->numbers[i] : rf_str("", 0);
}
