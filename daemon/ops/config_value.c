#include "daemon/ops/config_table.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/record/field.h"
#include "lib/rule/scalar.h"

struct rf_diag *config_error(struct config_reader *r, const struct rf_yaml_node *n,
                             const char *code, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return rf_report_add(r->report, RF_ERROR, code, n->source, n->begin, n->end, "%s",
                         text);
}

static void *member(struct config_reader *r, size_t at)
{
    return (char *)r->c + at;
}

static void put_array(struct config_reader *r, const struct config_key *key,
                      const void *array, size_t n)
{
    *(const void **)member(r, key->at) = array;
    *(size_t *)member(r, key->count_at) = n;
}

static bool expect(struct config_reader *r, const struct config_key *key,
                   const struct rf_yaml_node *n, enum rf_yaml_kind kind, const char *what)
{
    if (n->kind == kind)
        return true;
    config_error(r, n, RF_CODE_TYPE, "%s takes %s", key->name, what);
    return false;
}

/* A string for people or names: what YAML reads as something else must be quoted. */
static bool string(struct config_reader *r, const struct config_key *key,
                   const struct rf_yaml_node *n, struct rf_str *out)
{
    if (!expect(r, key, n, RF_YAML_SCALAR, "a string"))
        return false;
    if (!r->lenient && rf_scalar_needs_quotes(n)) {
        struct rf_diag *d =
            config_error(r, n, RF_CODE_QUOTE, "%s takes a string", key->name);
        rf_report_hint(r->report, d, "put it in quotes");
        return false;
    }
    *out = rf_arena_dup(&r->c->arena, n->s);
    if (key->check)
        key->check(r, key, n);
    return true;
}

static void set_str(struct config_reader *r, const struct config_key *key,
                    const struct rf_yaml_node *n)
{
    struct rf_str *out = member(r, key->at);
    if (strcmp(key->fallback, "null") == 0 && rf_yaml_is_null(n))
        *out = RF_STR("");
    else
        string(r, key, n, out);
}

static void set_strs(struct config_reader *r, const struct config_key *key,
                     const struct rf_yaml_node *n)
{
    if (!expect(r, key, n, RF_YAML_LIST, "a list"))
        return;
    struct rf_str *v = RF_NEW_ARRAY(&r->c->arena, struct rf_str, n->n);
    for (uint32_t i = 0; i < n->n; i++)
        string(r, key, n->items[i], &v[i]);
    put_array(r, key, v, n->n);
}

static bool in_range(struct config_reader *r, const struct config_key *key,
                     const struct rf_yaml_node *n, bool parsed, const int64_t *value,
                     const char *what)
{
    if (parsed && *value >= key->min && *value <= key->max)
        return true;
    if (!parsed)
        config_error(r, n, RF_CODE_VALUE, "%s takes %s", key->name, what);
    else
        config_error(r, n, RF_CODE_VALUE, "%s is out of range", key->name);
    return false;
}

static void set_count(struct config_reader *r, const struct config_key *key,
                      const struct rf_yaml_node *n)
{
    int64_t v = 0;
    bool workers = key->type == CONFIG_WORKERS;
    if (workers && n->kind == RF_YAML_SCALAR && rf_str_eqz(n->s, "auto")) {
        long cpus = sysconf(_SC_NPROCESSORS_ONLN);
        v = cpus < 1 ? 1 : cpus > key->max ? key->max : cpus;
    } else if (!in_range(r, key, n, rf_scalar_int(n, &v), &v,
                         workers ? "a number of threads or auto" : "a whole number")) {
        return;
    }
    *(uint64_t *)member(r, key->at) = (uint64_t)v;
}

static void set_size(struct config_reader *r, const struct config_key *key,
                     const struct rf_yaml_node *n)
{
    int64_t v = 0;
    if (in_range(r, key, n, rf_scalar_size(n, &v), &v, "a size such as 64KiB"))
        *(size_t *)member(r, key->at) = (size_t)v;
}

static void set_duration(struct config_reader *r, const struct config_key *key,
                         const struct rf_yaml_node *n)
{
    int64_t v = 0;
    if (in_range(r, key, n, rf_scalar_duration(n, &v), &v,
                 "a duration such as 30s or 5m"))
        *(int64_t *)member(r, key->at) = v;
}

static void set_score(struct config_reader *r, const struct config_key *key,
                      const struct rf_yaml_node *n)
{
    int64_t v = 0;
    if (in_range(r, key, n, rf_scalar_milli(n, &v), &v, "a number"))
        *(int64_t *)member(r, key->at) = v;
}

static void set_bool(struct config_reader *r, const struct config_key *key,
                     const struct rf_yaml_node *n)
{
    bool v;
    if (rf_scalar_bool(n, &v))
        *(bool *)member(r, key->at) = v;
    else
        config_error(r, n, RF_CODE_TYPE, "%s takes true or false", key->name);
}

static int word(struct config_reader *r, const struct config_key *key,
                const struct rf_yaml_node *n)
{
    int i = n->kind == RF_YAML_SCALAR ? config_name_index(key->names, n->s) : -1;
    if (i >= 0)
        return i;
    struct rf_diag *d =
        config_error(r, n, RF_CODE_WORD, "%s takes one of: %s", key->name, key->names);
    if (n->kind == RF_YAML_SCALAR && rf_str_eqz(n->s, "block"))
        rf_report_hint(r->report, d, "what is not judged is never blocked");
    return -1;
}

static void set_enum(struct config_reader *r, const struct config_key *key,
                     const struct rf_yaml_node *n)
{
    int i = word(r, key, n);
    if (i >= 0)
        *(int *)member(r, key->at) = i;
}

static void set_set(struct config_reader *r, const struct config_key *key,
                    const struct rf_yaml_node *n)
{
    unsigned set = 0;
    if (!expect(r, key, n, RF_YAML_LIST, "a list"))
        return;
    for (uint32_t i = 0; i < n->n; i++) {
        int at = word(r, key, n->items[i]);
        set |= at >= 0 ? 1u << at : 0;
    }
    *(unsigned *)member(r, key->at) = set;
}

static void set_pairs(struct config_reader *r, const struct config_key *key,
                      const struct rf_yaml_node *n)
{
    if (!expect(r, key, n, RF_YAML_MAP, "a map"))
        return;
    struct rf_pair_setting *v = RF_NEW_ARRAY(&r->c->arena, struct rf_pair_setting, n->n);
    for (uint32_t i = 0; i < n->n; i++) {
        v[i].key = rf_arena_dup(&r->c->arena, n->pairs[i].key->s);
        string(r, key, n->pairs[i].value, &v[i].value);
    }
    put_array(r, key, v, n->n);
}

/* FIELD: NAME becomes NAME -> FIELD, and the feed's own FIELD is dropped. */
static void set_fields(struct config_reader *r, const struct config_key *key,
                       const struct rf_yaml_node *n)
{
    size_t used = 0;
    if (!expect(r, key, n, RF_YAML_MAP, "a map"))
        return;
    struct rf_pair_setting *v =
        RF_NEW_ARRAY(&r->c->arena, struct rf_pair_setting, 2 * (size_t)n->n);
    for (uint32_t i = 0; i < n->n; i++) {
        const struct rf_yaml_pair *p = &n->pairs[i];
        struct rf_str field = rf_arena_dup(&r->c->arena, p->key->s), name = RF_STR("");
        if (rf_field_find(field) == RF_FIELD_NONE)
            config_error(r, p->key, RF_CODE_WORD, "no field '%.*s' in records",
                         RF_STR_FMT(field));
        if (string(r, key, p->value, &name) && name.n)
            v[used++] = (struct rf_pair_setting){name, field};
    }
    /* A field's own name, unless it is now the name of another. */
    for (uint32_t i = 0, renamed = (uint32_t)used; i < n->n; i++) {
        struct rf_str field = rf_arena_dup(&r->c->arena, n->pairs[i].key->s);
        bool taken = false;
        for (uint32_t j = 0; j < renamed; j++)
            taken |= rf_str_eq(v[j].key, field);
        if (!taken)
            v[used++] = (struct rf_pair_setting){field, RF_STR("")};
    }
    put_array(r, key, v, used);
}

static void set_pair_list(struct config_reader *r, const struct config_key *key,
                          const struct rf_yaml_node *n)
{
    size_t total = 0, used = 0;
    if (!expect(r, key, n, RF_YAML_MAP, "a map"))
        return;
    for (uint32_t i = 0; i < n->n; i++)
        if (expect(r, key, n->pairs[i].value, RF_YAML_LIST, "a list for each number"))
            total += n->pairs[i].value->n;
    struct rf_pair_setting *v = RF_NEW_ARRAY(&r->c->arena, struct rf_pair_setting, total);
    const struct config_key plain = {.name = key->name};
    for (uint32_t i = 0; i < n->n; i++) {
        const struct rf_yaml_pair *p = &n->pairs[i];
        if (key->check)
            key->check(r, key, p->key);
        for (uint32_t j = 0; p->value->kind == RF_YAML_LIST && j < p->value->n; j++) {
            v[used].key = rf_arena_dup(&r->c->arena, p->key->s);
            if (string(r, &plain, p->value->items[j], &v[used].value))
                used++;
        }
    }
    put_array(r, key, v, used);
}

static bool fraud_id(struct rf_str id)
{
    size_t slashes = 0;
    for (size_t i = 0; i < id.n; i++) {
        bool letter =
            (id.p[i] >= 'a' && id.p[i] <= 'z') || (id.p[i] >= '0' && id.p[i] <= '9');
        bool between = i > 0 && i + 1 < id.n && (id.p[i] == '-' || id.p[i] == '/');
        if (!letter && !between)
            return false;
        slashes += id.p[i] == '/';
    }
    return id.n > 0 && id.n <= 64 && slashes <= 1;
}

static void set_fraud(struct config_reader *r, const struct config_key *key,
                      const struct rf_yaml_node *n)
{
    if (!expect(r, key, n, RF_YAML_MAP, "a map"))
        return;
    struct rf_fraud_type *v = RF_NEW_ARRAY(&r->c->arena, struct rf_fraud_type, n->n);
    for (uint32_t i = 0; i < n->n; i++) {
        const struct rf_yaml_pair *p = &n->pairs[i];
        const struct rf_yaml_node *en = rf_yaml_get(p->value, "en");
        const struct rf_yaml_node *zh = rf_yaml_get(p->value, "zh");
        if (!fraud_id(p->key->s))
            config_error(r, p->key, RF_CODE_VALUE,
                         "a fraud type is lower case: 'group' or 'group/kind'");
        if (!en || !zh || p->value->n != 2)
            config_error(r, p->value, RF_CODE_MISSING, "a fraud type takes {en, zh}");
        v[i].id = rf_arena_dup(&r->c->arena, p->key->s);
        if (en)
            string(r, key, en, &v[i].en);
        if (zh)
            string(r, key, zh, &v[i].zh);
    }
    put_array(r, key, v, n->n);
}

void config_set(struct config_reader *r, const struct config_key *key,
                const struct rf_yaml_node *n)
{
    static void (*const set[])(struct config_reader *, const struct config_key *,
                               const struct rf_yaml_node *) = {
        [CONFIG_STR] = set_str,
        [CONFIG_STRS] = set_strs,
        [CONFIG_BOOL] = set_bool,
        [CONFIG_COUNT] = set_count,
        [CONFIG_WORKERS] = set_count,
        [CONFIG_SIZE] = set_size,
        [CONFIG_DURATION] = set_duration,
        [CONFIG_SCORE] = set_score,
        [CONFIG_ENUM] = set_enum,
        [CONFIG_SET] = set_set,
        [CONFIG_FIELDS] = set_fields,
        [CONFIG_PAIRS] = set_pairs,
        [CONFIG_PAIR_LIST] = set_pair_list,
        [CONFIG_FRAUD] = set_fraud,
    };
    set[key->type](r, key, n);
}
