#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/fuzz/codec_oracle.h"

static const char *const lines[] = {
    "{\"id\":\"m-1\",\"kind\":\"sms\",\"ts\":1767225600123,\"from\":\"+447911123456\","
    "\"to\":"
    "\"+8613800138000\",\"ingress\":\"international\",\"text\":\"Your parcel is held. "
    "Pay "
    "\\u00a31.99: "
    "https://x.example/p\",\"label\":{\"a\":[1,2,{\"b\":null}],\"c\":1.5e3}}",
    "{\"id\":7,\"kind\":\"call\",\"event\":\"release\",\"from\":\"95588\",\"to\":\"110\","
    "\"ring\":"
    "1,\"duration\":0,\"cause\":16,\"roaming\":true,\"withheld\":\"false\",\"call\":\"c-"
    "1\"}",
    "{\"kind\":\"visit\",\"ts\":\"2026-01-01T08:00:00.5+08:00\",\"from\":\"13800138000\","
    "\"url\":"
    "\"http://例子.cn/"
    "\\ud83d\\ude00\",\"answers\":[\"1.2.3.4\",\"::1\"],\"source\":\"dns\"}",
    "{\"kind\":\"sms\",\"text\":\"您的包裹已到，\\\"点击\\\" 领取\\n\",\"cell\":46000123,"
    "\"grid\":null,\"x\":[[[[]]]],\"y\":{\"z\":{}},\"deadline\":1767225601}",
};
#define NLINES (sizeof lines / sizeof *lines)

static uint64_t next(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

/* Pieces that tend to break readers of JSON. */
static const struct rf_str pieces[] = {
    RF_STR("\""),          RF_STR("\\"),    RF_STR("\\ud800"), RF_STR("\xff"),
    RF_STR("\xe5\x8c"),    RF_STR("\0"),    RF_STR("\t"),      RF_STR("{"),
    RF_STR("}"),           RF_STR("["),     RF_STR("]"),       RF_STR(","),
    RF_STR(":"),           RF_STR("-"),     RF_STR("0"),       RF_STR("e"),
    RF_STR("."),           RF_STR("null"),  RF_STR("tru"),     RF_STR("\"text\":1,"),
    RF_STR("\"id\":[1],"), RF_STR("\\u00"), RF_STR(" "),       RF_STR("\"a\":\"b\":"),
    RF_STR("\"b\":[}],"),  RF_STR("\x0c"),  RF_STR("\x1a"),    RF_STR("\xef\xbb\xbf"),
};

/* Replaces `cut` bytes at `at` by a piece. */
static void splice(struct rf_buf *line, size_t at, size_t cut, struct rf_str piece)
{
    if (at > line->n)
        at = line->n;
    if (cut > line->n - at)
        cut = line->n - at;
    rf_buf_reserve(line, piece.n);
    memmove(line->p + at + piece.n, line->p + at + cut, line->n - at - cut);
    memcpy(line->p + at, piece.p, piece.n);
    line->n = line->n - cut + piece.n;
}

static void mutate(struct rf_buf *line, uint64_t *seed)
{
    size_t at = next(seed) % (line->n + 1);
    switch (next(seed) % 5) {
    case 0:
        line->n = at;
        break;
    case 1:
        if (at < line->n)
            line->p[at] ^= (char)(1u << next(seed) % 8);
        break;
    case 2:
        splice(line, at, next(seed) % 9, RF_STR(""));
        break;
    case 3:
        splice(line, at, 1, pieces[next(seed) % (sizeof pieces / sizeof *pieces)]);
        break;
    default:
        splice(line, at, 0, pieces[next(seed) % (sizeof pieces / sizeof *pieces)]);
    }
}

static void print_line(const char *wrong, struct rf_str line)
{
    struct rf_buf b;
    rf_buf_init(&b);
    rf_buf_add_json(&b, line);
    print_error("%s: %.*s\n", wrong, RF_STR_FMT(b));
    rf_buf_fini(&b);
}

static void mutated_lines_agree_with_the_oracle(void **state)
{
    (void)state;
    struct rf_settings s;
    struct rf_arena arena;
    struct rf_buf line;
    uint64_t seed = 1;
    rf_settings_default(&s);
    struct rf_decoder *d = rf_decoder_new(&s);
    rf_arena_init(&arena, 0);
    rf_buf_init(&line);
    for (int i = 0; i < 10000; i++) {
        line.n = 0;
        rf_buf_addz(&line, lines[next(&seed) % NLINES]);
        for (unsigned k = 1 + next(&seed) % 3; k > 0; k--)
            mutate(&line, &seed);
        const char *wrong = oracle_check(d, &arena, rf_buf_str(&line));
        if (wrong)
            print_line(wrong, rf_buf_str(&line));
        assert_null(wrong);
    }
    rf_buf_fini(&line);
    rf_arena_fini(&arena);
    rf_decoder_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mutated_lines_agree_with_the_oracle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
