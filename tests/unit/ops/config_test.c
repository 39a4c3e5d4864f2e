/* The configuration reader: what a user may write, what he is told, and that the sample
 * file and the schema say the same. RF_WRITE=1 writes the two files anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/files.h"
#include "daemon/ops/config.h"
#include "daemon/ops/config_table.h"

struct loaded {
    struct config c;
    struct rf_report *report;
    struct rf_buf text; /* rendered diagnostics, with a NUL */
    int rc;
};

static void load(struct loaded *l, const char *yaml)
{
    char path[] = "/tmp/rf-config-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, yaml, strlen(yaml)), (ssize_t)strlen(yaml));
    close(fd);
    l->report = rf_report_new();
    l->rc = config_load(&l->c, path, l->report);
    unlink(path);
    rf_buf_init(&l->text);
    rf_report_render(l->report, &l->text, false);
    rf_buf_addc(&l->text, '\0');
}

static void unload(struct loaded *l)
{
    rf_buf_fini(&l->text);
    rf_report_free(l->report);
    config_fini(&l->c);
}

static void assert_says(const struct loaded *l, const char *what)
{
    if (!strstr(l->text.p, what))
        fail_msg("expected '%s' in:\n%s", what, l->text.p);
}

/* The file must hold these bytes; with RF_WRITE it is made to. */
static void assert_file(const char *path, const struct rf_buf *want)
{
    struct rf_buf have;
    const char *why = "";
    rf_buf_init(&have);
    if (getenv("RF_WRITE"))
        assert_int_equal(files_replace(path, rf_buf_str(want)), 0);
    assert_int_equal(files_read(path, 1 << 20, &have, &why), RF_OK);
    if (!rf_str_eq(rf_buf_str(&have), rf_buf_str(want)))
        fail_msg("%s differs from the table of options: RF_WRITE=1 writes it", path);
    rf_buf_fini(&have);
}

static void sample_file_is_that_of_the_table(void **state)
{
    (void)state;
    struct rf_buf b;
    rf_buf_init(&b);
    config_sample(&b);
    assert_file("config/ringfenced.yaml", &b);
    rf_buf_fini(&b);
}

static void schema_file_is_that_of_the_table(void **state)
{
    (void)state;
    struct rf_buf b;
    rf_buf_init(&b);
    config_schema(&b);
    assert_file("config/ringfenced.schema.json", &b);
    rf_buf_fini(&b);
}

static void defaults_are_those_of_the_contract(void **state)
{
    (void)state;
    struct loaded l;
    load(&l, "");
    assert_int_equal(l.rc, RF_OK);
    assert_int_equal(l.c.listen.n, 2);
    assert_string_equal(l.c.listen.v[1].p, "tcp://127.0.0.1:7110");
    assert_true(l.c.workers >= 1);
    assert_int_equal(l.c.settings.max_line, 65536);
    assert_int_equal(l.c.settings.early_ms, 300000);
    assert_int_equal(l.c.settings.late_ms, 3600000);
    assert_int_equal(l.c.stall_ms, 30000);
    assert_int_equal(l.c.settings.block_score, 10000);
    assert_string_equal(l.c.settings.timezone.p, "Asia/Shanghai");
    assert_int_equal(l.c.settings.nprotected, 2);
    assert_int_equal(l.c.settings.protected_from, 1u << RF_INGRESS_ONNET);
    assert_int_equal(l.c.settings.redress.n, 0);
    assert_int_equal(l.c.events_file.n, 0);
    assert_int_equal(l.c.capacity, 4000000);
    unload(&l);
}

static void sample_file_sets_what_is_the_default(void **state)
{
    (void)state;
    struct config c, d;
    struct rf_report *r = rf_report_new();
    assert_int_equal(config_load(&c, "config/ringfenced.yaml", r), RF_OK);
    assert_int_equal(rf_report_size(r), 0);
    config_default(&d);
    assert_int_equal(c.listen.n, d.listen.n);
    assert_int_equal(c.keep_ms, d.keep_ms);
    assert_int_equal(c.settings.warn_score, d.settings.warn_score);
    assert_string_equal(c.control.p, d.control.p);
    config_fini(&d);
    config_fini(&c);
    rf_report_free(r);
}

static void values_are_read_by_their_type(void **state)
{
    (void)state;
    struct loaded l;
    load(&l, "feed: {max_line: 8KiB, stall: 100ms, workers: 3, on_late: warn,\n"
             "       fields: {cell: ecgi, ref: \"\"}}\n"
             "verdict: {warn_score: 4.5, mode: monitor}\n"
             "protected: {from: [onnet, a2p], trunks: {\"110\": [t1, t2]}}\n"
             "numbering: {country: HK, trunks: {\"hk-*\": HK}}\n"
             "fraud_types: {custom/thing: {en: Thing, zh: 东西}}\n"
             "redress: \"12321\"\n");
    assert_string_equal(l.text.p, "");
    assert_int_equal(l.c.settings.max_line, 8192);
    assert_int_equal(l.c.stall_ms, 100);
    assert_int_equal(l.c.workers, 3);
    assert_int_equal(l.c.settings.on_late, RF_WARN);
    assert_int_equal(l.c.settings.warn_score, 4500);
    assert_int_equal(l.c.settings.mode, RF_MODE_MONITOR);
    assert_int_equal(l.c.settings.protected_from,
                     1u << RF_INGRESS_ONNET | 1u << RF_INGRESS_A2P);
    assert_int_equal(l.c.settings.nprotected_trunks, 2);
    assert_string_equal(l.c.settings.protected_trunks[1].key.p, "110");
    assert_string_equal(l.c.settings.protected_trunks[1].value.p, "t2");
    assert_string_equal(l.c.settings.fraud_types[0].zh.p, "东西");
    assert_string_equal(l.c.settings.redress.p, "12321");
    /* ecgi is read as cell; neither `cell` nor `ref` of the feed are. */
    assert_int_equal(l.c.settings.nfields, 3);
    assert_string_equal(l.c.settings.fields[0].key.p, "ecgi");
    assert_string_equal(l.c.settings.fields[0].value.p, "cell");
    assert_string_equal(l.c.settings.fields[1].key.p, "cell");
    assert_int_equal(l.c.settings.fields[1].value.n, 0);
    assert_string_equal(l.c.settings.fields[2].key.p, "ref");
    unload(&l);
}

static void unknown_key_has_a_place_and_a_hint(void **state)
{
    (void)state;
    struct loaded l;
    load(&l, "feed:\n  max_lien: 64KiB\nverdcit: {}\n");
    assert_int_equal(l.rc, RF_ERR_INVALID);
    assert_int_equal(rf_report_count(l.report, RF_ERROR), 2);
    assert_says(&l, ":2:3: error[RF011]: unknown key 'max_lien'\n"
                    "    2 |   max_lien: 64KiB\n"
                    "      |   ^~~~~~~~ did you mean 'max_line'?");
    assert_says(&l, "did you mean 'verdict'?");
    unload(&l);
}

static void wrong_values_are_errors(void **state)
{
    (void)state;
    static const struct {
        const char *yaml, *says;
    } cases[] = {
        {"feed: {on_error: block}", "what is not judged is never blocked"},
        {"feed: {on_late: block}", "on_late takes one of: allow warn"},
        {"feed: {stall: 30}", "stall takes a duration such as 30s or 5m"},
        {"feed: {max_line: 10B}", "max_line is out of range"},
        {"feed: {workers: many}", "a number of threads or auto"},
        {"feed: {insecure: yes}", "insecure takes true or false"},
        {"feed: {listen: \"unix:/x\"}", "listen takes a list"},
        {"feed: {listen: []}", "listen is empty"},
        {"feed: {listen: [\"udp://x\"]}", "unix:/PATH or tcp://ADDRESS:PORT expected"},
        {"feed: {listen: [\"tcp://host:1\"]}", "an IP address and a port"},
        {"feed: {listen: [\"tcp://127.0.0.1:70000\"]}", "an IP address and a port"},
        {"feed: {listen: [\"tls://127.0.0.1:7000\"]}", "tls:// is not supported yet"},
        {"feed: {fields: {cel: x}}", "no field 'cel' in records"},
        {"feed: []", "feed takes a map"},
        {"numbering: {country: XX}", "no country 'XX'"},
        {"numbering: {timezone: Mars/Base}", "no time zone 'Mars/Base'"},
        {"protected: {numbers: [96110]}", "put it in quotes"},
        {"protected: {numbers: [\"abc\"]}", "numbers takes numbers"},
        {"redress: 12321", "put it in quotes"},
        {"verdict: {warn_score: 20}", "warn_score is above verdict.block_score"},
        {"fraud_types: {Bad: {en: a, zh: b}}", "a fraud type is lower case"},
        {"fraud_types: {x: {en: a}}", "a fraud type takes {en, zh}"},
        {"feed: {stall: 1s, stall: 2s}", "stall"},
        {"- a", "a configuration is a map"},
        {"feed: {", "error[RF004]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct loaded l;
        load(&l, cases[i].yaml);
        if (l.rc != RF_ERR_INVALID)
            fail_msg("accepted: %s", cases[i].yaml);
        assert_says(&l, cases[i].says);
        unload(&l);
    }
}

static void keys_of_later_versions_are_refused(void **state)
{
    (void)state;
    size_t seen = 0;
    for (size_t i = 0; i < config_nkeys; i++) {
        const struct config_key *k = &config_keys[i];
        char yaml[128];
        struct loaded l;
        if (k->type != CONFIG_LATER)
            continue;
        snprintf(yaml, sizeof yaml, "%s: {%s: null}", k->section, k->name);
        load(&l, yaml);
        assert_int_equal(l.rc, RF_ERR_INVALID);
        assert_says(&l, "is not supported yet");
        unload(&l);
        seen++;
    }
    assert_true(seen >= 13);
}

static void exposed_listener_needs_insecure(void **state)
{
    (void)state;
    static const char *const exposed[] = {"0.0.0.0", "192.0.2.1", "[::]",
                                          "[::ffff:10.0.0.1]"};
    static const char *const inside[] = {"127.0.0.1", "127.9.9.9", "[::1]", "localhost",
                                         "[::ffff:127.0.0.1]"};
    char yaml[160];
    struct loaded l;
    for (size_t i = 0; i < sizeof exposed / sizeof *exposed; i++) {
        snprintf(yaml, sizeof yaml, "feed: {listen: [\"tcp://%s:7\"]}", exposed[i]);
        load(&l, yaml);
        assert_says(&l, "without TLS on an address other than loopback is refused");
        unload(&l);
        snprintf(yaml, sizeof yaml, "feed: {insecure: true, listen: [\"tcp://%s:7\"]}",
                 exposed[i]);
        load(&l, yaml);
        assert_string_equal(l.text.p, "");
        unload(&l);
    }
    for (size_t i = 0; i < sizeof inside / sizeof *inside; i++) {
        snprintf(yaml, sizeof yaml, "feed: {listen: [\"tcp://%s:7\"]}", inside[i]);
        load(&l, yaml);
        assert_string_equal(l.text.p, "");
        unload(&l);
    }
}

static void environment_goes_before_the_file(void **state)
{
    (void)state;
    struct loaded l;
    setenv("RINGFENCE_FEED_MAX_LINE", "2KiB", 1);
    setenv("RINGFENCE_RULES", "a/b,c", 1);
    setenv("RINGFENCE_REDRESS", "12321", 1);
    setenv("RINGFENCE_NUMBERING_TRUNKS", "{t: HK}", 1);
    setenv("RINGFENCE_STATE_DIR", "", 1);
    load(&l, "feed: {max_line: 8KiB}\nrules: [x]\nstate_dir: /s\n");
    unsetenv("RINGFENCE_FEED_MAX_LINE");
    unsetenv("RINGFENCE_RULES");
    unsetenv("RINGFENCE_REDRESS");
    unsetenv("RINGFENCE_NUMBERING_TRUNKS");
    unsetenv("RINGFENCE_STATE_DIR");
    assert_string_equal(l.text.p, "");
    assert_int_equal(l.c.settings.max_line, 2048);
    assert_int_equal(l.c.rules.n, 2);
    assert_string_equal(l.c.rules.v[0].p, "a/b");
    assert_string_equal(l.c.settings.redress.p, "12321");
    assert_string_equal(l.c.settings.trunks[0].key.p, "t");
    assert_string_equal(l.c.state_dir.p, "/s"); /* an empty variable is none */
    unload(&l);
}

static void environment_is_checked_too(void **state)
{
    (void)state;
    struct loaded l;
    setenv("RINGFENCE_FEED_LISTEN", "unix:/a,tcp://0.0.0.0:1", 1);
    setenv("RINGFENCE_TLS_CERT", "x", 1);
    load(&l, "");
    unsetenv("RINGFENCE_FEED_LISTEN");
    unsetenv("RINGFENCE_TLS_CERT");
    assert_int_equal(l.rc, RF_ERR_INVALID);
    assert_says(&l, "RINGFENCE_FEED_LISTEN:1:9: error");
    assert_says(&l, "RINGFENCE_TLS_CERT is not supported yet");
    unload(&l);
}

static void a_misspelled_variable_is_warned_of(void **state)
{
    (void)state;
    struct loaded l;
    setenv("RINGFENCE_FEED_WORKRES", "2", 1);
    setenv("RINGFENCE_PORT_7110_TCP", "tcp://10.0.0.1:7110", 1); /* an orchestrator's */
    load(&l, "");
    unsetenv("RINGFENCE_FEED_WORKRES");
    unsetenv("RINGFENCE_PORT_7110_TCP");
    assert_int_equal(l.rc, RF_OK);
    assert_says(&l, "RINGFENCE_FEED_WORKRES is not known: did you mean "
                    "'RINGFENCE_FEED_WORKERS'?");
    assert_null(strstr(l.text.p, "7110"));
    unload(&l);
}

static void missing_file_is_told(void **state)
{
    (void)state;
    struct config c;
    struct rf_report *r = rf_report_new();
    assert_int_equal(config_load(&c, "/nowhere/x.yaml", r), RF_ERR_NOENT);
    assert_int_equal(rf_report_count(r, RF_ERROR), 1);
    rf_report_free(r);
    config_fini(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sample_file_is_that_of_the_table),
        cmocka_unit_test(schema_file_is_that_of_the_table),
        cmocka_unit_test(defaults_are_those_of_the_contract),
        cmocka_unit_test(sample_file_sets_what_is_the_default),
        cmocka_unit_test(values_are_read_by_their_type),
        cmocka_unit_test(unknown_key_has_a_place_and_a_hint),
        cmocka_unit_test(wrong_values_are_errors),
        cmocka_unit_test(keys_of_later_versions_are_refused),
        cmocka_unit_test(exposed_listener_needs_insecure),
        cmocka_unit_test(environment_goes_before_the_file),
        cmocka_unit_test(environment_is_checked_too),
        cmocka_unit_test(a_misspelled_variable_is_warned_of),
        cmocka_unit_test(missing_file_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
