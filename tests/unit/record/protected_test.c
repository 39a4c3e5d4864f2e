/* Which numbers mean one that is never blocked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "lib/record/address.h"
#include "lib/record/protected.h"

enum { EACH = 2000 }; /* random numbers for each plan */

static struct rf_arena arena;

static const struct rf_plan *plan(const char *iso)
{
    return rf_plan_find(rf_str_of(iso));
}

static struct rf_addr normalize(const char *iso, const char *raw, int ton)
{
    struct rf_addr a;
    rf_addr_normalize(&arena, plan(iso), rf_str_of(raw), ton, &a);
    return a;
}

static void protected_numbers_in_all_spellings(void **state)
{
    (void)state;
    static const char *const spellings[] = {
        "110",
        "+86110",
        "0086110",
        "86110",
        "010110",
        "1 1 0",
        "１１０",
        "tel:110",
        "110#",
        "+8610110",
        "+86 10 110",
        "1-1-0",
        "0110",
        "17951110",
        "+110",
        "00110",
        "١١٠",
        "sip:110@ims.example.org;user=phone",
        "075 5110",
        "TEL:+86-110",
        "tel:110;phone-context=+86",
        "+86 (0)755 110",
        "\xe2\x80\x8e"
        "110",
        "sips:+86110@x",
        "110@ims.example.org",
    };
    struct rf_str numbers[] = {RF_STR("96110"), RF_STR("12381"), RF_STR("400-666-1234")};
    const struct rf_protected *p = rf_protected_new(&arena, plan("CN"), numbers, 3);
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        struct rf_addr a = normalize("CN", spellings[i], -1);
        if (!rf_str_eqz(rf_protected_find(p, &a), "110") ||
            !(a.types & RF_TYPE_EMERGENCY))
            fail_msg("%s is not 110 (%.*s)", spellings[i], RF_STR_FMT(a.norm));
    }
    static const char *const others[][2] = {
        {"0106 96110", ""},
        {"01096110", "96110"},
        {"+8696110", "96110"},
        {"+86 755 12381", "12381"},
        {"4006661234", "+864006661234"},
        {"urn:service:sos.police", "110"},
        {"+86911", "911"},
        {"120", "120"},
        {"122", "122"},
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct rf_addr a = normalize("CN", others[i][0], -1);
        if (!rf_str_eqz(rf_protected_find(p, &a), others[i][1]))
            fail_msg("%s is '%.*s'", others[i][0], RF_STR_FMT(rf_protected_find(p, &a)));
    }
}

static void ordinary_numbers_are_not_protected(void **state)
{
    (void)state;
    static const char *const ordinary[] = {
        "13811011010", "+8613811011010", "11013811011",   "01065110110",  "95588",
        "10086",       "1100",           "1101",          "96110110",     "861101",
        "110abc",      "abc110",         "106901100110",  "075583110110", "+8610651101",
        "sos",         "110@110x",       "+911234567110", "02110110",
    };
    struct rf_str numbers[] = {RF_STR("96110"), RF_STR("12381")};
    const struct rf_protected *p = rf_protected_new(&arena, plan("CN"), numbers, 2);
    for (size_t i = 0; i < sizeof ordinary / sizeof ordinary[0]; i++) {
        struct rf_addr a = normalize("CN", ordinary[i], -1);
        struct rf_str found = rf_protected_find(p, &a);
        if (found.n && strcmp(ordinary[i], "110@110x") != 0)
            fail_msg("%s passes for %.*s", ordinary[i], RF_STR_FMT(found));
    }
}

static uint64_t seed = 0x9e3779b97f4a7c15u;

static unsigned rnd(unsigned n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (unsigned)(seed >> 33) % n;
}

/* Prefixes of any kind, then what may or may not be a protected number. */
static struct rf_str chance_number(const struct rf_protected *p, char *buf)
{
    static const char *const pieces[] = {"",    "+",  "00", "011", "0",   "86",
                                         "+86", "1",  "54", "15",  "9",   "17951",
                                         "010", "21", "+1", "44",  "0044"};
    size_t n = 0;
    for (int i = 0; i < 3; i++) {
        const char *piece = pieces[rnd(sizeof pieces / sizeof *pieces)];
        n += (size_t)sprintf(buf + n, "%s", n ? piece + (*piece == '+') : piece);
    }
    if (rnd(2)) {
        struct rf_str number = rf_protected_at(p, rnd(8));
        n += (size_t)sprintf(buf + n, "%.*s", RF_STR_FMT(number));
    }
    for (unsigned more = rnd(8); more > 4; more--)
        buf[n++] = (char)('0' + rnd(10));
    return rf_str(buf, n);
}

/* Quick is never wrong: what it calls ordinary means no protected number. */
static void ordinary_is_known_without_reading(void **state)
{
    (void)state;
    struct rf_str numbers[] = {RF_STR("96110"), RF_STR("12381"), RF_STR("+862112345678"),
                               RF_STR("95588")};
    unsigned known = 0, meant = 0, plans = 0;
    for (unsigned i = 0; i < 26 * 26; i++) {
        struct rf_arena a;
        const char iso[] = {(char)('A' + i / 26), (char)('A' + i % 26), 0};
        const struct rf_plan *home = plan(iso);
        if (!home)
            continue;
        rf_arena_init(&a, 0);
        const struct rf_protected *p = rf_protected_new(&a, home, numbers, 4);
        for (unsigned k = 0; k < EACH; k++) {
            char buf[64];
            struct rf_addr addr;
            struct rf_str raw = chance_number(p, buf);
            rf_addr_normalize(&a, home, raw, (int)rnd(8) - 1, &addr);
            bool found = addr.form != RF_ADDR_NONE && rf_protected_find(p, &addr).n;
            bool may = rf_protected_may_mean(p, raw);
            if (found && !may)
                fail_msg("%.*s is protected", RF_STR_FMT(raw));
            known += !may;
            meant += found;
        }
        rf_arena_fini(&a);
        plans++;
    }
    assert_true(plans > 200);
    assert_true(known > 0 && meant > 0); /* both were met */
    const struct rf_protected *p = rf_protected_new(&arena, plan("CN"), numbers, 4);
    assert_false(rf_protected_may_mean(p, RF_STR("+8613812345679")));
    assert_true(rf_protected_may_mean(p, RF_STR("+8613812345110")));
    assert_true(rf_protected_may_mean(p, RF_STR("tel:110;phone-context=+8613")));
    struct rf_str brief[] = {RF_STR("12")};
    p = rf_protected_new(&arena, plan("CN"), brief, 1);
    assert_true(rf_protected_may_mean(p, RF_STR("+8613812345679")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(protected_numbers_in_all_spellings),
        cmocka_unit_test(ordinary_numbers_are_not_protected),
        cmocka_unit_test(ordinary_is_known_without_reading),
    };
    rf_arena_init(&arena, 0);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rf_arena_fini(&arena);
    return failed;
}
