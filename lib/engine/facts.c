#include "lib/engine/facts.h"

#include "lib/record/host.h"

/* Not inlined: what a number costs is not to depend on what a text needs. */
#define APART __attribute__((noinline))

void rf_facts_init(struct rf_facts *f, const struct rf_ruleset *rs,
                   const struct rf_plan *plan, const struct rf_record *record,
                   struct rf_arena *arena, bool want_maps)
{
    f->rs = rs;
    f->record = record;
    f->plan = plan;
    f->arena = arena;
    f->want_maps = want_maps;
    f->ready = 0;
    f->text_ready = false;
    f->civil_ready = false;
}

static void one_str(struct rf_facts *f, struct rf_values *v, struct rf_str s)
{
    struct rf_str *p = rf_arena_alloc(f->arena, sizeof *p);
    *p = s;
    v->strs = p;
    v->n = 1;
}

/* The same of a string that stays where it is. */
static void str_there(struct rf_values *v, const struct rf_str *s)
{
    v->strs = s;
    v->n = 1;
}

/* ---- text ---- */

static bool phone_possible(void *ctx, struct rf_str number, bool plus)
{
    (void)plus;
    return rf_addr_possible(ctx, number);
}

/* Finds URLs and phones in the text and makes its views. */
static void prepare_text(struct rf_facts *f)
{
    if (f->text_ready)
        return;
    f->text_ready = true;
    struct rf_str raw = f->record->value[RF_FIELD_TEXT].s;
    const bool *need = f->rs->needs.operand;
    f->finds = (struct rf_finds){0};
    bool phones = need[RF_OPERAND_PHONE] || need[RF_OPERAND_TEXT_SHAPE];
    if (phones || need[RF_OPERAND_URL] || need[RF_OPERAND_HOST] ||
        need[RF_OPERAND_DOMAIN] || f->want_maps) {
        struct rf_find_options opt = {.possible =
                                          phones || f->want_maps ? phone_possible : NULL,
                                      .ctx = (void *)f->plan,
                                      .least = f->plan ? rf_plan_least(f->plan) : 0};
        rf_text_find(f->arena, &opt, raw, &f->finds);
    }
    if (!f->want_maps) {
        rf_fold_views(f->arena, raw, &f->finds,
                      need[RF_OPERAND_TEXT_COMPACT] << RF_FOLD_COMPACT |
                          need[RF_OPERAND_TEXT_SHAPE] << RF_FOLD_SHAPE,
                      f->views);
        return;
    }
    rf_fold(f->arena, raw, true, &f->views[RF_FOLD_TEXT]);
    rf_fold_compact(f->arena, &f->views[RF_FOLD_TEXT], &f->views[RF_FOLD_COMPACT]);
    rf_fold_shape(f->arena, &f->views[RF_FOLD_TEXT], &f->finds, true,
                  &f->views[RF_FOLD_SHAPE]);
}

static APART void view_values(struct rf_facts *f, enum rf_operand o, struct rf_values *v)
{
    if (!rf_record_has(f->record, RF_FIELD_TEXT))
        return;
    if (o == RF_OPERAND_TEXT_RAW) {
        str_there(v, &f->record->value[RF_FIELD_TEXT].s);
        return;
    }
    prepare_text(f);
    str_there(v, &f->views[rf_facts_view(o)].s);
}

/* ---- addresses ---- */

static int ton_of(const struct rf_record *r, enum rf_field field)
{
    enum rf_field ton = field == RF_FIELD_FROM ? RF_FIELD_FROM_TON
                        : field == RF_FIELD_TO ? RF_FIELD_TO_TON
                                               : RF_FIELD_NONE;
    if (ton == RF_FIELD_NONE || !rf_record_has(r, ton))
        return -1;
    int64_t v = r->value[ton].i;
    return v >= 0 && v <= 7 ? (int)v : -1;
}

/* The operand whose address a subscriber left out stands for (same bytes), else itself.
 */
static enum rf_operand stands_for(const struct rf_record *r, enum rf_operand o)
{
    if (o != RF_OPERAND_SUBSCRIBER)
        return o;
    const char *p = r->value[RF_FIELD_SUBSCRIBER].s.p;
    if (rf_record_has(r, RF_FIELD_TO) && p == r->value[RF_FIELD_TO].s.p)
        return RF_OPERAND_TO;
    if (rf_record_has(r, RF_FIELD_FROM) && p == r->value[RF_FIELD_FROM].s.p)
        return RF_OPERAND_FROM;
    return o;
}

static void phone_values(struct rf_facts *f, struct rf_values *v)
{
    if (!rf_record_has(f->record, RF_FIELD_TEXT))
        return;
    prepare_text(f);
    struct rf_addr *addrs = rf_arena_alloc(f->arena, f->finds.n_phones * sizeof *addrs);
    for (size_t i = 0; i < f->finds.n_phones; i++)
        rf_addr_normalize(f->arena, f->plan, f->finds.phones[i].number, -1,
                          &addrs[v->n++]);
    v->addrs = addrs;
}

static APART void address_values(struct rf_facts *f, enum rf_operand o,
                                 struct rf_values *v)
{
    if (o == RF_OPERAND_PHONE) {
        phone_values(f, v);
        return;
    }
    enum rf_field field = rf_operand_info(o)->field;
    if (!rf_record_has(f->record, field))
        return;
    enum rf_operand same = stands_for(f->record, o);
    if (same != o) {
        *v = *rf_facts_get(f, same);
        return;
    }
    struct rf_addr *addr = rf_arena_alloc(f->arena, sizeof *addr);
    rf_addr_normalize(f->arena, f->plan, f->record->value[field].s,
                      ton_of(f->record, field), addr);
    if (addr->form == RF_ADDR_NONE)
        return;
    v->addrs = addr;
    v->n = 1;
}

/* ---- hosts and URLs ---- */

static void visit_host(struct rf_facts *f, struct rf_values *urls, struct rf_str *host)
{
    const struct rf_record *r = f->record;
    struct rf_host h;
    struct rf_str norm;
    *host = rf_str("", 0);
    if (rf_record_has(r, RF_FIELD_URL) &&
        rf_host_of_url(f->arena, r->value[RF_FIELD_URL].s, &h, &norm) == 0) {
        *host = h.name;
        one_str(f, urls, norm);
    } else if (rf_record_has(r, RF_FIELD_URL)) {
        str_there(urls, &r->value[RF_FIELD_URL].s);
    }
    if (rf_record_has(r, RF_FIELD_HOST) &&
        rf_host_normalize(f->arena, r->value[RF_FIELD_HOST].s, &h) == 0)
        *host = h.name;
}

static APART void url_values(struct rf_facts *f, struct rf_values *v)
{
    if (f->record->kind == RF_KIND_VISIT) {
        struct rf_str *host = rf_arena_alloc(f->arena, sizeof *host);
        visit_host(f, v, host);
        v->hosts = host;
        return;
    }
    if (!rf_record_has(f->record, RF_FIELD_TEXT))
        return;
    prepare_text(f);
    size_t n = f->finds.n_urls;
    struct rf_str *strs = rf_arena_alloc(f->arena, 2 * n * sizeof *strs);
    for (size_t i = 0; i < n; i++) {
        strs[i] = f->finds.urls[i].url;
        strs[n + i] = f->finds.urls[i].host;
    }
    v->strs = strs;
    v->hosts = strs + n;
    v->n = (uint32_t)n;
}

static void add_unique(struct rf_str *strs, uint32_t *n, struct rf_str s)
{
    if (s.n == 0)
        return;
    for (uint32_t i = 0; i < *n; i++)
        if (rf_str_eq(strs[i], s))
            return;
    strs[(*n)++] = s;
}

static APART void host_values(struct rf_facts *f, enum rf_operand o, struct rf_values *v)
{
    struct rf_str visited, *strs = NULL;
    if (o == RF_OPERAND_DOMAIN) {
        const struct rf_values *hosts = rf_facts_get(f, RF_OPERAND_HOST);
        strs = rf_arena_alloc(f->arena, hosts->n * sizeof *strs);
        for (uint32_t i = 0; i < hosts->n; i++)
            add_unique(strs, &v->n, rf_host_domain(hosts->strs[i]));
    } else if (f->record->kind == RF_KIND_VISIT) {
        struct rf_values ignored = {0};
        visit_host(f, &ignored, &visited);
        strs = rf_arena_alloc(f->arena, sizeof *strs);
        add_unique(strs, &v->n, visited);
    } else if (rf_record_has(f->record, RF_FIELD_TEXT)) {
        prepare_text(f);
        strs = rf_arena_alloc(f->arena, f->finds.n_urls * sizeof *strs);
        for (size_t i = 0; i < f->finds.n_urls; i++)
            add_unique(strs, &v->n, f->finds.urls[i].host);
    }
    v->strs = strs;
}

/* ---- strings ---- */

/* The address operand a part (country, block) is taken of, and the block's digits. */
static enum rf_operand part_of(enum rf_operand o, unsigned *digits)
{
    *digits = 0;
    if (o == RF_OPERAND_FROM_COUNTRY || o == RF_OPERAND_TO_COUNTRY)
        return o == RF_OPERAND_FROM_COUNTRY ? RF_OPERAND_FROM : RF_OPERAND_TO;
    if (o >= RF_OPERAND_FROM_BLOCK2 && o <= RF_OPERAND_FROM_BLOCK4) {
        *digits = 2 + (unsigned)(o - RF_OPERAND_FROM_BLOCK2);
        return RF_OPERAND_FROM;
    }
    if (o >= RF_OPERAND_TO_BLOCK2 && o <= RF_OPERAND_TO_BLOCK4) {
        *digits = 2 + (unsigned)(o - RF_OPERAND_TO_BLOCK2);
        return RF_OPERAND_TO;
    }
    return RF_OPERAND_NONE;
}

static APART void string_values(struct rf_facts *f, enum rf_operand o,
                                struct rf_values *v)
{
    unsigned digits;
    enum rf_operand whole = part_of(o, &digits);
    if (whole != RF_OPERAND_NONE) {
        const struct rf_values *addr = rf_facts_get(f, whole);
        if (addr->n == 0)
            return;
        struct rf_str s =
            digits ? rf_addr_block(addr->addrs, digits)
                   : rf_str(addr->addrs->country, addr->addrs->country[0] ? 2 : 0);
        if (s.n)
            one_str(f, v, s);
        return;
    }
    enum rf_field field = rf_operand_info(o)->field;
    if (!rf_record_has(f->record, field))
        return;
    if (rf_field_info(field)->type == RF_FT_STRS) {
        v->strs = f->record->value[field].list.v;
        v->n = (uint32_t)f->record->value[field].list.n;
    } else {
        str_there(v, &f->record->value[field].s);
    }
}

/* ---- numbers and time ---- */

static APART void time_values(struct rf_facts *f, enum rf_operand_class class,
                              struct rf_values *v)
{
    if (!f->civil_ready)
        rf_zone_civil(&f->rs->zone, f->record->value[RF_FIELD_TS].i, &f->civil);
    f->civil_ready = true;
    v->n = 1;
    if (class == RF_CLASS_HOUR)
        v->num = f->civil.hour * 60 + f->civil.minute;
    else
        v->num = class == RF_CLASS_WEEKDAY ? f->civil.weekday : (double)f->civil.days;
}

static void number_values(struct rf_facts *f, enum rf_operand o, struct rf_values *v)
{
    enum rf_field field = rf_operand_info(o)->field;
    if (!rf_record_has(f->record, field))
        return;
    const union rf_value *value = &f->record->value[field];
    v->n = 1;
    switch (rf_field_info(field)->type) {
    case RF_FT_NUM:
        v->num = value->d;
        break;
    case RF_FT_BOOL:
        v->num = value->b;
        break;
    default:
        v->num = (double)value->i;
    }
}

const struct rf_values *rf_facts_make(struct rf_facts *f, enum rf_operand o)
{
    struct rf_values *v = &f->values[o];
    f->ready |= UINT64_C(1) << o;
    *v = (struct rf_values){0};
    enum rf_operand_class class = rf_operand_info(o)->class;
    switch (class) {
    case RF_CLASS_VIEW:
        view_values(f, o, v);
        break;
    case RF_CLASS_STRING:
        string_values(f, o, v);
        break;
    case RF_CLASS_ADDRESS:
        address_values(f, o, v);
        break;
    case RF_CLASS_HOST:
        host_values(f, o, v);
        break;
    case RF_CLASS_URL:
        url_values(f, v);
        break;
    case RF_CLASS_HOUR:
    case RF_CLASS_WEEKDAY:
    case RF_CLASS_DATE:
        time_values(f, class, v);
        break;
    default:
        number_values(f, o, v);
    }
    return v;
}

struct rf_str rf_facts_bytes(struct rf_facts *f, enum rf_operand o, uint32_t i)
{
    const struct rf_values *v = rf_facts_get(f, o);
    const struct rf_operand_info *info = rf_operand_info(o);
    switch (info->class) {
    case RF_CLASS_ADDRESS:
        return v->addrs[i].norm;
    case RF_CLASS_ENUM:
        return rf_field_enum_name(info->field, (int)v->num);
    case RF_CLASS_BOOL:
        return v->num != 0 ? RF_STR("true") : RF_STR("false");
    case RF_CLASS_NUMBER:
    case RF_CLASS_HOUR:
    case RF_CLASS_WEEKDAY:
    case RF_CLASS_DATE:
        return rf_arena_printf(f->arena, "%.15g", v->num);
    default:
        return v->strs[i];
    }
}
