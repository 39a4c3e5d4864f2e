/* What the files declare: lists, macros and rules, sorted by id, each id once. */
#include <stdlib.h>

#include "lib/base/limits.h"
#include "lib/rule/compile.h"
#include "lib/rule/scalar.h"

#define REF(name) "{\"$ref\":\"#/definitions/" name "\"}"
#define LIST_OF(name) "{\"type\":\"array\",\"items\":" REF(name) "}"

static const struct rf_key_info file_keys[] = {
    {"version", RF_KEY_REQUIRED, "{\"const\":1}"},
    {"lists", 0, LIST_OF("list")},
    {"macros", 0, LIST_OF("macro")},
    {"rules", 0, LIST_OF("rule")},
    {"overrides", RF_KEY_LATER, NULL}};
const struct rf_keys rf_file_keys = {"a rule file", file_keys, 5};

static const struct rf_key_info macro_keys[] = {
    {"id", RF_KEY_REQUIRED, REF("id")},
    {"when", RF_KEY_REQUIRED, REF("condition")},
    {"description", 0, REF("string")}};
const struct rf_keys rf_macro_keys = {"a macro", macro_keys, 3};

static void declare(struct rf_load *ld, const struct rf_rule_file *file,
                    const struct rf_yaml_node *item, const char *what,
                    struct rf_vec *into, size_t element)
{
    if (item->bad)
        return;
    struct rf_decl *d = rf_vec_push(ld, into, element);
    *d = (struct rf_decl){.id = rf_str("", 0), .node = item, .file = file};
    d->id_node = rf_yaml_get(item, "id");
    if (item->kind == RF_YAML_MAP && d->id_node)
        if (!rf_want_id(ld, d->id_node, what, &d->id))
            d->id = rf_str("", 0);
}

static void declare_all(struct rf_load *ld, const struct rf_rule_file *file,
                        const char *key, const char *what, struct rf_vec *into,
                        size_t element)
{
    const struct rf_yaml_node *list = rf_yaml_get(file->root, key);
    if (!list || list->bad || rf_yaml_is_null(list))
        return;
    if (list->kind != RF_YAML_LIST) {
        struct rf_diag *d =
            rf_rule_error(ld, RF_CODE_TYPE, list, "'%s' must be a list", key);
        rf_rule_hint(ld, d, "each begins with '- '");
        return;
    }
    for (uint32_t i = 0; i < list->n; i++)
        declare(ld, file, list->items[i], what, into, element);
}

static void check_version(struct rf_load *ld, const struct rf_yaml_node *root)
{
    const struct rf_yaml_node *v = rf_yaml_get(root, "version");
    int64_t n;
    if (!v || v->bad || (rf_scalar_int(v, &n) && n == 1))
        return;
    struct rf_diag *d =
        rf_rule_error(ld, RF_CODE_VERSION, v, "this is not a version known here");
    rf_rule_hint(ld, d, "version: 1");
}

static void declare_file(struct rf_load *ld, const struct rf_rule_file *file)
{
    if (!file->root || rf_yaml_is_null(file->root))
        return;
    if (!rf_keys_check(ld, file->root, &rf_file_keys))
        return;
    check_version(ld, file->root);
    declare_all(ld, file, "lists", "a list's id", &ld->lists, sizeof(struct rf_decl));
    declare_all(ld, file, "macros", "a macro's id", &ld->macros, sizeof(struct rf_macro));
    declare_all(ld, file, "rules", "a rule's id", &ld->rules, sizeof(struct rf_decl));
}

static int by_id(const void *pa, const void *pb)
{
    const struct rf_decl *a = pa, *b = pb;
    int c = rf_str_cmp(a->id, b->id);
    if (c)
        return c;
    if (a->node->source != b->node->source)
        return a->node->source < b->node->source ? -1 : 1;
    return (a->node->begin > b->node->begin) - (a->node->begin < b->node->begin);
}

static void report_twice(struct rf_load *ld, const struct rf_decl *d,
                         const struct rf_decl *first, const char *what)
{
    unsigned line, column;
    struct rf_diag *diag =
        rf_rule_error(ld, RF_CODE_TWICE, d->id_node, "%s '%.*s' is given twice", what,
                      RF_STR_FMT(d->id));
    if (!diag)
        return; /* past the limit: the position would be looked up in vain */
    rf_report_position(ld->report, first->node->source, first->id_node->begin, &line,
                       &column);
    rf_rule_hint(ld, diag, "first in %.*s:%u", RF_STR_FMT(first->file->name), line);
}

/* Sort, report ids given twice and keep their first; ids to indexes. Declarations without
 * a good id stay, at the head, for what else is wrong with them. */
static void settle(struct rf_load *ld, struct rf_vec *v, size_t element, const char *what,
                   struct rf_map *ids)
{
    char *p = v->p;
    uint32_t kept = 0;
    if (v->n)
        qsort(p, v->n, element, by_id);
    for (uint32_t i = 0; i < v->n; i++) {
        const struct rf_decl *d = (const void *)(p + i * element);
        const struct rf_decl *last =
            kept ? (const void *)(p + (kept - 1) * element) : NULL;
        if (d->id.n && last && rf_str_eq(last->id, d->id)) {
            report_twice(ld, d, last, what);
            continue;
        }
        if (kept != i)
            memcpy(p + kept * element, p + i * element, element);
        if (d->id.n)
            rf_map_put(ids, d->id, kept);
        kept++;
    }
    v->n = kept;
}

static void find_macros(struct rf_load *ld)
{
    for (uint32_t i = 0; i < ld->macros.n; i++) {
        struct rf_macro *m = RF_VEC_AT(ld->macros, struct rf_macro, i);
        if (rf_keys_check(ld, m->decl.node, &rf_macro_keys))
            m->when = rf_yaml_get(m->decl.node, "when");
        struct rf_str ignored;
        const struct rf_yaml_node *text = rf_yaml_get(m->decl.node, "description");
        if (text)
            rf_want_string(ld, text, "description", &ignored);
    }
}

void rf_rule_declare(struct rf_load *ld)
{
    for (size_t i = 0; i < ld->nfiles; i++)
        declare_file(ld, &ld->files[i]);
    settle(ld, &ld->lists, sizeof(struct rf_decl), "list", &ld->list_ids);
    settle(ld, &ld->macros, sizeof(struct rf_macro), "macro", &ld->macro_ids);
    settle(ld, &ld->rules, sizeof(struct rf_decl), "rule", &ld->rule_ids);
    find_macros(ld);
    if (ld->rules.n > RF_LIMIT_RULES)
        rf_report_add(ld->report, RF_ERROR, RF_CODE_LIMIT, RF_NO_SOURCE, 0, 0,
                      "%u rules are more than the %d that one ruleset may have",
                      ld->rules.n, RF_LIMIT_RULES);
}
