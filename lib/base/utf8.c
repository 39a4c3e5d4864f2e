#include "lib/base/utf8.h"

#include <unicode/uchar.h>

uint32_t rf_utf8_decode(const char *s, size_t n, size_t *len)
{
    const unsigned char *p = (const unsigned char *)s;
    unsigned char c = p[0];
    *len = 1;
    if (c < 0x80)
        return c;
    unsigned lo = 0x80, hi = 0xbf;
    size_t need;
    uint32_t v;
    if (c >= 0xc2 && c <= 0xdf) {
        need = 1;
        v = c & 0x1f;
    } else if (c >= 0xe0 && c <= 0xef) {
        need = 2;
        v = c & 0x0f;
        lo = c == 0xe0 ? 0xa0 : 0x80;
        hi = c == 0xed ? 0x9f : 0xbf;
    } else if (c >= 0xf0 && c <= 0xf4) {
        need = 3;
        v = c & 0x07;
        lo = c == 0xf0 ? 0x90 : 0x80;
        hi = c == 0xf4 ? 0x8f : 0xbf;
    } else {
        return 0xfffd;
    }
    for (size_t i = 1; i <= need; i++) {
        if (i >= n || p[i] < lo || p[i] > hi)
            return 0xfffd;
        v = v << 6 | (p[i] & 0x3f);
        *len = i + 1;
        lo = 0x80;
        hi = 0xbf;
    }
    return v;
}

size_t rf_utf8_encode(uint32_t c, char *out)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

/* Whether the decode of `len` bytes that gave c was of an ill-formed part. */
static bool ill_formed(uint32_t c, const char *p, size_t len)
{
    return c == 0xfffd && !(len == 3 && memcmp(p, "\xef\xbf\xbd", 3) == 0);
}

bool rf_utf8_valid(struct rf_str s)
{
    for (size_t i = 0, len; i < s.n; i += len) {
        uint32_t c = rf_utf8_decode(s.p + i, s.n - i, &len);
        if (ill_formed(c, s.p + i, len))
            return false;
    }
    return true;
}

size_t rf_utf8_repair(struct rf_str s, struct rf_buf *b)
{
    size_t repairs = 0, start = 0;
    for (size_t i = 0, len; i < s.n; i += len) {
        uint32_t c = rf_utf8_decode(s.p + i, s.n - i, &len);
        if (!ill_formed(c, s.p + i, len))
            continue;
        rf_buf_add(b, s.p + start, i - start);
        rf_buf_addz(b, "\xef\xbf\xbd");
        start = i + len;
        repairs++;
    }
    rf_buf_add(b, s.p + start, s.n - start);
    return repairs;
}

size_t rf_utf8_count(struct rf_str s)
{
    size_t n = 0;
    for (size_t i = 0, len; i < s.n; i += len) {
        rf_utf8_decode(s.p + i, s.n - i, &len);
        n++;
    }
    return n;
}

int rf_utf8_width(uint32_t c)
{
    int type = u_charType((UChar32)c);
    if (type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK || type == U_FORMAT_CHAR ||
        type == U_CONTROL_CHAR)
        return 0;
    int w = u_getIntPropertyValue((UChar32)c, UCHAR_EAST_ASIAN_WIDTH);
    return w == U_EA_WIDE || w == U_EA_FULLWIDTH ? 2 : 1;
}
