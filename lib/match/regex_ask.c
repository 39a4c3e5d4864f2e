#include "lib/match/regex_ask.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

#include "lib/base/arena.h"
#include "lib/base/map.h"
#include "lib/base/mem.h"

struct rf_regex_ask {
    struct rf_map index; /* 'i' or '-' and the token, to its answer */
    struct rf_arena arena;
    struct answer {
        struct rf_set set;
        bool known;
    } * answers;
    size_t n, cap;
    pcre2_match_data *data;
    pcre2_compile_context *context;
};

struct rf_regex_ask *rf_regex_ask_new(void)
{
    struct rf_regex_ask *a = rf_mem_calloc(1, sizeof *a);
    rf_map_init(&a->index);
    rf_arena_init(&a->arena, 0);
    a->data = pcre2_match_data_create(1, NULL);
    a->context = pcre2_compile_context_create(NULL);
    if (!a->data || !a->context)
        rf_mem_die(0);
    pcre2_set_newline(a->context, PCRE2_NEWLINE_LF);
    pcre2_set_bsr(a->context, PCRE2_BSR_UNICODE);
    return a;
}

void rf_regex_ask_free(struct rf_regex_ask *a)
{
    if (!a)
        return;
    pcre2_compile_context_free(a->context);
    pcre2_match_data_free(a->data);
    rf_map_fini(&a->index);
    rf_arena_fini(&a->arena);
    free(a->answers);
    free(a);
}

static struct answer ask(struct rf_regex_ask *a, struct rf_str token, bool caseless)
{
    struct answer r = {.set.bits = {UINT64_MAX, UINT64_MAX}};
    int error;
    size_t at;
    uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_ANCHORED | PCRE2_DOTALL;
    pcre2_code *code =
        pcre2_compile((PCRE2_SPTR)token.p, token.n,
                      options | (caseless ? PCRE2_CASELESS : 0), &error, &at, a->context);
    if (!code)
        return r;
    r.known = true;
    for (unsigned c = 0; c < 128; c++) {
        unsigned char subject = (unsigned char)c;
        if (pcre2_match(code, &subject, 1, 0, PCRE2_NO_UTF_CHECK, a->data, NULL) ==
            PCRE2_ERROR_NOMATCH)
            r.set.bits[c / 64] &= ~(UINT64_C(1) << (c % 64));
    }
    pcre2_code_free(code);
    return r;
}

bool rf_regex_ask(struct rf_regex_ask *a, struct rf_str token, bool caseless,
                  struct rf_set *out)
{
    char *key_bytes = rf_arena_alloc(&a->arena, token.n + 1);
    key_bytes[0] = caseless ? 'i' : '-';
    memcpy(key_bytes + 1, token.p, token.n);
    struct rf_str key = rf_str(key_bytes, token.n + 1);
    uint32_t have = rf_map_get(&a->index, key);
    if (have == RF_MAP_NONE) {
        if (a->n == a->cap) {
            a->cap = a->cap ? 2 * a->cap : 64;
            a->answers = rf_mem_realloc(a->answers, a->cap, sizeof *a->answers);
        }
        have = (uint32_t)a->n++;
        a->answers[have] = ask(a, token, caseless);
        rf_map_put(&a->index, key, have);
    }
    *out = a->answers[have].set;
    return a->answers[have].known;
}
