#include "lib/rule/compile.h"

static void unknown_key(struct rf_load *ld, const struct rf_keys *keys,
                        const struct rf_yaml_node *key)
{
    const char *names[64];
    size_t n = 0;
    for (size_t i = 0; i < keys->n && n < 64; i++)
        if (!(keys->keys[i].flags & RF_KEY_LATER))
            names[n++] = keys->keys[i].name;
    struct rf_diag *d = rf_rule_error(ld, RF_CODE_KEY, key, "%s has no key '%.*s'",
                                      keys->what, RF_STR_FMT(key->s));
    rf_rule_suggest(ld, d, key->s, names, n);
}

static void check_key(struct rf_load *ld, const struct rf_keys *keys,
                      const struct rf_yaml_node *key)
{
    for (size_t i = 0; i < keys->n; i++) {
        if (!rf_str_eqz(key->s, keys->keys[i].name))
            continue;
        if (keys->keys[i].flags & RF_KEY_LATER)
            rf_rule_error(ld, RF_CODE_LATER, key, "'%.*s' is not supported yet",
                          RF_STR_FMT(key->s));
        return;
    }
    unknown_key(ld, keys, key);
}

/* Whether a key that is none of these is meant to be `name`: one mistake is told once. */
static bool misspelled(const struct rf_yaml_node *node, const struct rf_keys *keys,
                       const char *name)
{
    for (uint32_t i = 0; i < node->n; i++) {
        struct rf_str key = node->pairs[i].key->s;
        bool known = false;
        for (size_t k = 0; k < keys->n; k++)
            known |= rf_str_eqz(key, keys->keys[k].name);
        if (!known && rf_diag_suggest(key, &name, 1))
            return true;
    }
    return false;
}

/* All required keys that are absent, in one diagnostic. */
static void report_missing(struct rf_load *ld, const struct rf_yaml_node *node,
                           const struct rf_keys *keys)
{
    struct rf_yaml_node at = *node;
    struct rf_buf names;
    rf_buf_init(&names);
    for (size_t i = 0; i < keys->n; i++)
        if (keys->keys[i].flags & RF_KEY_REQUIRED &&
            !rf_yaml_get(node, keys->keys[i].name) &&
            !misspelled(node, keys, keys->keys[i].name))
            rf_buf_printf(&names, "%s'%s'", names.n ? ", " : "", keys->keys[i].name);
    if (node->n) { /* the whole map would be too long to underline */
        at.begin = node->pairs[0].key->begin;
        at.end = node->pairs[0].key->end;
    }
    if (names.n)
        rf_rule_error(ld, RF_CODE_MISSING, &at, "%s needs %.*s", keys->what, (int)names.n,
                      names.p);
    rf_buf_fini(&names);
}

bool rf_keys_check(struct rf_load *ld, const struct rf_yaml_node *node,
                   const struct rf_keys *keys)
{
    if (node->bad)
        return false;
    if (node->kind != RF_YAML_MAP) {
        rf_rule_error(ld, RF_CODE_TYPE, node, "%s must be a map of keys and values",
                      keys->what);
        return false;
    }
    for (uint32_t i = 0; i < node->n; i++)
        check_key(ld, keys, node->pairs[i].key);
    report_missing(ld, node, keys);
    return true;
}
