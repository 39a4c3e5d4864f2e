#include "daemon/ops/config_table.h"

#include <jansson.h>
#include <stdlib.h>

/* ---- JSON Schema ------------------------------------------------------------------ */

#define DURATION "^[0-9]+(ms|s|m|h|d|w|y)$|^0$"
#define SIZE "^[0-9]+(B|KiB|MiB|GiB)?$"
#define LISTEN "^(unix:.{1,107}|tcp://.+:[0-9]{1,5})$"
#define NUMBER "^\\+?[0-9]{1,21}$"

static json_t *names_array(const char *names)
{
    json_t *a = json_array();
    for (const char *p = names; *p;) {
        size_t n = strcspn(p, " ");
        json_array_append_new(a, json_stringn(p, n));
        p += n + (p[n] == ' ');
    }
    return a;
}

static const char *string_pattern(const struct config_key *k)
{
    if (k->check == config_check_listen)
        return LISTEN;
    if (k->check == config_check_number)
        return NUMBER;
    if (k->check == config_check_country)
        return "^[A-Za-z]{2}$";
    return k->check == config_check_filled || k->check == config_check_socket ? "."
                                                                              : NULL;
}

static json_t *string_schema(const struct config_key *k)
{
    const char *pattern = string_pattern(k);
    return pattern ? json_pack("{s:s,s:s}", "type", "string", "pattern", pattern)
                   : json_pack("{s:s}", "type", "string");
}

static json_t *list_schema(json_t *items, bool filled)
{
    json_t *o = json_pack("{s:s,s:o}", "type", "array", "items", items);
    if (filled)
        json_object_set_new(o, "minItems", json_integer(1));
    return o;
}

static json_t *map_schema(json_t *values)
{
    return json_pack("{s:s,s:o}", "type", "object", "additionalProperties", values);
}

static json_t *number_schema(const struct config_key *k, const char *type, int64_t unit)
{
    return json_pack("{s:s,s:f,s:f}", "type", type, "minimum", (double)k->min / unit,
                     "maximum", (double)k->max / unit);
}

static json_t *int_schema(const struct config_key *k)
{
    return json_pack("{s:s,s:I,s:I}", "type", "integer", "minimum", (json_int_t)k->min,
                     "maximum", (json_int_t)k->max);
}

static json_t *pair_list_schema(void)
{
    json_t *lists = list_schema(json_pack("{s:s}", "type", "string"), false);
    return json_pack("{s:s,s:{s:o},s:b}", "type", "object", "patternProperties", NUMBER,
                     lists, "additionalProperties", 0);
}

static json_t *fraud_schema(void)
{
    return json_pack("{s:s,s:b,s:{s:{s:s,s:[s,s],s:b,s:{s:{s:s},s:{s:s}}}}}", "type",
                     "object", "additionalProperties", 0, "patternProperties",
                     "^[a-z0-9]([a-z0-9-]*[a-z0-9])?(/[a-z0-9]([a-z0-9-]*[a-z0-9])?)?$",
                     "type", "object", "required", "en", "zh", "additionalProperties", 0,
                     "properties", "en", "type", "string", "zh", "type", "string");
}

static json_t *fields_schema(void)
{
    json_t *names = json_object();
    for (int f = 0; f < RF_FIELD_COUNT; f++)
        json_object_set_new(names, rf_field_info((enum rf_field)f)->name,
                            json_pack("{s:s}", "type", "string"));
    return json_pack("{s:s,s:b,s:o}", "type", "object", "additionalProperties", 0,
                     "properties", names);
}

static json_t *value_schema(const struct config_key *k)
{
    switch (k->type) {
    case CONFIG_STR:
        return strcmp(k->fallback, "null") == 0
                   ? json_pack("{s:[s,s]}", "type", "string", "null")
                   : string_schema(k);
    case CONFIG_STRS:
        return list_schema(string_schema(k), k->check == config_check_listen);
    case CONFIG_BOOL:
        return json_pack("{s:s}", "type", "boolean");
    case CONFIG_COUNT:
        return int_schema(k);
    case CONFIG_WORKERS:
        return json_pack("{s:[{s:s},o]}", "anyOf", "const", "auto", int_schema(k));
    case CONFIG_SIZE:
        return json_pack("{s:[{s:s,s:s},o]}", "anyOf", "type", "string", "pattern", SIZE,
                         int_schema(k));
    case CONFIG_DURATION:
        return json_pack("{s:[{s:s,s:s},{s:i}]}", "anyOf", "type", "string", "pattern",
                         DURATION, "const", 0);
    case CONFIG_SCORE:
        return number_schema(k, "number", 1000);
    case CONFIG_ENUM:
        return json_pack("{s:o}", "enum", names_array(k->names));
    case CONFIG_SET:
        return list_schema(json_pack("{s:o}", "enum", names_array(k->names)), false);
    case CONFIG_FIELDS:
        return fields_schema();
    case CONFIG_PAIRS:
        return map_schema(string_schema(k));
    case CONFIG_PAIR_LIST:
        return pair_list_schema();
    case CONFIG_FRAUD:
        return fraud_schema();
    case CONFIG_LATER:
        break;
    }
    abort();
}

static json_t *section_schema(json_t *top, const char *section)
{
    json_t *o = json_object_get(top, section);
    if (!o) {
        o = json_pack("{s:[s,s],s:b,s:{}}", "type", "object", "null",
                      "additionalProperties", 0, "properties");
        json_object_set_new(top, section, o);
    }
    return json_object_get(o, "properties");
}

void config_schema(struct rf_buf *out)
{
    json_t *top = json_object();
    for (size_t i = 0; i < config_nkeys; i++) {
        const struct config_key *k = &config_keys[i];
        if (k->type == CONFIG_LATER)
            continue;
        json_t *value = value_schema(k);
        json_object_set_new(value, "description", json_string(k->help));
        json_object_set_new(*k->section ? section_schema(top, k->section) : top, k->name,
                            value);
    }
    json_t *root = json_pack("{s:s,s:s,s:[s,s],s:b,s:o}", "$schema",
                             "http://json-schema.org/draft-07/schema#", "title",
                             "Configuration of ringfenced", "type", "object", "null",
                             "additionalProperties", 0, "properties", top);
    char *text = json_dumps(root, JSON_INDENT(2) | JSON_ENSURE_ASCII);
    rf_buf_addz(out, text);
    rf_buf_addc(out, '\n');
    free(text);
    json_decref(root);
}

/* ---- sample file ------------------------------------------------------------------ */

static const char sample_head[] =
    "# yaml-language-server: $schema=ringfenced.schema.json\n"
    "# Configuration of ringfenced, ringfenced.yaml(5): every option with its default.\n"
    "# An environment variable RINGFENCE_SECTION_KEY goes before what stands here.\n"
    "# Durations: 100ms 30s 5m 1h 2d 1w 5y. Sizes: bytes, 64KiB, 1MiB.\n";

static void sample_key(struct rf_buf *out, const struct config_key *k)
{
    const char *indent = *k->section ? "  " : "";
    rf_buf_printf(out, "%s# %s\n", indent, k->help);
    if (k->names)
        rf_buf_printf(out, "%s# One of: %s\n", indent, k->names);
    rf_buf_printf(out, "%s%s: %s\n", indent, k->name, k->fallback);
}

void config_sample(struct rf_buf *out)
{
    const char *section = NULL;
    rf_buf_addz(out, sample_head);
    for (size_t i = 0; i < config_nkeys; i++) {
        const struct config_key *k = &config_keys[i];
        if (k->type == CONFIG_LATER)
            continue;
        if (!section || !*k->section || strcmp(section, k->section) != 0) {
            rf_buf_addc(out, '\n');
            if (*k->section)
                rf_buf_printf(out, "%s:\n", k->section);
        }
        section = k->section;
        sample_key(out, k);
    }
}
