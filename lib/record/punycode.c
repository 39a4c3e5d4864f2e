#include "lib/record/punycode.h"

/* RFC 3492, section 5. */
enum {
    BASE = 36,
    T_MIN = 1,
    T_MAX = 26,
    SKEW = 38,
    DAMP = 700,
    FIRST_BIAS = 72,
    FIRST_N = 0x80,
};

static uint32_t adapt(uint32_t delta, uint32_t points, bool first)
{
    uint32_t k = 0;
    delta = first ? delta / DAMP : delta / 2;
    delta += delta / points;
    for (; delta > (BASE - T_MIN) * T_MAX / 2; k += BASE)
        delta /= BASE - T_MIN;
    return k + (BASE - T_MIN + 1) * delta / (delta + SKEW);
}

static uint32_t threshold(uint32_t k, uint32_t bias)
{
    if (k <= bias)
        return T_MIN;
    return k - bias < T_MAX ? k - bias : T_MAX;
}

static int digit_of(char c)
{
    if (c >= 'a' && c <= 'z')
        return c - 'a';
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    return c >= '0' && c <= '9' ? c - '0' + 26 : -1;
}

/* Read one generalized variable-length integer at in.p[*at] and add it to i. */
static int read_delta(struct rf_str in, size_t *at, uint32_t bias, uint64_t *i)
{
    uint64_t w = 1;
    for (uint32_t k = BASE;; k += BASE) {
        int d = *at < in.n ? digit_of(in.p[(*at)++]) : -1;
        if (d < 0)
            return -1;
        *i += (uint64_t)d * w;
        uint32_t t = threshold(k, bias);
        if (*i > UINT32_MAX)
            return -1;
        if ((uint32_t)d < t)
            return 0;
        w *= BASE - t;
        if (w > UINT32_MAX)
            return -1;
    }
}

/* The bytes before the last hyphen stand for themselves; returns how many, or -1. */
static int read_basic(struct rf_str in, uint32_t *out, int max, size_t *at)
{
    size_t basic = in.n;
    while (basic > 0 && in.p[basic - 1] != '-')
        basic--;
    *at = basic;
    size_t n = basic ? basic - 1 : 0;
    if (n > (size_t)max)
        return -1;
    for (size_t i = 0; i < n; i++)
        out[i] = (unsigned char)in.p[i];
    return (int)n;
}

int rf_punycode_decode(struct rf_str in, uint32_t *out, int max)
{
    size_t at;
    int n = read_basic(in, out, max, &at);
    uint32_t c = FIRST_N, bias = FIRST_BIAS;
    uint64_t i = 0;
    while (n >= 0 && at < in.n) {
        uint64_t before = i;
        if (n == max || read_delta(in, &at, bias, &i) != 0)
            return -1;
        bias = adapt((uint32_t)(i - before), (uint32_t)n + 1, before == 0);
        c += (uint32_t)(i / ((uint32_t)n + 1));
        i %= (uint32_t)n + 1;
        if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
            return -1;
        memmove(out + i + 1, out + i, ((size_t)n - i) * sizeof *out);
        out[i++] = c;
        n++;
    }
    return n;
}

struct writer {
    char *p;
    int n, max;
};

static void write_byte(struct writer *w, char c)
{
    if (w->n < w->max)
        w->p[w->n] = c;
    w->n++;
}

static void write_delta(struct writer *w, uint32_t q, uint32_t bias)
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    for (uint32_t k = BASE;; k += BASE) {
        uint32_t t = threshold(k, bias);
        if (q < t)
            break;
        write_byte(w, digits[t + (q - t) % (BASE - t)]);
        q = (q - t) / (BASE - t);
    }
    write_byte(w, digits[q]);
}

/* The least of in[0, n) that is at least c. */
static uint32_t least_from(const uint32_t *in, int n, uint32_t c)
{
    uint32_t least = UINT32_MAX;
    for (int i = 0; i < n; i++)
        if (in[i] >= c && in[i] < least)
            least = in[i];
    return least;
}

static int write_basic(struct writer *w, const uint32_t *in, int n)
{
    for (int i = 0; i < n; i++)
        if (in[i] < FIRST_N)
            write_byte(w, (char)in[i]);
    int basic = w->n;
    if (basic)
        write_byte(w, '-');
    return basic;
}

int rf_punycode_encode(const uint32_t *in, int n, char *out, int max)
{
    struct writer w = {out, 0, max};
    int basic = write_basic(&w, in, n), done = basic;
    uint32_t delta = 0, bias = FIRST_BIAS;
    if (n > max)
        return -1;
    for (uint32_t c = FIRST_N; done < n; c++, delta++) {
        uint32_t next = least_from(in, n, c);
        delta += (next - c) * ((uint32_t)done + 1);
        c = next;
        for (int i = 0; i < n; i++) {
            delta += in[i] < c;
            if (in[i] != c)
                continue;
            write_delta(&w, delta, bias);
            bias = adapt(delta, (uint32_t)done + 1, done == basic);
            delta = 0;
            done++;
        }
    }
    return w.n <= max ? w.n : -1;
}
