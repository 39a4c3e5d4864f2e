#include "lib/ruleset/settings.h"

static const struct rf_pair_setting *pairs(struct rf_arena *a,
                                           const struct rf_pair_setting *in, size_t n)
{
    struct rf_pair_setting *out = RF_NEW_ARRAY(a, struct rf_pair_setting, n);
    for (size_t i = 0; i < n; i++)
        out[i] = (struct rf_pair_setting){rf_arena_dup(a, in[i].key),
                                          rf_arena_dup(a, in[i].value)};
    return out;
}

void rf_settings_copy(struct rf_arena *a, const struct rf_settings *in,
                      struct rf_settings *out)
{
    *out = *in;
    out->fields = pairs(a, in->fields, in->nfields);
    out->trunks = pairs(a, in->trunks, in->ntrunks);
    out->protected_trunks = pairs(a, in->protected_trunks, in->nprotected_trunks);
    out->country = rf_arena_dup(a, in->country);
    out->timezone = rf_arena_dup(a, in->timezone);
    out->language = rf_arena_dup(a, in->language);
    out->redress = rf_arena_dup(a, in->redress);
    struct rf_str *numbers = RF_NEW_ARRAY(a, struct rf_str, in->nprotected);
    for (size_t i = 0; i < in->nprotected; i++)
        numbers[i] = rf_arena_dup(a, in->protected_numbers[i]);
    out->protected_numbers = numbers;
    struct rf_fraud_type *types = RF_NEW_ARRAY(a, struct rf_fraud_type, in->nfraud_types);
    for (size_t i = 0; i < in->nfraud_types; i++)
        types[i] = (struct rf_fraud_type){rf_arena_dup(a, in->fraud_types[i].id),
                                          rf_arena_dup(a, in->fraud_types[i].en),
                                          rf_arena_dup(a, in->fraud_types[i].zh)};
    out->fraud_types = types;
}
