#include "daemon/ops/config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/files.h"
#include "daemon/ops/config_table.h"
#include "lib/base/limits.h"

#define NAMES_MAX 64
#define ENV_NAME_BYTES 128

/* The names that may stand in a section (or at the top), for suggestions. */
static size_t names_of(struct rf_str section, const char *out[NAMES_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < config_nkeys; i++) {
        const struct config_key *k = &config_keys[i];
        bool first = i == 0 || strcmp(k->section, config_keys[i - 1].section) != 0;
        if (k->type == CONFIG_LATER || n + 1 >= NAMES_MAX)
            continue;
        if (rf_str_eqz(section, k->section))
            out[n++] = k->name;
        else if (section.n == 0 && first)
            out[n++] = k->section;
    }
    return n;
}

static void unknown(struct config_reader *r, struct rf_str section,
                    const struct rf_yaml_node *key)
{
    const char *names[NAMES_MAX];
    const char *near = rf_diag_suggest(key->s, names, names_of(section, names));
    struct rf_diag *d =
        config_error(r, key, RF_CODE_KEY, "unknown key '%.*s'", RF_STR_FMT(key->s));
    if (near)
        rf_report_hint(r->report, d, "did you mean '%s'?", near);
}

static bool section_is_later(struct rf_str section)
{
    for (size_t i = 0; i < config_nkeys; i++)
        if (rf_str_eqz(section, config_keys[i].section) &&
            config_keys[i].type != CONFIG_LATER)
            return false;
    return true;
}

static void later(struct config_reader *r, const struct rf_yaml_node *key)
{
    config_error(r, key, RF_CODE_LATER, "'%.*s' is not supported yet",
                 RF_STR_FMT(key->s));
}

static void read_key(struct config_reader *r, const struct config_key *key,
                     const struct rf_yaml_node *name, const struct rf_yaml_node *value)
{
    if (key->type == CONFIG_LATER) {
        later(r, name);
        return;
    }
    if (key->check == config_check_listen && value->kind == RF_YAML_LIST)
        r->listen = value;
    config_set(r, key, value);
}

static void read_section(struct config_reader *r, const struct rf_yaml_node *name,
                         const struct rf_yaml_node *map)
{
    if (section_is_later(name->s)) {
        later(r, name);
        return;
    }
    if (rf_yaml_is_null(map))
        return;
    if (map->kind != RF_YAML_MAP) {
        config_error(r, map, RF_CODE_TYPE, "%.*s takes a map", RF_STR_FMT(name->s));
        return;
    }
    for (uint32_t i = 0; i < map->n; i++) {
        const struct rf_yaml_pair *p = &map->pairs[i];
        const struct config_key *key = config_find(name->s, p->key->s);
        if (key)
            read_key(r, key, p->key, p->value);
        else
            unknown(r, name->s, p->key);
    }
}

static void read_tree(struct config_reader *r, const struct rf_yaml_node *root)
{
    if (!root || rf_yaml_is_null(root))
        return;
    if (root->kind != RF_YAML_MAP) {
        config_error(r, root, RF_CODE_TYPE, "a configuration is a map of sections");
        return;
    }
    for (uint32_t i = 0; i < root->n; i++) {
        const struct rf_yaml_pair *p = &root->pairs[i];
        const struct config_key *key = config_find(RF_STR(""), p->key->s);
        if (key)
            read_key(r, key, p->key, p->value);
        else if (config_is_section(p->key->s))
            read_section(r, p->key, p->value);
        else
            unknown(r, RF_STR(""), p->key);
    }
}

static const struct rf_yaml_node *parse(struct config_reader *r, const char *name,
                                        struct rf_str text)
{
    uint32_t source = rf_report_source(r->report, rf_str_of(name), text);
    return rf_yaml_read(&r->c->arena, r->report, source);
}

/* Defaults are YAML of the table: that they are right is for the tests to show. */
static void set_defaults(struct config_reader *r)
{
    for (size_t i = 0; i < config_nkeys; i++) {
        const struct config_key *k = &config_keys[i];
        if (k->type == CONFIG_LATER)
            continue;
        const struct rf_yaml_node *n = parse(r, k->name, rf_str_of(k->fallback));
        if (n)
            config_set(r, k, n);
    }
}

static int read_file(struct config_reader *r, const char *path)
{
    const char *why = "";
    struct rf_buf text;
    rf_buf_init(&text);
    int rc = files_read(path, RF_LIMIT_RULE_FILE_BYTES, &text, &why);
    if (rc == RF_OK)
        read_tree(r, parse(r, path, rf_buf_str(&text)));
    else
        rf_report_add(r->report, RF_ERROR, RF_CODE_READ, RF_NO_SOURCE, 0, 0,
                      "cannot read %s: %s", path, why);
    rf_buf_fini(&text);
    return rc;
}

/* ---- environment ------------------------------------------------------------------ */

static void env_name(const struct config_key *k, char *out, size_t cap)
{
    snprintf(out, cap, "RINGFENCE_%s%s%s", k->section, *k->section ? "_" : "", k->name);
    for (char *p = out; *p; p++)
        *p = (char)toupper((unsigned char)*p);
}

static const struct rf_yaml_node *scalar_node(struct config_reader *r, uint32_t source,
                                              const char *text, size_t begin, size_t end)
{
    struct rf_yaml_node *n = RF_NEW(&r->c->arena, struct rf_yaml_node);
    *n = (struct rf_yaml_node){
        .source = source,
        .begin = (uint32_t)begin,
        .end = (uint32_t)end,
        .n = 0,
        .s = rf_arena_dup(&r->c->arena, rf_str(text + begin, end - begin))};
    return n;
}

/* a,b,c: a list without brackets. */
static const struct rf_yaml_node *comma_list(struct config_reader *r, uint32_t source,
                                             const char *text)
{
    size_t n = 1, at = 0;
    for (const char *p = text; *p; p++)
        n += *p == ',';
    const struct rf_yaml_node **items =
        RF_NEW_ARRAY(&r->c->arena, const struct rf_yaml_node *, n);
    for (size_t i = 0; i < n; i++) {
        size_t end = at + strcspn(text + at, ",");
        items[i] = scalar_node(r, source, text, at, end);
        at = end + 1;
    }
    struct rf_yaml_node *list = RF_NEW(&r->c->arena, struct rf_yaml_node);
    *list = (struct rf_yaml_node){.kind = RF_YAML_LIST,
                                  .source = source,
                                  .end = (uint32_t)strlen(text),
                                  .n = (uint32_t)n,
                                  .items = items};
    return list;
}

static const struct rf_yaml_node *env_node(struct config_reader *r,
                                           const struct config_key *k, const char *name,
                                           const char *text)
{
    bool list = k->type == CONFIG_STRS || k->type == CONFIG_SET;
    bool yaml =
        (k->type >= CONFIG_FIELDS && k->type != CONFIG_LATER) || (list && *text == '[');
    if (yaml)
        return parse(r, name, rf_str_of(text));
    uint32_t source = rf_report_source(r->report, rf_str_of(name), rf_str_of(text));
    return list ? comma_list(r, source, text)
                : scalar_node(r, source, text, 0, strlen(text));
}

/* A warning only: an orchestrator may set variables of a service's name (RINGFENCE_PORT).
 */
static void warn_of_misspelled(struct config_reader *r, struct rf_str name)
{
    char(*known)[ENV_NAME_BYTES] =
        rf_arena_alloc(&r->c->arena, config_nkeys * sizeof *known);
    const char **names = RF_NEW_ARRAY(&r->c->arena, const char *, config_nkeys);
    for (size_t i = 0; i < config_nkeys; i++) {
        env_name(&config_keys[i], known[i], sizeof known[i]);
        names[i] = known[i];
        if (rf_str_eqz(name, known[i]))
            return;
    }
    const char *near = rf_diag_suggest(name, names, config_nkeys);
    if (near)
        rf_report_add(r->report, RF_WARNING, RF_CODE_KEY, RF_NO_SOURCE, 0, 0,
                      "the environment's %.*s is not known: did you mean '%s'?",
                      RF_STR_FMT(name), near);
}

static void read_environment(struct config_reader *r)
{
    char name[ENV_NAME_BYTES];
    for (char **v = environ; *v; v++)
        if (strncmp(*v, "RINGFENCE_", 10) == 0)
            warn_of_misspelled(r, rf_str(*v, strcspn(*v, "=")));
    r->lenient = true;
    for (size_t i = 0; i < config_nkeys; i++) {
        const struct config_key *k = &config_keys[i];
        env_name(k, name, sizeof name);
        const char *text = getenv(name);
        if (!text || !*text)
            continue;
        const struct rf_yaml_node *n = env_node(r, k, name, text);
        if (n && k->type == CONFIG_LATER)
            config_error(r, n, RF_CODE_LATER, "%s is not supported yet", name);
        else if (n)
            read_key(r, k, n, n);
    }
    r->lenient = false;
}

/* ---- entry points ----------------------------------------------------------------- */

void config_default(struct config *c)
{
    struct rf_report *report = rf_report_new();
    struct config_reader r = {.c = c, .report = report};
    *c = (struct config){0};
    rf_arena_init(&c->arena, 0);
    rf_settings_default(&c->settings);
    set_defaults(&r);
    rf_report_free(report);
}

int config_load(struct config *c, const char *path, struct rf_report *report)
{
    int rc = RF_OK;
    size_t before = rf_report_count(report, RF_ERROR);
    struct config_reader r = {.c = c, .report = report};
    config_default(c);
    if (path)
        rc = read_file(&r, path);
    read_environment(&r);
    config_check_all(&r);
    if (rc == RF_OK && rf_report_count(report, RF_ERROR) > before)
        rc = RF_ERR_INVALID;
    return rc;
}

void config_fini(struct config *c)
{
    rf_arena_fini(&c->arena);
}
