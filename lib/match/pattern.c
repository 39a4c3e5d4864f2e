/* Cold: compiling. */
#include "lib/match/pattern.h"

#include <stdio.h>

#include "lib/base/error.h"
#include "lib/base/mem.h"
#include "lib/match/regex.h"

bool rf_view_folded(enum rf_match_view view)
{
    return view == RF_VIEW_TEXT || view == RF_VIEW_COMPACT || view == RF_VIEW_SHAPE;
}

static int refuse(struct rf_pattern_error *err, size_t at, const char *message,
                  const char *hint)
{
    snprintf(err->message, sizeof err->message, "%s", message);
    err->hint = hint;
    err->at = at;
    return RF_ERR_INVALID;
}

/* Settings such as (*UTF) change what the whole pattern means; backtracking verbs may
 * begin a pattern. */
static bool begins_with_setting(struct rf_str s)
{
    static const char *const verbs[] = {"ACCEPT", "FAIL", "F",    "COMMIT", "PRUNE",
                                        "SKIP",   "THEN", "MARK", ""};
    if (!rf_str_starts(s, RF_STR("(*")) || s.n < 3 || s.p[2] < 'A' || s.p[2] > 'Z')
        return false;
    size_t end = 2;
    while (end < s.n && s.p[end] >= 'A' && s.p[end] <= 'Z')
        end++;
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (rf_str_eqz(rf_str(s.p + 2, end - 2), verbs[i]))
            return end < s.n && s.p[end] != ':' && s.p[end] != ')';
    return true;
}

static int refuse_compile(struct rf_pattern_error *err, int code, size_t at, size_t n)
{
    char message[sizeof err->message];
    const char *hint = NULL;
    pcre2_get_error_message(code, (PCRE2_UCHAR *)message, sizeof message);
    if (code == PCRE2_ERROR_BACKSLASH_C_CALLER_DISABLED)
        hint = "\\C could split a character: write . or \\X";
    else if (code == PCRE2_ERROR_UNMATCHED_CLOSING_PARENTHESIS)
        hint = "write \\) for a parenthesis in the text";
    else if (code == PCRE2_ERROR_QUANTIFIER_INVALID)
        hint = "escape it with \\ if it stands for itself";
    else if (code == PCRE2_ERROR_LOOKBEHIND_NOT_FIXED_LENGTH)
        hint = "each branch of a look-behind needs a fixed length";
    return refuse(err, at < n ? at : n, message, hint);
}

static int first_callout(pcre2_callout_enumerate_block *block, void *arg)
{
    *(size_t *)arg = block->pattern_position;
    return 1;
}

/* Where the first callout of code ends in its pattern, or SIZE_MAX. */
static size_t callout_end(const pcre2_code *code)
{
    size_t at = SIZE_MAX;
    pcre2_callout_enumerate(code, first_callout, &at);
    return at;
}

static int refuse_callout(struct rf_pattern_error *err, struct rf_str s, size_t end)
{
    size_t at = end < s.n ? end : s.n;
    while (at > 0 && !rf_str_starts(rf_str_sub(s, at), RF_STR("(?C")))
        at--;
    return refuse(err, at, "callouts are not allowed", "leave (?C...) out");
}

static pcre2_code *compile(struct rf_str text, uint32_t options, int *code, size_t *at)
{
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    if (!context)
        rf_mem_die(sizeof context);
    pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    pcre2_set_bsr(context, PCRE2_BSR_UNICODE);
    pcre2_code *c = pcre2_compile((PCRE2_SPTR)text.p, text.n, options, code, at, context);
    pcre2_compile_context_free(context);
    return c;
}

static bool compile_jit(pcre2_code *code)
{
    return pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) == 0;
}

/* Whether PCRE2's interpreter needs no more memory than a runner has, whatever the text,
 * and no step of it takes much longer than in machine code. */
static bool is_tame(const struct rf_regex *r)
{
    size_t frame = 0, levels = rf_regex_levels(r->text);
    pcre2_pattern_info(r->counted, PCRE2_INFO_FRAMESIZE, &frame);
    return frame && levels < RF_REGEX_FRAMES_BYTES / frame;
}

int rf_regex_compile(struct rf_regex *out, enum rf_match_view view, struct rf_str text,
                     struct rf_pattern_error *err)
{
    uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C, references = 0;
    int code;
    size_t at;
    if (rf_view_folded(view))
        options |= PCRE2_CASELESS | PCRE2_DOTALL;
    if (begins_with_setting(text))
        return refuse(err, 0, "settings such as (*UTF) are not allowed",
                      "leave it out: UTF, UCP and newline LF are set");
    pcre2_code *plain = compile(text, options, &code, &at);
    if (!plain)
        return refuse_compile(err, code, at, text.n);
    at = callout_end(plain);
    if (at != SIZE_MAX) {
        pcre2_code_free(plain);
        return refuse_callout(err, text, at);
    }
    pcre2_pattern_info(plain, PCRE2_INFO_BACKREFMAX, &references);
    *out = (struct rf_regex){.text = text,
                             .options = options,
                             .jit = compile_jit(plain),
                             .references = references > 0,
                             .plain = plain};
    out->counted = compile(text, options | PCRE2_AUTO_CALLOUT, &code, &at);
    if (out->counted && !is_tame(out))
        compile_jit(out->counted);
    return 0;
}

void rf_regex_fini(struct rf_regex *r)
{
    pcre2_code_free(r->counted);
    pcre2_code_free(r->plain);
}
