/* Positions inside scalars: walks the source and the value side by side. */
#include "lib/rule/yaml.h"

struct walk {
    struct rf_str text;
    size_t at, end; /* in the source */
};

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Bytes that the escape at p (behind the backslash) takes and gives in UTF-8. */
static size_t escape(const char *p, size_t n, size_t *gives)
{
    static const char digits[] = "xuU";
    static const size_t lengths[] = {2, 4, 8};
    *gives = 1;
    const char *d = n && *p ? strchr(digits, *p) : NULL;
    if (!d)
        return 1 + (n && (*p == '_' || *p == 'N' || *p == 'L' || *p == 'P')
                        ? (*gives = *p == 'L' || *p == 'P' ? 3 : 2, 0u)
                        : 0u);
    size_t len = lengths[d - digits];
    uint32_t c = 0;
    for (size_t i = 1; i <= len && i < n; i++)
        c = c * 16 + (uint32_t)(p[i] <= '9' ? p[i] - '0' : (p[i] | 32) - 'a' + 10);
    *gives = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    return 1 + len;
}

/* Past the blanks of a line fold that stands for one blank of the value. */
static void fold(struct walk *w)
{
    while (w->at < w->end && blank(w->text.p[w->at]))
        w->at++;
}

/* Past what gives the value's next byte or bytes; how many those are, 0 when lost. */
static size_t step(struct walk *w, enum rf_yaml_style style, char want)
{
    if (w->at >= w->end)
        return 0;
    const char *p = w->text.p + w->at;
    size_t left = w->end - w->at, gives = 1;
    if (style == RF_YAML_DOUBLE && *p == '\\') {
        if (left > 1 && (p[1] == '\n' || p[1] == '\r')) {
            w->at++;
            fold(w);
            return step(w, style, want);
        }
        w->at += 1 + escape(p + 1, left - 1, &gives);
        return gives;
    }
    if (style == RF_YAML_SINGLE && *p == '\'') {
        w->at += 2;
        return 1;
    }
    if (*p == want && *p != '\n') {
        w->at++;
        return 1;
    }
    if (!blank(*p))
        return 0;
    fold(w);
    if (blank(want))
        return 1;
    return step(w, style, want);
}

uint32_t rf_yaml_offset(const struct rf_yaml_node *scalar, struct rf_str text, size_t at)
{
    struct walk w = {text, scalar->begin, scalar->end};
    if (scalar->kind != RF_YAML_SCALAR || w.end > text.n)
        return scalar->begin;
    if (scalar->style == RF_YAML_SINGLE || scalar->style == RF_YAML_DOUBLE) {
        w.at++;
        w.end--;
    } else if (scalar->style != RF_YAML_PLAIN) {
        while (w.at < w.end && text.p[w.at] != '\n')
            w.at++;
        fold(&w);
    }
    for (size_t i = 0; i < at && i < scalar->s.n;) {
        size_t gave = step(&w, scalar->style, scalar->s.p[i]);
        if (gave == 0)
            return scalar->begin;
        i += gave;
        if (i > at)
            break;
    }
    return (uint32_t)w.at;
}
