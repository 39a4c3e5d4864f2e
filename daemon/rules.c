#include "daemon/rules.h"

#include "daemon/files.h"
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
