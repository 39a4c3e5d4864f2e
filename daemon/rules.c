#include "daemon/rules.h"

#include <stdlib.h>

#include "daemon/files.h"
#include "lib/base/mem.h"
#include "lib/rule/code.h"
#include "lib/rule/load.h"

static bool expand_all(struct files *f, const struct config *config,
                       struct rf_report *report)
{
    bool ok = true;
    for (size_t i = 0; i < config->rules.n; i++) {
        const char *why = "";
        if (files_expand(f, config->rules.v[i], &why) == RF_OK)
            continue;
        rf_report_add(report, RF_ERROR, RF_CODE_READ, RF_NO_SOURCE, 0, 0,
                      "cannot read rules: %s", why);
        ok = false;
    }
    files_sort(f);
    return ok;
}

struct rf_ruleset *rules_load(const struct config *config,
                              const struct rf_ruleset *previous, bool force,
                              struct changes *changes, struct rf_report *report)
{
    struct files f;
    struct rf_ruleset *rs = NULL;
    const struct rf_rule_options options = {.force = force,
                                            .previous = previous,
                                            .changes = changes ? changes_overlay : NULL,
                                            .changes_arg = changes};
    files_init(&f);
    if (expand_all(&f, config, report)) {
        struct rf_rule_io io = files_io(&f);
        rs = rf_rule_load(f.v, f.n, &config->settings, &io, &options, report);
    }
    files_fini(&f);
    return rs;
}

static int read_source(void *ctx, struct rf_str path, struct rf_buf *out,
                       const char **why)
{
    const struct rf_ruleset *rs = ctx;
    for (uint32_t i = 0; i < rs->nsources; i++)
        if (rf_str_eq(rs->sources[i].name, path)) {
            rf_buf_adds(out, rs->sources[i].text);
            return RF_OK;
        }
    *why = "it was not there before";
    return RF_ERR_NOENT;
}

struct rf_ruleset *rules_load_again(const struct config *config,
                                    const struct rf_ruleset *previous,
                                    struct changes *changes)
{
    const struct rf_rule_options options = {.keep_lists = true,
                                            .force = true,
                                            .previous = previous,
                                            .changes = changes_overlay,
                                            .changes_arg = changes};
    struct rf_rule_io io = {.ctx = (void *)previous, .read = read_source};
    struct rf_str *names = rf_mem_calloc(previous->nsources, sizeof *names);
    struct rf_report *report = rf_report_new();
    for (uint32_t i = 0; i < previous->nsources; i++)
        names[i] = previous->sources[i].name;
    struct rf_ruleset *rs =
        rf_rule_load(names, previous->nsources, &config->settings, &io, &options, report);
    rf_report_free(report);
    free(names);
    return rs;
}
