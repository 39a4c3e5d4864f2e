/* Compiled lists: whatever their bytes, with the checksum made right, lookups and listing
 * stay inside them. The input is a list's type, a list of bytes to change, NUL, and the
 * text of a list. */
#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/match/list_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void look_up(const struct rf_list *l, struct rf_str s, struct rf_arena *a)
{
    struct rf_addr addr;
    struct rf_list_query q = {&addr, 0, 0};
    struct rf_list_host_query h[2] = {{s, 0, 0}, {rf_str_sub(s, s.n / 2), 0, 0}};
    rf_addr_normalize(a, NULL, s, -1, &addr);
    rf_list_find_addr_batch(l, &q, 1);
    rf_list_find_host(l, s, 0);
    rf_list_find_host_batch(l, h, 2);
    rf_list_find_str(l, s, 0);
    rf_list_find_folded(l, s, 0);
    rf_list_find_pair(l, s, s, 0);
    rf_list_find_first(l, s, 0);
}

static void use(const struct rf_list *l, struct rf_str text)
{
    struct rf_arena a;
    struct rf_list_entry e;
    rf_arena_init(&a, 0);
    for (uint32_t i = 0; i < rf_list_size(l) && i < 1000; i++) {
        rf_list_entry(l, i, &a, &e);
        if (e.text.n < 300)
            look_up(l, e.text, &a);
    }
    while (text.n) {
        const char *lf = memchr(text.p, '\n', text.n);
        size_t n = lf ? (size_t)(lf - text.p) : text.n;
        if (n < 300)
            look_up(l, rf_str(text.p, n), &a);
        text = rf_str_sub(text, n + 1);
    }
    rf_arena_fini(&a);
}

/* Changes of three bytes each: where (16 bits), what. */
static void change(char *bytes, size_t n, struct rf_str changes)
{
    for (; changes.n >= 3; changes = rf_str_sub(changes, 3)) {
        size_t at = (uint8_t)changes.p[0] | (size_t)(uint8_t)changes.p[1] << 8;
        bytes[at % n] = (char)(bytes[at % n] ^ changes.p[2]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n < 2)
        return 0;
    const char *why;
    const struct rf_list_origin origin = {0};
    const char *nul = memchr(data + 1, 0, n - 1);
    struct rf_str changes =
        rf_str((const char *)data + 1, nul ? (size_t)(nul - (const char *)data) - 1 : 0);
    struct rf_str text = rf_str_sub(rf_str((const char *)data, n), changes.n + 1);
    struct rf_report *r = rf_report_new();
    struct rf_list_builder *b = rf_list_begin(data[0] % RF_LIST_TYPES, NULL);
    rf_list_add_file(b, RF_STR("list"), text, r, RF_WARNING);
    rf_report_free(r);
    struct rf_list *l = rf_list_finish(b);
    struct rf_str bytes = rf_list_seal(l, &origin);
    struct rf_list_header *copy = rf_mem_pages(bytes.n);
    memcpy(copy, bytes.p, bytes.n);
    rf_list_free(l);
    change((char *)copy, bytes.n, changes);
    if (copy->bytes == bytes.n) {
        size_t behind = offsetof(struct rf_list_header, checksum) + sizeof copy->checksum;
        copy->checksum =
            rf_list_text_hash(rf_str((char *)copy + behind, bytes.n - behind));
    }
    l = rf_list_open(copy, bytes.n, &why);
    if (l)
        use(l, text);
    rf_list_free(l);
    return 0;
}
