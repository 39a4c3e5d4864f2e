/* Hot but for _init. */
#include "lib/codec/names.h"

static unsigned slot_of(struct rf_str s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    return (unsigned)(s.n * 31 + p[0] * 7u + p[s.n / 2] * 5u + p[s.n - 1] * 13u) &
           (RF_NAMES_SLOTS - 1);
}

/* Names are short: a call costs more than the comparison. */
static bool same(struct rf_str a, struct rf_str b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (a.p[i] != b.p[i])
            return false;
    return true;
}

enum rf_field rf_names_field(const struct rf_names *names, struct rf_str name)
{
    if (name.n == 0)
        return RF_FIELD_NONE;
    for (unsigned i = slot_of(name);; i = (i + 1) & (RF_NAMES_SLOTS - 1)) {
        if (names->slots[i].field == RF_FIELD_NONE)
            return RF_FIELD_NONE;
        if (same(names->slots[i].name, name))
            return names->slots[i].field;
    }
}

int rf_names_word(const struct rf_names *names, enum rf_field f, struct rf_str word)
{
    for (int i = 0; i < RF_NAMES_WORDS && names->words[f][i].n; i++)
        if (same(names->words[f][i], word))
            return i;
    return -1;
}

static void add(struct rf_names *names, struct rf_str name, enum rf_field f)
{
    if (name.n == 0 || rf_names_field(names, name) != RF_FIELD_NONE)
        return;
    unsigned i = slot_of(name);
    while (names->slots[i].field != RF_FIELD_NONE)
        i = (i + 1) & (RF_NAMES_SLOTS - 1);
    names->slots[i].name = name;
    names->slots[i].field = f;
    names->used++;
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
    for (int i = 0; i < RF_NAMES_SLOTS; i++)
        names->slots[i].field = RF_FIELD_NONE;
    for (int f = 0; f < RF_FIELD_COUNT; f++) {
        struct rf_str own = rf_str_of(rf_field_info(f)->name);
        if (row_of(settings, own) == settings->nfields)
            add(names, own, f);
        for (int i = 0; i < RF_NAMES_WORDS; i++)
            names->words[f][i] = rf_field_enum_name(f, i);
    }
    for (size_t i = 0; i < settings->nfields && names->used < RF_NAMES_MAX; i++) {
        enum rf_field f = rf_field_find(settings->fields[i].value);
        if (f != RF_FIELD_NONE && row_of(settings, settings->fields[i].key) == i)
            add(names, rf_arena_dup(a, settings->fields[i].key), f);
    }
}
