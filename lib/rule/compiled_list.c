#include "lib/rule/compiled_list.h"

#include "lib/base/error.h"

bool rf_rule_is_compiled(const struct rf_named_list *l)
{
    return rf_str_ends(l->path, RF_STR(RF_COMPILED_SUFFIX));
}

/* Whether the text has not changed since: told by size and time, else by its content,
 * since copying a file changes its time alone. */
static bool is_current(struct rf_load *ld, struct rf_str text,
                       const struct rf_list_origin *o)
{
    struct rf_rule_stamp stamp;
    struct rf_buf bytes;
    const char *why;
    if (ld->io->stamp(ld->io->ctx, text, &stamp) != RF_OK || stamp.bytes != o->bytes)
        return false;
    if (stamp.mtime_ns == o->mtime_ns)
        return true;
    rf_buf_init(&bytes);
    bool same = ld->io->read(ld->io->ctx, text, &bytes, &why) == RF_OK &&
                bytes.n == o->bytes && rf_list_text_hash(rf_buf_str(&bytes)) == o->hash;
    rf_buf_fini(&bytes);
    return same;
}

/* Why an opened list must not stand for l, or NULL. */
static const char *unfit(struct rf_load *ld, const struct rf_named_list *l,
                         const struct rf_list *list)
{
    const struct rf_list_origin o = rf_list_get_origin(list);
    const char *country = ld->rs->plan ? rf_plan_iso(ld->rs->plan) : "";
    if (rf_list_get_type(list) != l->type)
        return rf_arena_printf(ld->arena, "it holds %s",
                               rf_list_type_name(rf_list_get_type(list)))
            .p;
    if (strcmp(o.country, country) != 0)
        return rf_arena_printf(ld->arena, "compiled for numbering.country %s, not %s",
                               o.country, country)
            .p;
    if (!rf_rule_is_compiled(l) && !is_current(ld, l->path, &o))
        return "its text has changed since";
    return NULL;
}

struct rf_list *rf_rule_compiled_list(struct rf_load *ld, const struct rf_named_list *l,
                                      const char **why)
{
    void *bytes;
    size_t n;
    struct rf_rule_stamp stamp;
    struct rf_str path = l->path;
    *why = NULL;
    if (!ld->io->read_pages || !ld->io->stamp) {
        *why = rf_rule_is_compiled(l) ? "compiled lists cannot be read here" : NULL;
        return NULL;
    }
    if (!rf_rule_is_compiled(l) && ld->io->stamp(ld->io->ctx, path, &stamp) != RF_OK)
        return NULL; /* reading the text will tell why */
    if (!rf_rule_is_compiled(l))
        path = rf_arena_printf(ld->arena, "%.*s" RF_COMPILED_SUFFIX, RF_STR_FMT(path));
    int rc = ld->io->read_pages(ld->io->ctx, path, &bytes, &n, why);
    if (rc == RF_ERR_NOENT && !rf_rule_is_compiled(l))
        *why = NULL;
    if (rc != RF_OK)
        return NULL;
    struct rf_list *list = rf_list_open(bytes, n, why);
    if (list && (*why = unfit(ld, l, list))) {
        rf_list_free(list);
        return NULL;
    }
    return list;
}
