/* One entry of a list, by type: what it means and how it is kept. Cold. */
#include "lib/base/utf8.h"
#include "lib/match/list_internal.h"
#include "lib/record/host.h"
#include "lib/text/fold.h"

#define OK ((struct rf_list_error){0})
#define BAD(code, message, hint) ((struct rf_list_error){code, message, hint})

static bool all_digits(struct rf_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > 0;
}

/* Digits of a normalized number, without the "+". */
static struct rf_str digits_of(const struct rf_addr *addr)
{
    return addr->form == RF_ADDR_E164 ? rf_str_sub(addr->norm, 1) : addr->norm;
}

/* A text that is its own key. */
static void insert_text(struct rf_list_builder *b, struct rf_str text, uint32_t line,
                        uint32_t meta)
{
    rf_list_add_slot(b, RF_TABLE_KEYS, text, rf_list_add_text(b, text, line, meta));
}

static void insert_address(struct rf_list_builder *b, const struct rf_addr *addr,
                           uint32_t line, uint32_t meta)
{
    struct rf_str digits = digits_of(addr);
    if (addr->form == RF_ADDR_ALPHA || digits.n > RF_NUMBERS_DIGITS) {
        insert_text(b, addr->norm, line, meta);
        return;
    }
    rf_list_add_key(b,
                    rf_number_key(addr->form == RF_ADDR_SHORT, rf_number_value(digits),
                                  (unsigned)digits.n),
                    line, meta);
}

static void add_interval(struct rf_interval_draft **v, uint32_t *n, int64_t begin,
                         int64_t end, uint32_t line, uint32_t meta)
{
    *v = rf_list_grow(*v, *n, sizeof **v);
    (*v)[(*n)++] = (struct rf_interval_draft){begin, end, line, meta};
}

/* The digits of a prefix or of an end of a range; *is_short tells their form. */
static struct rf_str plain_number(struct rf_list_builder *b, struct rf_str s,
                                  bool *is_short)
{
    char *p = rf_arena_alloc(&b->scratch, s.n + 1);
    size_t n = 0;
    bool plus = s.n && s.p[0] == '+';
    for (size_t i = plus; i < s.n; i++)
        if (!memchr(" -().", s.p[i], 5))
            p[n++] = s.p[i];
    struct rf_str digits = rf_str(p, n);
    if (!all_digits(digits) || n > RF_NUMBERS_DIGITS)
        return rf_str("", 0);
    int idd = plus || !b->home ? -1 : rf_plan_strip_idd(b->home, digits);
    if (idd >= 0 && n > (size_t)idd)
        digits = rf_str_sub(digits, (size_t)idd);
    *is_short = !plus && idd < 0;
    return digits;
}

static struct rf_list_error insert_prefix(struct rf_list_builder *b, struct rf_str s,
                                          uint32_t line, uint32_t meta)
{
    bool is_short;
    struct rf_str digits = plain_number(b, s, &is_short);
    if (!digits.n)
        return BAD("RF301", "not the beginning of a number",
                   "a prefix is up to 17 digits: +86138* or 106*");
    int64_t key = rf_prefix_key(is_short, rf_number_value(digits), (unsigned)digits.n);
    add_interval(&b->prefixes, &b->n_prefixes, key, rf_prefix_end(key), line, meta);
    return OK;
}

/* Where the "-" of a range stands: before a "+", or between digits of equal length. 0:
 * this is no range. */
static size_t range_border(struct rf_str s)
{
    const char *dash = memchr(s.p, '-', s.n);
    if (s.p[0] != '+' && (s.p[0] < '0' || s.p[0] > '9'))
        return 0;
    for (size_t i = 1; i + 1 < s.n; i++)
        if (s.p[i] == '-' && s.p[i + 1] == '+')
            return i;
    if (!dash || memchr(dash + 1, '-', s.n - (size_t)(dash + 1 - s.p)))
        return 0;
    size_t at = (size_t)(dash - s.p);
    return at >= 5 && s.n == 2 * at + 1 && all_digits(rf_str(s.p, at)) ? at : 0;
}

static struct rf_list_error insert_range(struct rf_list_builder *b, struct rf_str s,
                                         size_t border, uint32_t line, uint32_t meta)
{
    bool short_lo = false, short_hi = false;
    struct rf_str lo = plain_number(b, rf_str(s.p, border), &short_lo);
    struct rf_str hi = plain_number(b, rf_str_sub(s, border + 1), &short_hi);
    if (!lo.n || !hi.n)
        return BAD("RF302", "not a range of numbers",
                   "write +8613800000000-+8613809999999");
    if (lo.n != hi.n || short_lo != short_hi)
        return BAD("RF302", "the ends of a range must have the same length", NULL);
    if (rf_str_cmp(lo, hi) > 0)
        return BAD("RF302", "the range ends before it begins", NULL);
    unsigned n = (unsigned)lo.n;
    add_interval(&b->ranges, &b->n_ranges,
                 rf_number_key(short_lo, rf_number_value(lo), n),
                 rf_number_key(short_lo, rf_number_value(hi), n), line, meta);
    return OK;
}

static struct rf_list_error insert_number(struct rf_list_builder *b, struct rf_str s,
                                          uint32_t line, uint32_t meta)
{
    struct rf_addr addr;
    size_t border = range_border(s);
    if (s.p[s.n - 1] == '*')
        return insert_prefix(b, rf_str(s.p, s.n - 1), line, meta);
    if (border)
        return insert_range(b, s, border, line, meta);
    rf_addr_normalize(&b->scratch, b->home, s, -1, &addr);
    if (addr.form == RF_ADDR_NONE)
        return BAD("RF301", "not a number", NULL);
    if (addr.form == RF_ADDR_ALPHA && b->type == RF_LIST_NUMBERS)
        return BAD("RF301", "not a number", "a list of type senders takes names too");
    insert_address(b, &addr, line, meta);
    return OK;
}

/* The header's `depths` bit of a host name. */
static uint64_t depth_bit(struct rf_str name)
{
    unsigned labels = 1;
    for (size_t i = 0; i < name.n; i++)
        labels += name.p[i] == '.';
    return UINT64_C(1) << (labels < 64 ? labels - 1 : 63);
}

static struct rf_list_error insert_host(struct rf_list_builder *b, struct rf_str s,
                                        uint32_t line, uint32_t meta)
{
    struct rf_host host;
    bool alone = s.p[0] == '=';
    struct rf_str name = alone ? rf_str_sub(s, 1) : s;
    if (rf_str_starts(name, RF_STR("*.")) || rf_str_starts(name, RF_STR(".")))
        return BAD("RF303", "not a host name",
                   "example.com matches the host and all below it");
    if (name.n == 0 || memchr(name.p, '/', name.n) || memchr(name.p, '@', name.n) ||
        rf_host_normalize(&b->scratch, name, &host) != 0 || host.port)
        return BAD("RF303", "not a host name",
                   "write example.com, without scheme or path");
    struct rf_str text =
        rf_arena_printf(&b->scratch, "%s%.*s", alone ? "=" : "", RF_STR_FMT(host.name));
    uint32_t text_id = rf_list_add_text(b, text, line, meta);
    rf_list_add_slot(b, alone ? RF_TABLE_EXACT : RF_TABLE_KEYS, host.name, text_id);
    b->depths |= alone ? 0 : depth_bit(host.name);
    return OK;
}

static struct rf_list_error insert_string(struct rf_list_builder *b, struct rf_str s,
                                          uint32_t line, uint32_t meta)
{
    struct rf_str folded = rf_fold_value(&b->scratch, RF_FOLD_TEXT, s);
    if (b->type == RF_LIST_WORDS && folded.n == 0)
        return BAD("RF308", "nothing is left of this word after folding", NULL);
    uint32_t text = rf_list_add_text(b, s, line, meta);
    rf_list_add_slot(b, RF_TABLE_KEYS, s, text);
    if (folded.n)
        rf_list_add_slot(b, RF_TABLE_FOLDED, folded,
                         rf_str_eq(folded, s) ? text
                                              : rf_list_add_extra(b, folded, text));
    return OK;
}

#define MAX_SPELLINGS 3

/* What a member of a pair may be in the normal form of its field: itself, an address, a
 * host. The fields are not known here. Returns how many differ. */
static size_t spellings(struct rf_list_builder *b, struct rf_str s,
                        struct rf_str out[MAX_SPELLINGS])
{
    struct rf_addr addr;
    struct rf_host host;
    size_t n = 0;
    out[n++] = s;
    rf_addr_normalize(&b->scratch, b->home, s, -1, &addr);
    if (addr.norm.n && !rf_str_eq(addr.norm, s))
        out[n++] = addr.norm;
    if (memchr(s.p, '.', s.n) && rf_host_normalize(&b->scratch, s, &host) == 0 &&
        !rf_str_eq(host.name, s) && !rf_str_eq(host.name, addr.norm))
        out[n++] = host.name;
    return n;
}

static struct rf_list_error insert_pair(struct rf_list_builder *b, struct rf_str s,
                                        uint32_t line, uint32_t meta)
{
    struct rf_str firsts[MAX_SPELLINGS], seconds[MAX_SPELLINGS];
    const char *space = memchr(s.p, ' ', s.n);
    size_t at = space ? (size_t)(space - s.p) : 0;
    if (at == 0 || at + 1 == s.n || memchr(space + 1, ' ', s.n - at - 1))
        return BAD("RF304", "not a pair", "two entries with one space between");
    uint32_t text = rf_list_add_text(b, s, line, meta);
    size_t n = spellings(b, rf_str(s.p, at), firsts);
    size_t m = spellings(b, rf_str_sub(s, at + 1), seconds);
    for (size_t i = 0; i < n; i++) {
        rf_list_add_slot(b, RF_TABLE_FIRSTS, firsts[i],
                         rf_list_add_extra(b, firsts[i], text));
        for (size_t k = 0; k < m; k++) {
            struct rf_str key = rf_arena_printf(
                &b->scratch, "%.*s %.*s", RF_STR_FMT(firsts[i]), RF_STR_FMT(seconds[k]));
            rf_list_add_slot(b, RF_TABLE_KEYS, key,
                             i || k ? rf_list_add_extra(b, key, text) : text);
        }
    }
    return OK;
}

struct rf_list_error rf_list_insert(struct rf_list_builder *b, struct rf_str entry,
                                    uint32_t line, uint32_t meta)
{
    rf_arena_reset(&b->scratch);
    if (entry.n == 0)
        return BAD("RF308", "an empty entry", NULL);
    if (entry.n > RF_LIST_ENTRY_BYTES)
        return BAD("RF308", "an entry of more than 1024 bytes", NULL);
    if (!rf_utf8_valid(entry))
        return BAD("RF307", "not UTF-8", NULL);
    if (memchr(entry.p, '\0', entry.n))
        return BAD("RF308", "a NUL in an entry", NULL);
    switch (b->type) {
    case RF_LIST_NUMBERS:
    case RF_LIST_SENDERS:
        return insert_number(b, entry, line, meta);
    case RF_LIST_HOSTS:
        return insert_host(b, entry, line, meta);
    case RF_LIST_WORDS:
    case RF_LIST_STRINGS:
        return insert_string(b, entry, line, meta);
    case RF_LIST_PAIRS:
        break;
    }
    return insert_pair(b, entry, line, meta);
}
