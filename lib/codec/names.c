/* Hot but for _init. */
#include "lib/codec/names.h"

static unsigned slot_of(struct rf_str s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    return (unsigned)(s.n * 31 + p[0] * 7u + p[s.n / 2] * 5u + p[s.n - 1] * 13u) &
           (RF_NAMES_SLOTS - 1);
}

enum rf_field rf_names_field(const struct rf_names *names, struct rf_str name)
{
    if (name.n == 0)
        return RF_FIELD_NONE;
    for (unsigned i = slot_of(name);; i = (i + 1) & (RF_NAMES_SLOTS - 1)) {
        if (names->slots[i].field == RF_FIELD_NONE)
            return RF_FIELD_NONE;
        if (rf_str_eq(names->slots[i].name, name))
            return names->slots[i].field;
    }
}

int rf_names_word(const struct rf_names *names, enum rf_field f, struct rf_str word)
{
    for (int i = 0; i < RF_NAMES_WORDS && names->words[f][i].n; i++)
        if (rf_str_eq(names->words[f][i], word))
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
}

void rf_names_init(struct rf_names *names, struct rf_arena *a,
                   const struct rf_settings *settings)
{
    uint64_t mapped = 0;
    _Static_assert(RF_FIELD_COUNT * 4 <= RF_NAMES_SLOTS, "searches stay short");
    *names = (struct rf_names){0};
    for (int i = 0; i < RF_NAMES_SLOTS; i++)
        names->slots[i].field = RF_FIELD_NONE;
    for (size_t i = 0; i < settings->nfields; i++) {
        enum rf_field f = rf_field_find(settings->fields[i].key);
        if (f == RF_FIELD_NONE || mapped >> f & 1)
            continue;
        mapped |= 1ull << f;
        add(names, rf_arena_dup(a, settings->fields[i].value), f);
    }
    for (int f = 0; f < RF_FIELD_COUNT; f++) {
        if (!(mapped >> f & 1))
            add(names, rf_str_of(rf_field_info(f)->name), f);
        for (int i = 0; i < RF_NAMES_WORDS; i++)
            names->words[f][i] = rf_field_enum_name(f, i);
    }
}
