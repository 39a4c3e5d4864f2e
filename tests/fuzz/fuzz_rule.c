/* Any bytes as a rule file: the loader reports or compiles, never crashes or leaks. */
#include <stdint.h>
#include <stdlib.h>

#include "lib/base/error.h"
#include "lib/rule/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static int read_input(void *ctx, struct rf_str path, struct rf_buf *out, const char **why)
{
    if (rf_str_eqz(path, "rules/a.yaml")) {
        rf_buf_adds(out, *(const struct rf_str *)ctx);
        return 0;
    }
    if (rf_str_ends(path, RF_STR(".txt"))) {
        rf_buf_addz(out, "+8613800000000\nexample.com\nparcel\n");
        return 0;
    }
    *why = "no such file";
    return RF_ERR_NOENT;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct rf_settings settings;
    struct rf_str input = rf_str((const char *)data, n);
    const struct rf_rule_io io = {.ctx = &input, .read = read_input};
    const struct rf_rule_options options = {.keep_tests = true};
    const struct rf_str file = RF_STR("rules/a.yaml");
    struct rf_report *report = rf_report_new();
    struct rf_buf text;
    rf_settings_default(&settings);
    struct rf_ruleset *rs = rf_rule_load(&file, 1, &settings, &io, &options, report);
    if ((rs == NULL) != (rf_report_count(report, RF_ERROR) > 0))
        abort();
    rf_buf_init(&text);
    rf_report_render(report, &text, false);
    rf_buf_fini(&text);
    rf_ruleset_free(rs);
    rf_report_free(report);
    return 0;
}
