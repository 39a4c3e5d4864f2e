#include "lib/text/find.h"

#include "lib/text/find_parts.h"
#include "lib/text/prop.h"

/* The text without what nobody sees (what folding drops), and where its bytes were. */
struct seen {
    struct rf_str s;
    struct rf_bytes bytes;
    uint32_t *from; /* raw offset of each byte; NULL: nothing was dropped, s is raw */
};

static bool is_dropped(const char *p, size_t left, size_t *len)
{
    return rf_text_fold_word(rf_text_next(p, left, len)) >> RF_FOLD_KIND_SHIFT ==
           RF_TO_NONE;
}

/* Offset of the first character to drop, s.n if there is none. */
static size_t first_dropped(const struct rf_bytes *b, struct rf_str s)
{
    size_t len, i = rf_bytes_next(b, RF_BYTES_DROPPED, 0);
    while (i < s.n && !is_dropped(s.p + i, s.n - i, &len))
        i = rf_bytes_next(b, RF_BYTES_DROPPED, i + len);
    return i;
}

/* Leave out what is dropped, which begins at raw offset n. */
static void leave_out(struct rf_arena *a, struct rf_str raw, size_t n, struct seen *out)
{
    char *p = rf_arena_alloc(a, raw.n);
    out->from = rf_arena_alloc(a, raw.n * sizeof *out->from);
    memcpy(p, raw.p, n);
    for (size_t i = 0; i < n; i++)
        out->from[i] = (uint32_t)i;
    for (size_t i = n, len; i < raw.n; i += len) {
        if (is_dropped(raw.p + i, raw.n - i, &len))
            continue;
        for (size_t k = 0; k < len; k++, n++) {
            p[n] = raw.p[i + k];
            out->from[n] = (uint32_t)(i + k);
        }
    }
    out->s = rf_str(p, n);
}

static void see(struct rf_arena *a, struct rf_str raw, struct seen *out)
{
    out->s = raw;
    out->from = NULL;
    rf_bytes_mark(a, raw, &out->bytes);
    size_t n = first_dropped(&out->bytes, raw);
    if (n == raw.n)
        return;
    leave_out(a, raw, n, out);
    rf_bytes_mark(a, out->s, &out->bytes);
}

/* Both are offsets in what is seen, begin < end. */
static void to_raw(const struct seen *seen, size_t *begin, size_t *end)
{
    *begin = seen->from[*begin];
    *end = seen->from[*end - 1] + 1;
}

void rf_text_find(struct rf_arena *a, const struct rf_find_options *opt,
                  struct rf_str raw, struct rf_finds *out)
{
    struct seen seen;
    memset(out, 0, sizeof *out);
    see(a, raw, &seen);
    rf_find_urls(a, seen.s, &seen.bytes, out);
    if (opt && opt->possible)
        rf_find_phones(a, opt, seen.s, &seen.bytes, out);
    for (size_t i = 0; seen.from && i < out->n_urls; i++)
        to_raw(&seen, &out->urls[i].begin, &out->urls[i].end);
    for (size_t i = 0; seen.from && i < out->n_phones; i++)
        to_raw(&seen, &out->phones[i].begin, &out->phones[i].end);
}
