/* For tests of ledgers: they lie in the folder of the test program. */
#ifndef TESTS_LEDGERS_H
#define TESTS_LEDGERS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/store/ledger_inner.h"
#include "tests/unit/folder.h"

#define NOW 1767225600000LL
#define MAX 1000

static inline struct ledger *open_at(const char *name, size_t max, int64_t now_ms)
{
    const char *why = "";
    struct ledger *l = ledger_open(dir, name, max, now_ms, &why);
    if (!l)
        fail_msg("%s", why);
    return l;
}

static inline struct ledger_entry entry(const char *key, const char *value)
{
    return (struct ledger_entry){
        .key = rf_str_of(key),
        .value = rf_str_of(value),
        .who = RF_STR("ann\t@host"),
        .why = RF_STR("line one\nline \\two"),
        .expires_ms = LEDGER_NEVER,
    };
}

static inline int set(struct ledger *l, const char *key, const char *value,
                      int64_t now_ms)
{
    struct ledger_entry e = entry(key, value);
    return ledger_set(l, &e, now_ms);
}

static inline int del(struct ledger *l, const char *key, int64_t now_ms)
{
    struct ledger_entry e = entry(key, "");
    return ledger_del(l, &e, now_ms);
}

/* The value of a key, "-" where there is none; the last answer only. */
static inline const char *value_of(struct ledger *l, const char *key)
{
    static char text[LEDGER_VALUE_MAX + 1];
    struct rf_arena a;
    struct ledger_entry e;
    rf_arena_init(&a, 0);
    bool there = ledger_get(l, rf_str_of(key), &a, &e);
    snprintf(text, sizeof text, "%.*s", there ? (int)e.value.n : 1,
             there ? e.value.p : "-");
    rf_arena_fini(&a);
    return text;
}

#endif
