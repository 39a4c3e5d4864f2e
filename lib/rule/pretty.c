#include "lib/rule/pretty.h"

#define LINE 90

/* Bytes from the bracket at s.p[at] to the one that closes it. */
static size_t extent(struct rf_str s, size_t at)
{
    int depth = 0;
    bool quoted = false;
    for (size_t i = at; i < s.n; i++) {
        char c = s.p[i];
        if (quoted) {
            i += c == '\\';
            quoted = c != '"';
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if ((c == '}' || c == ']') && --depth == 0) {
            return i + 1 - at;
        }
    }
    return s.n - at;
}

static void new_line(struct rf_buf *out, int depth)
{
    rf_buf_addc(out, '\n');
    for (int i = 0; i < 2 * depth; i++)
        rf_buf_addc(out, ' ');
}

/* A bracket that fits its line, with spaces after commas and colons. */
static void flat(struct rf_buf *out, struct rf_str s)
{
    bool quoted = false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        rf_buf_addc(out, c);
        if (quoted && c == '\\')
            rf_buf_addc(out, s.p[++i]);
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == ',' || c == ':'))
            rf_buf_addc(out, ' ');
    }
}

void rf_json_pretty(struct rf_buf *out, struct rf_str s)
{
    int depth = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '"') {
            size_t from = i++;
            while (s.p[i] != '"')
                i += s.p[i] == '\\' ? 2 : 1;
            rf_buf_add(out, s.p + from, i + 1 - from);
        } else if (c == '{' || c == '[') {
            size_t n = extent(s, i);
            if (n + 2 * (size_t)depth < LINE - 20) {
                flat(out, rf_str(s.p + i, n));
                i += n - 1;
                continue;
            }
            rf_buf_addc(out, c);
            new_line(out, ++depth);
        } else if (c == '}' || c == ']') {
            new_line(out, --depth);
            rf_buf_addc(out, c);
        } else {
            rf_buf_addc(out, c);
            if (c == ',')
                new_line(out, depth);
            else if (c == ':')
                rf_buf_addc(out, ' ');
        }
    }
    rf_buf_addc(out, '\n');
}
