#include "lib/codec/frame.h"

void rf_frame_init(struct rf_frame *f, size_t max_line)
{
    *f = (struct rf_frame){.max_line = max_line};
}

/* Cuts a byte-order mark and one CR off the bytes of a line. */
static struct rf_str strip(struct rf_str s)
{
    if (rf_str_starts(s, RF_STR("\xef\xbb\xbf")))
        s = rf_str_sub(s, 3);
    if (s.n && s.p[s.n - 1] == '\r')
        s.n--;
    return s;
}

static bool blank(struct rf_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != ' ' && s.p[i] != '\t' && s.p[i] != '\r')
            return false;
    return true;
}

/* Drops bytes of an overlong line. True once its end is passed; *used says where. */
static bool discard(struct rf_frame *f, struct rf_str in, size_t *used)
{
    const char *lf = in.n ? memchr(in.p, '\n', in.n) : NULL;
    size_t n = lf ? (size_t)(lf - in.p) : in.n;
    f->discarded += n;
    *used = n + (lf != NULL);
    if (lf && f->discarded <= RF_FRAME_ENDLESS)
        f->discarding = false;
    return !f->discarding;
}

static enum rf_frame_result too_long(struct rf_frame *f, size_t n)
{
    f->discarding = true;
    f->discarded = n;
    f->scanned = 0;
    return RF_FRAME_TOO_LONG;
}

enum rf_frame_result rf_frame_next(struct rf_frame *f, struct rf_str in, size_t *used,
                                   struct rf_str *line)
{
    size_t at = 0;
    *used = 0;
    if (f->discarding && !discard(f, in, &at)) {
        *used = at;
        return f->discarded > RF_FRAME_ENDLESS ? RF_FRAME_CLOSE : RF_FRAME_MORE;
    }
    for (;;) {
        struct rf_str rest = rf_str_sub(in, at);
        size_t skip = f->scanned < rest.n ? f->scanned : rest.n;
        const char *lf =
            rest.n > skip ? memchr(rest.p + skip, '\n', rest.n - skip) : NULL;
        size_t n = lf ? (size_t)(lf - rest.p) : rest.n;
        *used = at;
        struct rf_str s = strip(rf_str(rest.p, n));
        if (lf ? s.n > f->max_line : n >= f->max_line + RF_FRAME_EXTRA) {
            *used += n;
            return too_long(f, n);
        }
        f->scanned = lf ? 0 : n;
        if (!lf)
            return RF_FRAME_MORE;
        at += n + 1;
        *used = at;
        if (!blank(s)) {
            *line = s;
            return RF_FRAME_LINE;
        }
    }
}

enum rf_frame_result rf_frame_last(struct rf_frame *f, struct rf_str in,
                                   struct rf_str *line)
{
    struct rf_str s = strip(in);
    if (f->discarding || blank(s))
        return RF_FRAME_MORE;
    if (s.n > f->max_line)
        return too_long(f, in.n);
    *line = s;
    return RF_FRAME_LINE;
}
