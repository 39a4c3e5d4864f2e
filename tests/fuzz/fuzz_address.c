/* Addresses: any bytes have a bounded normal form of valid UTF-8; a number's normal form
 * is its own. The first two bytes choose the type of number and the home country. */
#include <stdlib.h>

#include "lib/base/limits.h"
#include "lib/base/utf8.h"
#include "lib/record/address.h"
#include "lib/record/protected.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void require(int truth)
{
    if (!truth)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const char *const homes[] = {"CN", "US", "GB", "AR", "BR",
                                        "DE", "GG", "SM", "RU"};
    struct rf_addr addr, again;
    struct rf_arena a;
    if (n < 2)
        return 0;
    int ton = data[0] % 8 - 1;
    size_t home_index = data[1] % (sizeof homes / sizeof homes[0] + 1);
    const struct rf_plan *home =
        home_index ? rf_plan_find(rf_str_of(homes[home_index - 1])) : NULL;
    struct rf_str raw = rf_str((const char *)data + 2, n - 2);
    rf_arena_init(&a, 0);
    rf_addr_normalize(&a, home, raw, ton, &addr);
    require((addr.form == RF_ADDR_NONE) == (addr.norm.n == 0));
    require(addr.norm.n <= RF_LIMIT_ADDR_BYTES && rf_utf8_valid(addr.norm));
    rf_addr_normalize(&a, home, addr.norm, -1, &again);
    if (addr.form == RF_ADDR_E164)
        require(again.form == RF_ADDR_E164 && rf_str_eq(addr.norm, again.norm));
    require(((addr.types & RF_TYPE_EMERGENCY) != 0) ==
            (addr.form != RF_ADDR_NONE && rf_addr_emergency(home, &addr)));
    rf_addr_possible(home, raw);
    rf_addr_block(&addr, 4);
    const struct rf_protected *p = rf_protected_new(&a, home, &raw, 1);
    if (addr.form == RF_ADDR_E164 && ton < 1)
        require(rf_protected_find(p, &addr).n > 0);
    rf_arena_fini(&a);
    return 0;
}
