#include "lib/rule/load.h"

#include "lib/base/error.h"
#include "lib/base/limits.h"
#include "lib/rule/compile.h"
#include "lib/ruleset/index.h"
#include "lib/ruleset/fraud_type.h"

void rf_rule_read_files(struct rf_load *ld, const struct rf_str *names, size_t n)
{
    ld->nfiles = n;
    ld->files = RF_NEW_ARRAY(&ld->tmp, struct rf_rule_file, n);
    for (size_t i = 0; i < n; i++) {
        struct rf_buf bytes;
        const char *why = NULL;
        rf_buf_init(&bytes);
        int rc = ld->io->read(ld->io->ctx, names[i], &bytes, &why);
        if (rc == 0 && bytes.n > RF_LIMIT_RULE_FILE_BYTES) {
            rc = RF_ERR_LIMIT;
            why = "larger than 16 MiB";
        }
        struct rf_rule_file *f = &ld->files[i];
        f->name = rf_arena_dup(&ld->tmp, names[i]);
        f->source = rf_report_source(ld->report, names[i],
                                     rc == 0 ? rf_buf_str(&bytes) : rf_str("", 0));
        rf_buf_fini(&bytes);
        if (i == 0)
            ld->first_source = f->source;
        if (rc == 0)
            f->root = rf_yaml_read(&ld->tmp, ld->report, f->source);
        else
            rf_report_add(ld->report, RF_ERROR, RF_CODE_READ, RF_NO_SOURCE, 0, 0,
                          "cannot read %.*s: %s", RF_STR_FMT(names[i]),
                          why ? why : "no reason given");
    }
}

static void setting_error(struct rf_load *ld, const char *what, struct rf_str value)
{
    rf_report_add(ld->report, RF_ERROR, RF_CODE_SETTING, RF_NO_SOURCE, 0, 0,
                  "numbering.%s: there is no '%.*s'", what, RF_STR_FMT(value));
}

static void take_settings(struct rf_load *ld, const struct rf_settings *settings)
{
    struct rf_ruleset *rs = ld->rs;
    rf_settings_copy(ld->arena, settings, &rs->settings);
    rs->plan = rf_plan_find(rs->settings.country);
    if (!rs->plan)
        setting_error(ld, "country", rs->settings.country);
    if (rf_zone_init(&rs->zone, ld->arena, rs->settings.timezone) != 0) {
        setting_error(ld, "timezone", rs->settings.timezone);
        rs->zone.changes = RF_NEW(ld->arena, struct rf_zone_change); /* UTC, to go on */
        rs->zone.changes->from_ms = INT64_MIN;
        rs->zone.n = 1;
    }
}

static void take_fraud_types(struct rf_load *ld)
{
    struct rf_ruleset *rs = ld->rs;
    size_t n;
    const struct rf_fraud_type *built_in = rf_fraud_types(&n);
    rs->fraud_types =
        RF_NEW_ARRAY(ld->arena, struct rf_fraud_type, n + rs->settings.nfraud_types);
    memcpy(rs->fraud_types, built_in, n * sizeof *built_in);
    rs->nfraud_types = (uint32_t)n;
    for (size_t i = 0; i < rs->settings.nfraud_types; i++)
        rs->fraud_types[rs->nfraud_types++] = rs->settings.fraud_types[i];
    for (uint32_t i = 0; i < rs->nfraud_types; i++)
        rf_map_put(&ld->fraud_ids, rs->fraud_types[i].id, i);
}

static void begin(struct rf_load *ld)
{
    struct rf_arena arena;
    rf_arena_init(&ld->tmp, 0);
    rf_arena_init(&arena, 0);
    ld->rs = RF_NEW(&arena, struct rf_ruleset);
    ld->rs->arena = arena;
    ld->arena = &ld->rs->arena;
    ld->patterns = rf_matcher_builder_new();
    rf_map_init(&ld->rule_ids);
    rf_map_init(&ld->list_ids);
    rf_map_init(&ld->macro_ids);
    rf_map_init(&ld->fraud_ids);
    rf_map_init(&ld->test_ids);
}

static void end(struct rf_load *ld)
{
    rf_matcher_builder_free(ld->patterns);
    rf_map_fini(&ld->rule_ids);
    rf_map_fini(&ld->list_ids);
    rf_map_fini(&ld->macro_ids);
    rf_map_fini(&ld->fraud_ids);
    rf_map_fini(&ld->test_ids);
    rf_arena_fini(&ld->tmp);
}

static void keep_sources(struct rf_load *ld)
{
    struct rf_ruleset *rs = ld->rs;
    rs->nsources = (uint32_t)ld->nfiles;
    rs->sources = RF_NEW_ARRAY(ld->arena, struct rf_source, rs->nsources);
    for (uint32_t i = 0; i < rs->nsources; i++)
        rs->sources[i] = (struct rf_source){
            rf_rule_keep(ld, ld->files[i].name),
            rf_rule_keep(ld, rf_report_source_text(ld->report, ld->files[i].source))};
}

static void build_matcher(struct rf_load *ld)
{
    struct rf_pattern_error err = {.hint = NULL};
    ld->rs->matcher = rf_matcher_build(ld->patterns, &err);
    if (!ld->rs->matcher)
        rf_report_add(ld->report, RF_ERROR, RF_CODE_PATTERNS, RF_NO_SOURCE, 0, 0, "%s",
                      err.message);
}

struct rf_ruleset *rf_rule_load(const struct rf_str *files, size_t nfiles,
                                const struct rf_settings *settings,
                                const struct rf_rule_io *io,
                                const struct rf_rule_options *options,
                                struct rf_report *report)
{
    struct rf_load ld = {.report = report, .io = io, .options = *options};
    size_t before = rf_report_count(report, RF_ERROR);
    begin(&ld);
    take_settings(&ld, settings);
    take_fraud_types(&ld);
    rf_rule_read_files(&ld, files, nfiles);
    rf_rule_declare(&ld);
    rf_rule_load_lists(&ld);
    rf_rule_check_macros(&ld);
    rf_rule_compile_all(&ld);
    rf_rule_link(&ld);
    if (rf_report_count(report, RF_ERROR) == before) {
        build_matcher(&ld);
        if (ld.rs->matcher)
            rf_index_build(ld.rs);
        keep_sources(&ld);
        rf_rule_hash(&ld);
    }
    struct rf_ruleset *rs = ld.rs;
    end(&ld);
    if (rf_report_count(report, RF_ERROR) == before)
        return rs;
    rf_ruleset_free(rs);
    return NULL;
}
