/* For tests that speak rules and records: rules from a string, replies as strings. */
#ifndef TESTS_JUDGE_H
#define TESTS_JUDGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/error.h"
#include "lib/engine/session.h"
#include "lib/rule/load.h"

struct judge {
    struct rf_ruleset *rs;
    struct rf_counters *counters;
    struct rf_session *session;
    struct rf_buf reply;
};

/* Lists of the rules under test: name, bytes. Ends with a NULL name. */
struct judge_file {
    const char *name, *text;
};

struct judge_files {
    const char *rules;
    const struct judge_file *lists;
};

static int judge_read(void *ctx, struct rf_str path, struct rf_buf *out, const char **why)
{
    const struct judge_files *f = ctx;
    if (rf_str_eqz(path, "rules.yaml")) {
        rf_buf_addz(out, f->rules);
        return RF_OK;
    }
    for (const struct judge_file *l = f->lists; l && l->name; l++) {
        if (rf_str_eqz(path, l->name)) {
            rf_buf_addz(out, l->text);
            return RF_OK;
        }
    }
    *why = "no such file";
    return RF_ERR_NOENT;
}

/* Rules (the YAML below "version: 1") with settings; fails the test on diagnostics. */
static inline struct judge judge_open_with(const char *yaml,
                                           const struct judge_file *lists,
                                           const struct rf_settings *settings)
{
    static const struct rf_hash_key zero;
    struct rf_buf text, shown;
    rf_buf_init(&text);
    rf_buf_init(&shown);
    rf_buf_printf(&text, "version: 1\n%s", yaml);
    rf_buf_addc(&text, '\0');
    struct judge_files files = {text.p, lists};
    struct rf_rule_io io = {.ctx = &files, .read = judge_read};
    struct rf_rule_options options = {.keep_tests = true};
    struct rf_report *report = rf_report_new();
    struct rf_str name = RF_STR("rules.yaml");
    struct judge j = {0};
    j.rs = rf_rule_load(&name, 1, settings, &io, &options, report);
    if (!j.rs) {
        rf_report_render(report, &shown, false);
        rf_buf_addc(&shown, '\0');
        fail_msg("%s", shown.p);
    }
    rf_report_free(report);
    rf_buf_fini(&text);
    rf_buf_fini(&shown);
    j.counters = rf_counters_new(100000, &zero);
    j.session = rf_session_new(j.rs, j.counters, false);
    return j;
}

static inline struct judge judge_open(const char *yaml)
{
    struct rf_settings s;
    rf_settings_default(&s);
    return judge_open_with(yaml, NULL, &s);
}

static inline void judge_close(struct judge *j)
{
    rf_session_free(j->session);
    rf_counters_free(j->counters);
    rf_ruleset_free(j->rs);
    rf_buf_fini(&j->reply);
}

/* The reply line without its end, valid until the next call. */
static inline const char *judge_line(struct judge *j, const char *line)
{
    j->reply.n = 0;
    rf_session_line(j->session, rf_str_of(line), &j->reply);
    j->reply.p[j->reply.n - 1] = '\0';
    return j->reply.p;
}

/* printf of a line, then judge_line. */
static inline const char *judge_fmt(struct judge *j, const char *fmt, ...)
{
    char line[4096];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    return judge_line(j, line);
}

/* "allow", "warn" or "block" of a reply. */
static inline const char *judge_verdict(const char *reply)
{
    static char word[8];
    const char *v = strstr(reply, "\"verdict\":\"");
    assert_non_null(v);
    snprintf(word, sizeof word, "%.*s", (int)strcspn(v + 11, "\""), v + 11);
    return word;
}

#define assert_verdict(j, line, expected)                                                \
    assert_string_equal(judge_verdict(judge_line(j, line)), expected)

#endif
