/* Named lists: from values, from files, or kept from the ruleset before. */
#include <stdlib.h>

#include "lib/record/protected.h"
#include "lib/rule/compile.h"
#include "lib/rule/compiled_list.h"

#define REF(name) "{\"$ref\":\"#/definitions/" name "\"}"
#define BUILT_IN RF_PROTECTED_LIST
#define DAY_MS 86400000LL

static const struct rf_key_info list_keys[] = {
    {"id", RF_KEY_REQUIRED, REF("id")},
    {"type", RF_KEY_REQUIRED,
     "{\"enum\":[\"numbers\",\"senders\",\"hosts\",\"words\",\"strings\",\"pairs\"]}"},
    {"file", 0, REF("string")},
    {"values", 0, "{\"type\":\"array\",\"items\":" REF("string") ",\"minItems\":1}"},
    {"refresh", 0, REF("duration")},
    {"min_entries", 0, "{\"type\":\"integer\",\"minimum\":0}"},
    {"max_shrink", 0, REF("share")},
    {"description", 0, REF("string")}};
const struct rf_keys rf_list_keys = {"a list", list_keys,
                                     sizeof list_keys / sizeof *list_keys};

/* ---- references ---- */

const struct rf_named_list *rf_rule_list(struct rf_load *ld, const struct rf_yaml_node *n)
{
    struct rf_str id;
    if (!rf_want_string(ld, n, "a list's id", &id))
        return NULL;
    uint32_t i = rf_map_get(&ld->list_ids, id);
    if (i != RF_MAP_NONE)
        return ld->rs->lists[i].list ? &ld->rs->lists[i] : NULL;
    struct rf_diag *d =
        rf_rule_error(ld, RF_CODE_LIST, n, "there is no list '%.*s'", RF_STR_FMT(id));
    rf_rule_suggest_id(ld, d, id, &ld->lists, sizeof(struct rf_decl),
                       "a value, not a list? write it without `in`");
    return NULL;
}

bool rf_rule_is_list_ref(const struct rf_yaml_node *n)
{
    return rf_yaml_get(n, "list") != NULL;
}

static const struct rf_key_info ref_keys[] = {
    {"list", RF_KEY_REQUIRED, REF("id")},
    {"at_least", 0, "{\"type\":\"integer\",\"minimum\":1}"}};
const struct rf_keys rf_list_ref_keys = {"a named list", ref_keys, 2};

const struct rf_named_list *
rf_rule_list_ref(struct rf_load *ld, const struct rf_yaml_node *n, uint32_t *at_least)
{
    const struct rf_yaml_node *count = rf_yaml_get(n, "at_least");
    int64_t want = 1;
    rf_keys_check(ld, n, &rf_list_ref_keys);
    if (count && !rf_want_int(ld, count, "at_least", 1, 1000000, &want))
        return NULL;
    *at_least = (uint32_t)want;
    return rf_rule_list(ld, rf_yaml_get(n, "list"));
}

/* ---- contents ---- */

static void add_values(struct rf_load *ld, struct rf_list_builder *b,
                       const struct rf_yaml_node *values)
{
    uint32_t n;
    if (values->kind != RF_YAML_LIST) {
        if (!values->bad)
            rf_rule_error(ld, RF_CODE_TYPE, values, "'values' must be a list");
        return;
    }
    const struct rf_yaml_node *const *items = rf_want_items(ld, &values, "values", &n);
    for (uint32_t i = 0; i < n; i++) {
        struct rf_str s;
        if (rf_want_string(ld, items[i], "a value", &s))
            rf_list_add(b, s, ld->report, RF_ERROR, items[i]->source, items[i]->begin,
                        items[i]->end);
    }
}

/* `file` seen from the file that names it. */
static struct rf_str path_of(struct rf_load *ld, const struct rf_decl *d,
                             struct rf_str file)
{
    struct rf_str from = d->file->name;
    size_t dir = from.n;
    while (dir > 0 && from.p[dir - 1] != '/')
        dir--;
    if (file.p[0] == '/' || dir == 0)
        return rf_rule_keep(ld, file);
    return rf_arena_printf(ld->arena, "%.*s%.*s", (int)dir, from.p, RF_STR_FMT(file));
}

static const struct rf_named_list *before(const struct rf_load *ld,
                                          const struct rf_named_list *l)
{
    const struct rf_ruleset *rs = ld->options.previous;
    const struct rf_named_list *old = rs ? rf_ruleset_find_list(rs, l->id) : NULL;
    return old && old->list && old->type == l->type ? old : NULL;
}

/* Refuse the new content: keep what was before, or report. `why` is for people. */
static void refuse(struct rf_load *ld, struct rf_named_list *l,
                   const struct rf_yaml_node *at, const char *code, bool fatal,
                   struct rf_str why)
{
    const struct rf_named_list *old = before(ld, l);
    if (!old) {
        struct rf_diag *d = fatal ? rf_rule_error(ld, code, at, "list '%.*s': %.*s",
                                                  RF_STR_FMT(l->id), RF_STR_FMT(why))
                                  : rf_rule_warn(ld, code, at, "list '%.*s': %.*s",
                                                 RF_STR_FMT(l->id), RF_STR_FMT(why));
        if (fatal && l->list)
            rf_rule_hint(ld, d, "--force takes it as it is");
        return;
    }
    rf_list_free(l->list);
    l->list = rf_list_ref(old->list);
    l->kept_old = true;
    l->problem = why;
    rf_rule_warn(ld, code, at, "list '%.*s': %.*s; its old content is kept",
                 RF_STR_FMT(l->id), RF_STR_FMT(why));
}

/* Whether the content may be taken: not empty, not too few, not shrunk too much. */
static void weigh(struct rf_load *ld, struct rf_named_list *l,
                  const struct rf_yaml_node *at)
{
    uint32_t n = rf_list_size(l->list);
    const struct rf_named_list *old = before(ld, l);
    uint32_t had = old ? rf_list_size(old->list) : 0;
    if (ld->options.force)
        return;
    if (n < l->min_entries)
        refuse(ld, l, at, RF_CODE_LIST_SHRUNK, true,
               rf_arena_printf(ld->arena, "%u entries, min_entries is %llu", n,
                               (unsigned long long)l->min_entries));
    else if (n == 0)
        refuse(ld, l, at, RF_CODE_LIST_EMPTY, false, RF_STR("it is empty"));
    else if (had > 0 && n < had && (double)(had - n) > l->max_shrink * had)
        refuse(ld, l, at, RF_CODE_LIST_SHRUNK, true,
               rf_arena_printf(ld->arena, "%u entries, %u before: more than max_shrink",
                               n, had));
}

/* Bad lines are those of the text, which is not looked at. */
static void tell_bad_lines(struct rf_load *ld, const struct rf_named_list *l,
                           const struct rf_yaml_node *file)
{
    uint64_t bad = rf_list_get_origin(l->list).bad_lines;
    if (!bad)
        return;
    struct rf_str what = rf_arena_printf(
        ld->arena, "list '%.*s': %llu line%s bad when it was compiled", RF_STR_FMT(l->id),
        (unsigned long long)bad, bad == 1 ? " was" : "s were");
    struct rf_diag *d =
        ld->options.strict
            ? rf_rule_error(ld, RF_CODE_LIST_READ, file, "%.*s", RF_STR_FMT(what))
            : rf_rule_warn(ld, RF_CODE_LIST_READ, file, "%.*s", RF_STR_FMT(what));
    rf_rule_hint(ld, d, "ringfence list compile shows them");
}

/* Take the compiled list, if there is one to take; why not is said. */
static bool take_compiled(struct rf_load *ld, struct rf_named_list *l,
                          const struct rf_yaml_node *file)
{
    const char *why;
    l->list = rf_rule_compiled_list(ld, l, &why);
    if (l->list) {
        tell_bad_lines(ld, l, file);
        weigh(ld, l, file);
        return true;
    }
    if (rf_rule_is_compiled(l))
        refuse(
            ld, l, file, RF_CODE_LIST_READ, true,
            rf_arena_printf(ld->arena, "cannot use %.*s: %s", RF_STR_FMT(l->path), why));
    else if (why)
        rf_rule_hint(ld,
                     rf_rule_warn(ld, RF_CODE_LIST_READ, file,
                                  "list '%.*s': cannot use %.*s" RF_COMPILED_SUFFIX
                                  ": %s; the text is read",
                                  RF_STR_FMT(l->id), RF_STR_FMT(l->path), why),
                     "ringfence list compile -t %s makes it anew",
                     rf_list_type_name(l->type));
    return rf_rule_is_compiled(l);
}

static void read_file(struct rf_load *ld, const struct rf_decl *d,
                      struct rf_named_list *l, struct rf_list_builder *b,
                      const struct rf_yaml_node *file)
{
    struct rf_str name;
    struct rf_buf bytes;
    const char *why = NULL;
    if (!rf_want_string(ld, file, "file", &name)) {
        l->list = rf_list_finish(b);
        return;
    }
    l->path = path_of(ld, d, name);
    if (take_compiled(ld, l, file)) {
        rf_list_free(rf_list_finish(b));
        return;
    }
    rf_buf_init(&bytes);
    int rc = ld->io->read(ld->io->ctx, l->path, &bytes, &why);
    if (rc == 0)
        rf_list_add_file(b, l->path, rf_buf_str(&bytes), ld->report,
                         ld->options.strict ? RF_ERROR : RF_WARNING);
    rf_buf_fini(&bytes);
    l->list = rf_list_finish(b);
    if (rc == 0) {
        weigh(ld, l, file);
        return;
    }
    rf_list_free(l->list);
    l->list = NULL;
    refuse(ld, l, file, RF_CODE_LIST_READ, true,
           rf_arena_printf(ld->arena, "cannot read %.*s: %s", RF_STR_FMT(l->path),
                           why ? why : "no reason given"));
}

static void take_numbers(struct rf_load *ld, const struct rf_yaml_node *node,
                         struct rf_named_list *l)
{
    const struct rf_yaml_node *refresh = rf_yaml_get(node, "refresh");
    const struct rf_yaml_node *min = rf_yaml_get(node, "min_entries");
    const struct rf_yaml_node *shrink = rf_yaml_get(node, "max_shrink");
    const struct rf_yaml_node *text = rf_yaml_get(node, "description");
    struct rf_str ignored;
    int64_t n = 0;
    l->max_shrink = 0.5;
    if (refresh)
        rf_want_duration(ld, refresh, "refresh", 1000, 30 * DAY_MS, &l->refresh_ms);
    if (min && rf_want_int(ld, min, "min_entries", 0, UINT32_MAX, &n))
        l->min_entries = (uint64_t)n;
    if (shrink)
        rf_want_share(ld, shrink, "max_shrink", &l->max_shrink);
    if (text)
        rf_want_string(ld, text, "description", &ignored);
}

static int type_of(struct rf_load *ld, const struct rf_yaml_node *n)
{
    const char *words[RF_LIST_TYPES];
    for (int t = 0; t < RF_LIST_TYPES; t++)
        words[t] = rf_list_type_name((enum rf_list_type)t);
    return n ? rf_want_word(ld, n, "type", words, RF_LIST_TYPES) : -1;
}

/* Take the list of the ruleset before as it is. */
static bool keep_list(struct rf_load *ld, struct rf_named_list *l)
{
    const struct rf_named_list *old = before(ld, l);
    if (!ld->options.keep_lists || !old || !old->path.n)
        return false;
    l->list = rf_list_ref(old->list);
    l->path = rf_rule_keep(ld, old->path);
    l->kept_old = old->kept_old;
    l->problem = rf_rule_keep(ld, old->problem);
    return true;
}

/* Lists taken anew lack what was changed while running. */
static void put_changes(struct rf_load *ld, struct rf_named_list *l)
{
    const struct rf_rule_options *o = &ld->options;
    const struct rf_named_list *old = before(ld, l);
    bool shared = old && old->list == l->list;
    if (o->changes && l->list && !shared)
        rf_overlay_free(rf_list_put_overlay(
            l->list, o->changes(o->changes_arg, l->id, l->list, ld->rs->plan)));
}

static void load_one(struct rf_load *ld, const struct rf_decl *d, struct rf_named_list *l)
{
    const struct rf_yaml_node *values = rf_yaml_get(d->node, "values");
    const struct rf_yaml_node *file = rf_yaml_get(d->node, "file");
    l->id = rf_rule_keep(ld, d->id);
    l->path = l->problem = rf_str("", 0);
    l->place = rf_rule_place(ld, d->id_node ? d->id_node : d->node);
    if (!rf_keys_check(ld, d->node, &rf_list_keys))
        return;
    take_numbers(ld, d->node, l);
    if (d->id_node && rf_str_eqz(d->id, BUILT_IN))
        rf_rule_error(ld, RF_CODE_TWICE, d->id_node,
                      "'" BUILT_IN "' is the built-in list of protected numbers");
    if (!values == !file)
        rf_rule_error(ld, RF_CODE_MISSING, d->id_node ? d->id_node : d->node,
                      "a list needs one of 'file' and 'values'");
    int type = type_of(ld, rf_yaml_get(d->node, "type"));
    if (type < 0 || !values == !file)
        return;
    l->type = (enum rf_list_type)type;
    if (file && keep_list(ld, l))
        return;
    struct rf_list_builder *b = rf_list_begin(l->type, ld->rs->plan);
    if (file) {
        read_file(ld, d, l, b, file);
    } else {
        add_values(ld, b, values);
        l->list = rf_list_finish(b);
    }
    put_changes(ld, l);
}

static void built_in(struct rf_load *ld, struct rf_named_list *l)
{
    const struct rf_settings *s = &ld->rs->settings;
    const struct rf_protected *p =
        rf_protected_new(&ld->tmp, ld->rs->plan, s->protected_numbers, s->nprotected);
    struct rf_list_builder *b = rf_list_begin(RF_LIST_NUMBERS, ld->rs->plan);
    struct rf_str number;
    for (size_t i = 0; (number = rf_protected_at(p, i)).n; i++)
        rf_list_add(b, number, ld->report, RF_WARNING, RF_NO_SOURCE, 0, 0);
    *l = (struct rf_named_list){.id = RF_STR(BUILT_IN),
                                .type = RF_LIST_NUMBERS,
                                .list = rf_list_finish(b),
                                .path = {"", 0},
                                .problem = {"", 0},
                                .place = {RF_NO_SOURCE, 0, 0}};
}

void rf_rule_load_lists(struct rf_load *ld)
{
    struct rf_ruleset *rs = ld->rs;
    bool placed = false;
    rs->lists = RF_NEW_ARRAY(ld->arena, struct rf_named_list, ld->lists.n + 1);
    for (uint32_t i = 0; i <= ld->lists.n; i++) {
        const struct rf_decl *d =
            i < ld->lists.n ? RF_VEC_AT(ld->lists, struct rf_decl, i) : NULL;
        if (!placed && (!d || rf_str_cmp(d->id, RF_STR(BUILT_IN)) > 0)) {
            built_in(ld, &rs->lists[rs->nlists]);
            rf_map_put(&ld->list_ids, RF_STR(BUILT_IN), rs->nlists++);
            placed = true;
        }
        if (!d)
            break;
        struct rf_named_list *l = &rs->lists[rs->nlists++];
        load_one(ld, d, l);
        if (d->id.n && !rf_str_eqz(d->id, BUILT_IN))
            rf_map_put(&ld->list_ids, d->id, rs->nlists - 1);
    }
}
