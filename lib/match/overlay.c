/* Building overlays and what they change in look-ups (rf_overlay_pick, rf_overlay_first:
 * hot where there is one). */
#include "lib/match/overlay.h"

#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/match/list_internal.h"
#include "lib/text/fold.h"

/* ---- entries ---- */

struct rf_list *rf_list_probe(enum rf_list_type type, const struct rf_plan *home,
                              struct rf_str entry, struct rf_list_error *error)
{
    struct rf_list_builder *b = rf_list_begin(type, home);
    *error = rf_list_insert(b, entry, 0, 0);
    struct rf_list *l = rf_list_finish(b);
    if (!error->code)
        return l;
    rf_list_free(l);
    return NULL;
}

/* Numbers among the members of a pair in their normal form, so that one pair is one. */
static struct rf_str normal_pair(const struct rf_plan *home, struct rf_str s,
                                 struct rf_arena *a)
{
    size_t at = (size_t)((const char *)memchr(s.p, ' ', s.n) - s.p);
    struct rf_str member[2] = {rf_str(s.p, at), rf_str_sub(s, at + 1)};
    for (int i = 0; i < 2; i++) {
        struct rf_addr addr;
        rf_addr_normalize(a, home, member[i], -1, &addr);
        if (addr.form == RF_ADDR_E164)
            member[i] = addr.norm;
    }
    return rf_arena_printf(a, "%.*s %.*s", RF_STR_FMT(member[0]), RF_STR_FMT(member[1]));
}

bool rf_list_normal(enum rf_list_type type, const struct rf_plan *home,
                    struct rf_str entry, struct rf_arena *a, struct rf_report *r,
                    uint32_t source, struct rf_str *out)
{
    struct rf_list_error e;
    struct rf_list_entry first;
    struct rf_list *l = rf_list_probe(type, home, entry, &e);
    if (!l) {
        struct rf_diag *d = rf_report_add(r, RF_ERROR, e.code, source, 0,
                                          (uint32_t)entry.n, "%s", e.message);
        if (e.hint)
            rf_report_hint(r, d, "%s", e.hint);
        return false;
    }
    rf_list_entry(l, 0, a, &first);
    *out = type == RF_LIST_PAIRS ? normal_pair(home, first.text, a)
                                 : rf_arena_dup(a, first.text);
    rf_list_free(l);
    return true;
}

/* ---- building ---- */

/* The text under which an entry is known; words are alike where they fold alike. */
static struct rf_str known_as(enum rf_list_type type, struct rf_str entry,
                              struct rf_arena *a)
{
    return type == RF_LIST_WORDS ? rf_fold_value(a, RF_FOLD_TEXT, entry) : entry;
}

/* Of the changes of one entry the latest; their number. */
static uint32_t latest(struct rf_overlay *o, enum rf_list_type type,
                       const struct rf_list_change *v, size_t n)
{
    struct rf_map seen;
    uint32_t kept = 0;
    rf_map_init(&seen);
    o->changes = RF_NEW_ARRAY(&o->arena, struct rf_list_change, n);
    for (size_t i = 0; i < n; i++) {
        struct rf_str name = known_as(type, v[i].entry, &o->arena);
        uint32_t at = rf_map_get(&seen, name);
        if (at == RF_MAP_NONE)
            rf_map_put(&seen, name, at = kept++);
        else if (v[i].since_ms < o->changes[at].since_ms)
            continue;
        o->changes[at] = v[i];
    }
    rf_map_fini(&seen);
    return kept;
}

static uint32_t seconds(int64_t expires_ms)
{
    int64_t s = expires_ms / 1000 + (expires_ms % 1000 != 0);
    return expires_ms == RF_LIST_NEVER || s > UINT32_MAX ? 0 : s < 1 ? 1 : (uint32_t)s;
}

static void keep(struct rf_overlay *o, struct rf_list_change *c)
{
    uint32_t s = seconds(c->expires_ms);
    c->entry = rf_arena_dup(&o->arena, c->entry);
    c->who = rf_arena_dup(&o->arena, c->who);
    c->why = rf_arena_dup(&o->arena, c->why);
    c->expires_ms = s ? (int64_t)s * 1000 : RF_LIST_NEVER;
}

static uint32_t add_all(struct rf_overlay *o, const struct rf_list *l,
                        const struct rf_plan *home, uint32_t n)
{
    enum rf_list_type type = rf_list_get_type(l);
    struct rf_list_builder *b[2] = {rf_list_begin(type, home), rf_list_begin(type, home)};
    uint32_t good = 0;
    for (uint32_t i = 0; i < n; i++) {
        struct rf_list_change *c = &o->changes[i];
        keep(o, c);
        uint32_t meta = rf_list_add_meta(b[c->removed], rf_str("", 0), rf_str("", 0),
                                         seconds(c->expires_ms));
        if (rf_list_insert(b[c->removed], c->entry, i + 1, meta).code)
            continue;
        good++;
        if (c->removed)
            rf_map_put(&o->removed, known_as(type, c->entry, &o->arena), i);
    }
    o->adds = rf_list_finish(b[0]);
    o->dels = rf_list_finish(b[1]);
    return good;
}

static uint32_t change_of(const struct rf_list *l, uint32_t entry)
{
    return rf_list_column(l, RF_COLUMN_LINE, entry) - 1;
}

static int by_text(const void *a, const void *b)
{
    const struct rf_hidden *x = a, *y = b;
    return (x->text > y->text) - (x->text < y->text);
}

/* The spellings of all removed pairs, to their changes. */
static void map_removals(const struct rf_list *d, struct rf_map *m)
{
    rf_map_init(m);
    for (uint32_t i = 0; i < d->texts.n; i++)
        rf_map_put(m, rf_pool_at(&d->texts, i), change_of(d, i));
    for (uint32_t i = 0; i < d->extras.n; i++)
        rf_map_put(m, rf_pool_at(&d->extras, i), change_of(d, d->extra_texts[i]));
}

/* Texts that are removed in one of their spellings. Of the members of pairs, which stand
 * among the spellings, none has a space. */
static void hide_pairs(struct rf_overlay *o, const struct rf_list *l)
{
    struct rf_map removals;
    uint32_t n = l->texts.n, *change = rf_mem_calloc(n, sizeof *change);
    map_removals(o->dels, &removals);
    for (uint32_t i = 0; i < n + l->extras.n; i++) {
        uint32_t text = i < n ? i : l->extra_texts[i - n];
        struct rf_str s =
            i < n ? rf_pool_at(&l->texts, i) : rf_pool_at(&l->extras, i - n);
        uint32_t c = memchr(s.p, ' ', s.n) ? rf_map_get(&removals, s) : RF_MAP_NONE;
        if (c != RF_MAP_NONE && text < n && !change[text])
            change[text] = c + 1;
    }
    o->hidden = rf_mem_calloc(n, sizeof *o->hidden);
    for (uint32_t i = 0; i < n; i++)
        if (change[i])
            o->hidden[o->n_hidden++] = (struct rf_hidden){i, change[i] - 1};
    free(change);
    rf_map_fini(&removals);
}

static const struct rf_hidden *hidden(const struct rf_overlay *o, uint32_t text)
{
    struct rf_hidden key = {text, 0};
    return o->n_hidden ? bsearch(&key, o->hidden, o->n_hidden, sizeof key, by_text)
                       : NULL;
}

/* The pairs that are left, as a list whose lines are 1 + their texts' numbers. */
static void keep_rest(struct rf_overlay *o, const struct rf_list *l,
                      const struct rf_plan *home)
{
    struct rf_list_builder *b = rf_list_begin(RF_LIST_PAIRS, home);
    for (uint32_t i = 0; i < l->texts.n; i++) {
        uint32_t expires = rf_list_column(l, RF_COLUMN_EXPIRES, l->n - l->texts.n + i);
        uint32_t meta = rf_list_add_meta(b, rf_str("", 0), rf_str("", 0), expires);
        if (!hidden(o, i))
            rf_list_insert(b, rf_pool_at(&l->texts, i), i + 1, meta);
    }
    o->rest = rf_list_finish(b);
}

struct rf_overlay *rf_overlay_new(const struct rf_list *l, const struct rf_plan *home,
                                  const struct rf_list_change *v, size_t n)
{
    struct rf_overlay *o = rf_mem_calloc(1, sizeof *o);
    rf_arena_init(&o->arena, n < 64 ? 4096 : 0);
    rf_map_init(&o->removed);
    uint32_t good = add_all(o, l, home, latest(o, rf_list_get_type(l), v, n));
    if (rf_list_get_type(l) == RF_LIST_PAIRS && o->dels->n) {
        hide_pairs(o, l);
        keep_rest(o, l, home);
    }
    if (good)
        return o;
    rf_overlay_free(o);
    return NULL;
}

void rf_overlay_free(struct rf_overlay *o)
{
    if (!o)
        return;
    rf_list_free(o->adds);
    rf_list_free(o->dels);
    rf_list_free(o->rest);
    rf_map_fini(&o->removed);
    free(o->hidden);
    rf_arena_fini(&o->arena);
    free(o);
}

size_t rf_overlay_bytes(const struct rf_overlay *o)
{
    return sizeof *o + rf_arena_bytes(&o->arena) + rf_list_bytes(o->adds) +
           rf_list_bytes(o->dels) + (o->rest ? rf_list_bytes(o->rest) : 0) +
           o->n_hidden * sizeof *o->hidden;
}

struct rf_overlay *rf_list_put_overlay(struct rf_list *l, struct rf_overlay *o)
{
    return atomic_exchange(&l->overlay, o);
}

/* ---- reading ---- */

uint32_t rf_overlay_pick(const struct rf_overlay *o, const struct rf_list *l,
                         uint32_t base, uint32_t add, uint32_t del)
{
    uint64_t base_rank = base == RF_LIST_NONE ? 0 : rf_list_rank(l, base);
    uint64_t add_rank = add == RF_LIST_NONE ? 0 : rf_list_rank(o->adds, add);
    if (del != RF_LIST_NONE) {
        uint64_t rank = rf_list_rank(o->dels, del);
        bool later =
            add != RF_LIST_NONE && o->changes[change_of(o->adds, add)].since_ms >
                                       o->changes[change_of(o->dels, del)].since_ms;
        if (add_rank < rank || (add_rank == rank && !later))
            add = RF_LIST_NONE;
        if (base_rank <= rank)
            base = RF_LIST_NONE;
    }
    if (add != RF_LIST_NONE && (base == RF_LIST_NONE || add_rank >= base_rank))
        return l->n + add;
    return base;
}

static bool removed_at(const struct rf_overlay *o, uint32_t change, int64_t now_ms)
{
    return now_ms == RF_LIST_NEVER || now_ms < o->changes[change].expires_ms;
}

uint32_t rf_list_added(const struct rf_list *l)
{
    const struct rf_overlay *o = rf_list_overlay(l);
    return o ? o->adds->n : 0;
}

void rf_overlay_entry(const struct rf_overlay *o, uint32_t i, struct rf_arena *a,
                      struct rf_list_entry *out)
{
    if (i >= o->adds->n)
        return;
    const struct rf_list_change *c = &o->changes[change_of(o->adds, i)];
    rf_list_entry(o->adds, i, a, out);
    out->reason = c->why;
    out->source = c->who;
    out->since_ms = c->since_ms;
    out->line = 0;
    out->live = true;
}

uint32_t rf_list_removals(const struct rf_list *l)
{
    const struct rf_overlay *o = rf_list_overlay(l);
    return o ? o->dels->n : 0;
}

struct rf_list_change rf_list_removal(const struct rf_list *l, uint32_t i)
{
    const struct rf_overlay *o = rf_list_overlay(l);
    if (!o || i >= o->dels->n)
        return (struct rf_list_change){.entry = {"", 0}, .who = {"", 0}, .why = {"", 0}};
    return o->changes[change_of(o->dels, i)];
}

struct rf_list *rf_list_view(const struct rf_list *l, struct rf_overlay *o)
{
    struct rf_list *view = rf_mem_calloc(1, sizeof *view);
    memcpy(view, l, sizeof *view);
    atomic_init(&view->more_owners, 0);
    atomic_init(&view->overlay, o);
    return view;
}

void rf_list_view_free(struct rf_list *view)
{
    rf_overlay_free(atomic_load(&view->overlay));
    free(view);
}

bool rf_list_removed(const struct rf_list *l, uint32_t i, int64_t now_ms,
                     struct rf_list_change *out)
{
    const struct rf_overlay *o = rf_list_overlay(l);
    uint32_t change = RF_MAP_NONE;
    struct rf_list_entry e;
    struct rf_arena a;
    if (!o || i >= l->n || o->dels->n == 0)
        return false;
    rf_arena_init(&a, 4096);
    if (rf_list_get_type(l) == RF_LIST_PAIRS) {
        const struct rf_hidden *h = hidden(o, i - (l->n - l->texts.n));
        change = h ? h->change : RF_MAP_NONE;
    } else {
        rf_list_entry(l, i, &a, &e);
        change = rf_map_get(&o->removed, known_as(rf_list_get_type(l), e.text, &a));
    }
    rf_arena_fini(&a);
    if (change == RF_MAP_NONE || !removed_at(o, change, now_ms))
        return false;
    *out = o->changes[change];
    return true;
}
