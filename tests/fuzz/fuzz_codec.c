/* Feed bytes: framing must not depend on the reads, decoding not on the path, acceptance
 * must be jansson's. */
#include "tests/fuzz/codec_oracle.h"

#include "lib/codec/frame.h"
#include "lib/codec/hello.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void fail(const char *wrong, struct rf_str line)
{
    fprintf(stderr, "%s: %.*s\n", wrong, RF_STR_FMT(line));
    abort();
}

/* Writes the lines found in the stream, read in pieces of `step` bytes. */
static void frame(struct rf_str in, size_t step, struct rf_buf *out)
{
    struct rf_frame f;
    size_t begin = 0, end = 0, used;
    struct rf_str line;
    enum rf_frame_result r = RF_FRAME_MORE;
    rf_frame_init(&f, 64);
    while (end < in.n && r != RF_FRAME_CLOSE) {
        end = end + step < in.n ? end + step : in.n;
        do {
            r = rf_frame_next(&f, rf_str(in.p + begin, end - begin), &used, &line);
            begin += used;
            if (r == RF_FRAME_LINE)
                rf_buf_adds(out, line);
            rf_buf_addz(out, r == RF_FRAME_MORE ? "" : r == RF_FRAME_LINE ? "|" : "!");
        } while (r == RF_FRAME_LINE || r == RF_FRAME_TOO_LONG);
    }
    r = rf_frame_last(&f, rf_str_sub(in, begin), &line);
    if (r == RF_FRAME_LINE)
        rf_buf_adds(out, line);
    rf_buf_addz(out, r == RF_FRAME_MORE ? "" : r == RF_FRAME_LINE ? "|" : "!");
}

static void check_frames(struct rf_str in)
{
    struct rf_buf whole, pieces;
    rf_buf_init(&whole);
    rf_buf_init(&pieces);
    frame(in, in.n + 1, &whole);
    frame(in, 1 + in.n % 7, &pieces);
    if (!rf_str_eq(rf_buf_str(&whole), rf_buf_str(&pieces)))
        fail("framing depends on the reads", in);
    rf_buf_fini(&whole);
    rf_buf_fini(&pieces);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct rf_decoder *d;
    static struct rf_arena arena;
    struct rf_str in = rf_str((const char *)data, n);
    struct rf_hello hello;
    struct rf_settings s;
    if (!d) {
        rf_settings_default(&s);
        d = rf_decoder_new(&s);
        rf_arena_init(&arena, 0);
    }
    const char *wrong = oracle_check(d, &arena, in);
    if (wrong)
        fail(wrong, in);
    check_frames(in);
    enum rf_control c = rf_control_parse(&arena, in, &hello);
    if (c != RF_CONTROL_NONE && !rf_control_maybe(in))
        fail("the first look missed a control line", in);
    return 0;
}
