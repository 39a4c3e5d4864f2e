/* Reading a host in a text, in which its dots may be disguised and nothing need stand
 * between it and the next sentence. */
#include "lib/text/find_host.h"

#include "lib/text/prop.h"

enum { SPACES = 3, PERCENT_BYTES = 3 };

/* A character of a label: its bytes in the raw text, and what is written for it. */
struct letter {
    size_t len, n;
    char bytes[RF_UTF8_MAX];
    bool ascii, no_edge;
};

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

bool rf_find_more_url(struct rf_str raw, size_t at)
{
    if (at >= raw.n)
        return false;
    char c = raw.p[at];
    if (c == ':')
        return at + 1 < raw.n && raw.p[at + 1] >= '0' && raw.p[at + 1] <= '9';
    return c == '/' || c == '?' || c == '#';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that "%hh" at raw offset i stands for, -1 if there is none. */
static int percent(const struct rf_host_reader *r, size_t i)
{
    if (r->place == RF_HOST_BARE || i + PERCENT_BYTES > r->raw.n || r->raw.p[i] != '%')
        return -1;
    int hi = hex_digit(r->raw.p[i + 1]), lo = hex_digit(r->raw.p[i + 2]);
    return hi < 0 || lo < 0 ? -1 : hi * 16 + lo;
}

static bool read_percent(const struct rf_host_reader *r, size_t i, struct letter *l)
{
    int c = percent(r, i);
    if (c < 0 || (c < 0x80 && !is_alnum((char)c) && c != '-' && c != '_'))
        return false;
    l->len = PERCENT_BYTES;
    l->n = c < 0x80 ? 1 : PERCENT_BYTES; /* the rest is for rf_host_normalize */
    memcpy(l->bytes, r->raw.p + i, PERCENT_BYTES);
    if (c < 0x80)
        l->bytes[0] = (char)c;
    return true;
}

/* The letter at raw offset i; false if none stands there. */
static bool read_letter(const struct rf_host_reader *r, size_t i, struct letter *l)
{
    if (i >= r->raw.n)
        return false;
    char c = r->raw.p[i];
    l->ascii = true;
    l->no_edge = false;
    l->len = l->n = 1;
    l->bytes[0] = c;
    if ((signed char)c >= 0)
        return is_alnum(c) || c == '-' || c == '_' || read_percent(r, i, l);
    if (r->place == RF_HOST_BARE)
        return false;
    uint32_t prop = rf_text_prop(rf_text_next(r->raw.p + i, r->raw.n - i, &l->len));
    enum rf_class class = rf_prop_class(prop);
    l->ascii = false;
    l->no_edge = prop & RF_PROP_NO_EDGE;
    l->n = l->len;
    memcpy(l->bytes, r->raw.p + i, l->len);
    return class == RF_CLASS_LETTER || class == RF_CLASS_MARK || class == RF_CLASS_DIGIT;
}

/* How many letters and digits of ASCII stand at raw offset i, as far as `most`. */
static size_t alnum_run(struct rf_str raw, size_t i, size_t most)
{
    size_t n = 0;
    while (n < most && i + n < raw.n && is_alnum(raw.p[i + n]))
        n++;
    return n;
}

/* Take n of them over. */
static void take_run(struct rf_host_reader *r, size_t n)
{
    memcpy(r->out->text + r->out->n, r->raw.p + r->now.raw, n);
    r->now.text = r->out->n += n;
    r->now.raw += n;
}

static void add_end(struct rf_host_reader *r)
{
    if (r->n < RF_HOST_ENDS)
        r->ends[r->n++] = r->now;
}

/* Read a label; false if none stands here. */
static bool read_label(struct rf_host_reader *r)
{
    struct rf_host_end *now = &r->now;
    size_t begin = now->raw;
    struct letter l;
    now->ascii = true;
    r->label = now->text;
    r->hyphen = *now;
    for (;;) {
        size_t room = RF_HOST_SPELLED_BYTES - 2;
        room = r->out->n < room ? room - r->out->n : 0;
        size_t run = alnum_run(r->raw, now->raw, room + 1);
        take_run(r, run < room ? run : room);
        if (run > room)
            return false;
        if (!read_letter(r, now->raw, &l))
            break;
        if (r->out->n + l.n + 1 >= RF_HOST_SPELLED_BYTES)
            return false;
        if (!l.ascii && now->ascii) {
            if (now->raw > begin)
                add_end(r);
            now->ascii = now->firm = false;
        }
        now->tight = now->tight && !l.no_edge;
        if ((l.bytes[0] == '-' || l.bytes[0] == '_') && r->hyphen.text == r->label)
            r->hyphen = *now;
        memcpy(r->out->text + r->out->n, l.bytes, l.n);
        now->text = r->out->n += l.n;
        now->raw += l.len;
    }
    if (now->raw > begin)
        add_end(r);
    return now->raw > begin;
}

/* What stands for a dot at raw offset i; *len gets its bytes. */
static enum rf_dot dot_here(const struct rf_host_reader *r, size_t i, size_t *len)
{
    static const char *const full[] = {"。", "．", "｡"};
    struct rf_str rest = rf_str_sub(r->raw, i);
    *len = 1;
    if (rf_str_starts(rest, RF_STR(".")))
        return RF_DOT_FIRM;
    *len = 3;
    if (rf_str_starts(rest, RF_STR("[.]")) || rf_str_starts(rest, RF_STR("(.)")) ||
        percent(r, i) == '.')
        return RF_DOT_FIRM;
    for (size_t k = 0; k < sizeof full / sizeof *full; k++)
        if (r->place != RF_HOST_BARE && rf_str_starts(rest, rf_str_of(full[k])))
            return RF_DOT_FULL;
    return RF_DOT_NONE;
}

static size_t skip_spaces(const struct rf_host_reader *r, size_t i)
{
    size_t max = r->place == RF_HOST_BARE ? i : i + SPACES;
    while (i < max && i < r->raw.n && r->raw.p[i] == ' ')
        i++;
    return i;
}

/* Read a dot that a label follows. */
static bool read_dot(struct rf_host_reader *r)
{
    struct letter l;
    struct rf_host_end *now = &r->now;
    size_t before = skip_spaces(r, now->raw), len;
    enum rf_dot dot = dot_here(r, before, &len);
    size_t after = skip_spaces(r, before + len);
    if (dot == RF_DOT_NONE || !read_letter(r, after, &l))
        return false;
    if (after - now->raw > len)
        dot = RF_DOT_SPACED;
    now->dot = dot;
    now->spaced = now->spaced || dot == RF_DOT_SPACED;
    now->firm = now->firm && dot == RF_DOT_FIRM;
    now->tight = now->tight && dot != RF_DOT_SPACED;
    r->out->text[r->out->n++] = '.';
    now->text = r->out->n;
    now->raw = after;
    return true;
}

/* No top-level domain has a hyphen (but "xn--") or underscore: there the next sentence
 * may begin, or a mark of emphasis stand. */
static void split_last_label(struct rf_host_reader *r)
{
    r->split = -1;
    if (r->n == 0 || r->n == RF_HOST_ENDS || r->hyphen.text <= r->label)
        return;
    struct rf_host_end last = r->ends[r->n - 1];
    struct rf_str label = rf_str(r->out->text + r->label, last.text - r->label);
    if (r->hyphen.text >= last.text || rf_str_starts(label, RF_STR("xn--")))
        return;
    r->split = r->n - 1;
    r->ends[r->n - 1] = r->hyphen;
    r->ends[r->n++] = last;
}

bool rf_find_host(struct rf_arena *a, struct rf_str raw, size_t at,
                  enum rf_host_place place, struct rf_host_spelled *out, size_t *past)
{
    struct rf_host_reader r; /* large: not cleared as a whole */
    r.raw = raw;
    r.place = place;
    r.out = out;
    r.n = 0;
    r.normalized = NULL;
    r.now = (struct rf_host_end){.raw = at, .firm = true, .tight = true};
    out->n = 0;
    while (read_label(&r) && r.n < RF_HOST_ENDS && read_dot(&r))
        ;
    split_last_label(&r);
    *past = r.now.raw;
    const struct rf_host_end *e = rf_find_end(a, &r);
    if (!e)
        return false;
    out->n = e->text;
    out->end = e->raw;
    if (e->raw < raw.n && raw.p[e->raw] == '.' && rf_find_more_url(raw, e->raw + 1) &&
        raw.p[e->raw + 1] != '?')
        out->end++; /* the final dot of a name, not of a sentence */
    return true;
}
