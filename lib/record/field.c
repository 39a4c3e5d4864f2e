#include "lib/record/field.h"

const struct rf_field_info rf_fields[RF_FIELD_COUNT] = {
#define X(NAME, name, type, kinds, names) {name, type, kinds, names},
    RF_FIELDS(X)
#undef X
};

enum rf_field rf_field_find(struct rf_str name)
{
    for (int f = 0; f < RF_FIELD_COUNT; f++) {
        const char *t = rf_fields[f].name;
        if (name.n && t[0] == name.p[0] && strlen(t) == name.n &&
            memcmp(t, name.p, name.n) == 0)
            return (enum rf_field)f;
    }
    return RF_FIELD_NONE;
}

struct rf_str rf_field_enum_name(enum rf_field f, int i)
{
    const char *p = rf_fields[f].names;
    for (; *p; p += *p == ' ') {
        size_t n = strcspn(p, " ");
        if (i-- == 0)
            return rf_str(p, n);
        p += n;
    }
    return rf_str("", 0);
}

const char *rf_kind_name(enum rf_kind k)
{
    static const char *const names[] = {"none", "sms", "call", "visit"};
    return names[k];
}
