/* List files: any bytes make a list, and what the list says it holds, it finds. The first
 * byte chooses the type. */
#include <stdlib.h>

#include "lib/base/limits.h"
#include "lib/match/list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void require(int truth)
{
    if (!truth)
        abort();
}

/* Whether looking for the text of entry i finds an entry. */
static bool finds(const struct rf_list *l, const struct rf_plan *home, struct rf_str text,
                  struct rf_arena *a)
{
    struct rf_addr addr;
    switch (rf_list_get_type(l)) {
    case RF_LIST_NUMBERS:
    case RF_LIST_SENDERS:
        if (memchr(text.p, '*', text.n) || memchr(text.p, '-', text.n))
            return true; /* no number itself */
        addr = (struct rf_addr){.norm = text};
        rf_addr_normalize(a, home, text, -1, &addr);
        /* A few names fold further (lib/text/fold.h), and what stands without the "+" it
         * was too long for may read as another number. */
        if (!rf_str_eq(addr.norm, text))
            return addr.form != RF_ADDR_E164 || text.n > RF_LIMIT_E164_DIGITS;
        return rf_list_find_addr(l, &addr, 0) != RF_LIST_NONE;
    case RF_LIST_HOSTS:
        return rf_list_find_host(l, rf_str_sub(text, text.p[0] == '='), 0) !=
               RF_LIST_NONE;
    case RF_LIST_WORDS:
    case RF_LIST_STRINGS:
        return rf_list_find_str(l, text, 0) != RF_LIST_NONE;
    case RF_LIST_PAIRS:
        break;
    }
    size_t at = (size_t)((const char *)memchr(text.p, ' ', text.n) - text.p);
    return rf_list_find_first(l, rf_str(text.p, at), 0) != RF_LIST_NONE &&
           rf_list_find_pair(l, rf_str(text.p, at), rf_str_sub(text, at + 1), 0) !=
               RF_LIST_NONE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n == 0)
        return 0;
    const struct rf_plan *home = rf_plan_find(RF_STR("CN"));
    struct rf_report *r = rf_report_new();
    struct rf_list_builder *b = rf_list_begin(data[0] % RF_LIST_TYPES, home);
    struct rf_str text = rf_str((const char *)data + 1, n - 1);
    size_t bad = rf_list_add_file(b, RF_STR("list"), text, r, RF_WARNING);
    struct rf_list *l = rf_list_finish(b);
    struct rf_arena a;
    struct rf_list_entry e;
    rf_arena_init(&a, 0);
    require((bad > 0) == (rf_report_count(r, RF_WARNING) > 0));
    for (uint32_t i = 0; i < rf_list_size(l); i++) {
        rf_list_entry(l, i, &a, &e);
        require(e.text.n > 0 && e.line > 0);
        require(finds(l, home, e.text, &a));
    }
    rf_arena_fini(&a);
    rf_list_free(l);
    rf_report_free(r);
    return 0;
}
