/* Hot but for _init. */
#include "lib/codec/names.h"

#include "lib/base/limits.h"

static inline struct rf_name name_of(struct rf_str s)
{
    return (struct rf_name){s, rf_tips(s)};
}

static inline unsigned slot_of(const struct rf_name *name)
{
    return (unsigned)((name->tips.head + name->s.n) * 0x9e3779b97f4a7c15ULL >> 56);
}
_Static_assert(RF_NAMES_SLOTS == 1 << 8, "slot_of gives eight bits");

static inline bool same(const struct rf_name *a, const struct rf_name *b)
{
    return rf_tips_same(a->s, a->tips, b->s, b->tips);
}

static __attribute__((always_inline)) inline enum rf_field
find(const struct rf_names *names, struct rf_str s)
{
    struct rf_name name = name_of(s);
    for (unsigned i = slot_of(&name);; i = (i + 1) & (RF_NAMES_SLOTS - 1)) {
        if (names->slots[i].field == RF_FIELD_NONE)
            return RF_FIELD_NONE;
        if (same(&names->slots[i].name, &name))
            return names->slots[i].field;
    }
}

static __attribute__((noinline)) enum rf_field find_long(const struct rf_names *names,
                                                         struct rf_str name)
{
    return find(names, name);
}

enum rf_field rf_names_field(const struct rf_names *names, struct rf_str name)
{
    return name.n > RF_TIPS_WHOLE ? find_long(names, name)
                                  : find(names, name); /* without a call */
}

int rf_names_word(const struct rf_names *names, enum rf_field f, struct rf_str word)
{
    struct rf_name name = name_of(word);
    for (int i = 0; i < RF_NAMES_WORDS && names->words[f][i].s.n; i++)
        if (same(&names->words[f][i], &name))
            return i;
    return -1;
}

/* A copy of a short string with readable bytes behind it. */
struct padded {
    char p[24];
};

static struct padded pad(struct rf_str s)
{
    struct padded out = {0};
    memcpy(out.p, s.p, s.n);
    return out;
}

static struct rf_way way_of(enum rf_field f)
{
    if (f == RF_FIELD_NONE)
        return (struct rf_way){.field = RF_FIELD_NONE};
    enum rf_field_type t = rf_field_info(f)->type;
    return (struct rf_way){
        .field = (uint8_t)f,
        .type = (uint8_t)t,
        .text = t == RF_FT_ID || t == RF_FT_STR || t == RF_FT_TEXT || t == RF_FT_ADDR,
        .around = t == RF_FT_ID,
        .most = f == RF_FIELD_ID     ? RF_LIMIT_ID_BYTES
                : f == RF_FIELD_CALL ? RF_LIMIT_CALL_BYTES
                                     : RF_LIMIT_TEXT_BYTES,
    };
}

static void add_short(struct rf_names *names, struct rf_str s, enum rf_field f)
{
    if (s.n > 8)
        return;
    uint64_t bytes = rf_names_bytes(pad(s).p, s.n);
    unsigned i = rf_names_slot(bytes);
    while (names->short_names[i].way.field != RF_FIELD_NONE)
        i = (i + 1) % RF_NAMES_SLOTS;
    names->short_names[i] = (struct rf_short_name){bytes, way_of(f), (uint16_t)s.n};
}

static void add_word(struct rf_names *names, struct rf_str s, enum rf_field f,
                     int position)
{
    if (s.n == 0 || s.n > 16)
        return;
    struct padded word = pad(s);
    uint64_t head = rf_names_bytes(word.p, s.n > 8 ? 8 : s.n);
    uint64_t tail = s.n > 8 ? rf_names_bytes(word.p + s.n - 8, 8) : 0;
    unsigned i = rf_names_brief(head, f);
    while (names->short_words[i].n)
        i = (i + 1) % RF_NAMES_BRIEFS;
    names->short_words[i] =
        (struct rf_short_word){head, tail, (uint16_t)s.n, (uint8_t)f, (uint8_t)position};
}

static void add(struct rf_names *names, struct rf_str s, enum rf_field f)
{
    struct rf_name name = name_of(s);
    if (s.n == 0 || rf_names_field(names, s) != RF_FIELD_NONE)
        return;
    unsigned i = slot_of(&name);
    while (names->slots[i].field != RF_FIELD_NONE)
        i = (i + 1) & (RF_NAMES_SLOTS - 1);
    names->slots[i].name = name;
    names->slots[i].field = f;
    names->used++;
    add_short(names, s, f);
}

/* Row of settings->fields that says what a name means, or nfields. */
static size_t row_of(const struct rf_settings *settings, struct rf_str name)
{
    size_t i = 0;
    while (i < settings->nfields && !rf_str_eq(settings->fields[i].key, name))
        i++;
    return i;
}

void rf_names_init(struct rf_names *names, struct rf_arena *a,
                   const struct rf_settings *settings)
{
    *names = (struct rf_names){0};
    for (int i = 0; i < RF_NAMES_SLOTS; i++) {
        names->slots[i].field = RF_FIELD_NONE;
        names->short_names[i].way = way_of(RF_FIELD_NONE);
    }
    for (int f = 0; f <= RF_FIELD_COUNT; f++)
        names->ways[f] = way_of(f);
    for (int f = 0; f < RF_FIELD_COUNT; f++) {
        struct rf_str own = rf_str_of(rf_field_info(f)->name);
        if (row_of(settings, own) == settings->nfields)
            add(names, own, f);
        for (int i = 0; i < RF_NAMES_WORDS; i++) {
            names->words[f][i] = name_of(rf_field_enum_name(f, i));
            add_word(names, names->words[f][i].s, f, i);
        }
    }
    for (size_t i = 0; i < settings->nfields && names->used < RF_NAMES_MAX; i++) {
        enum rf_field f = rf_field_find(settings->fields[i].value);
        if (f != RF_FIELD_NONE && row_of(settings, settings->fields[i].key) == i)
            add(names, rf_arena_dup(a, settings->fields[i].key), f);
    }
}
