/* JSON Schema (draft-07) of rule files, from the tables the checker reads. What a schema
 * cannot say (ids that exist, kinds of records, regexes) is left to the checker. */
#include "lib/rule/compile.h"
#include "lib/rule/operator.h"
#include "lib/rule/pretty.h"

#define REF(name) "{\"$ref\":\"#/definitions/" name "\"}"
#define DAY                                                                              \
    "(mon(day)?|tue(sday)?|wed(nesday)?|thu(rsday)?|fri(day)?|sat(urday)?|sun(day)?)"

/* ---- maps ---- */

static void properties(struct rf_buf *b, const struct rf_keys *keys)
{
    bool first = true;
    for (size_t i = 0; i < keys->n; i++) {
        if (keys->keys[i].flags & RF_KEY_LATER)
            continue;
        rf_buf_printf(b, "%s\"%s\":%s", first ? "" : ",", keys->keys[i].name,
                      keys->keys[i].schema);
        first = false;
    }
}

static void required(struct rf_buf *b, const struct rf_keys *keys)
{
    bool first = true;
    for (size_t i = 0; i < keys->n; i++) {
        if (!(keys->keys[i].flags & RF_KEY_REQUIRED))
            continue;
        rf_buf_printf(b, "%s\"%s\"", first ? ",\"required\":[" : ",", keys->keys[i].name);
        first = false;
    }
    if (!first)
        rf_buf_addc(b, ']');
}

/* The schema of a map; `more` is added to it, beginning with a comma, or empty. */
static void map(struct rf_buf *b, const struct rf_keys *keys, const char *more)
{
    rf_buf_addz(b, "{\"type\":\"object\",\"properties\":{");
    properties(b, keys);
    rf_buf_addz(b, "},\"additionalProperties\":false");
    required(b, keys);
    rf_buf_printf(b, "%s}", more);
}

static void definition(struct rf_buf *b, const char *name)
{
    rf_buf_printf(b, ",\"%s\":", name);
}

static void map_definition(struct rf_buf *b, const char *name, const struct rf_keys *keys,
                           const char *more)
{
    definition(b, name);
    map(b, keys, more);
}

/* ---- operands ---- */

static void names(struct rf_buf *b, enum rf_field f)
{
    int first = f == RF_FIELD_KIND;
    struct rf_str s;
    rf_buf_addz(b, "{\"enum\":[");
    for (int i = first; (s = rf_field_enum_name(f, i)).n; i++)
        rf_buf_printf(b, "%s\"%.*s\"", i > first ? "," : "", RF_STR_FMT(s));
    rf_buf_addz(b, "]}");
}

/* One value of the operand, as equality takes it. */
static void one_value(struct rf_buf *b, enum rf_operand o)
{
    const struct rf_operand_info *info = rf_operand_info(o);
    switch (info->class) {
    case RF_CLASS_NUMBER:
        rf_buf_addz(b, "{\"type\":\"number\"}");
        break;
    case RF_CLASS_BOOL:
        rf_buf_addz(b, "{\"type\":\"boolean\"}");
        break;
    case RF_CLASS_ENUM:
        names(b, info->field);
        break;
    case RF_CLASS_HOUR:
        rf_buf_addz(b, REF("hour"));
        break;
    case RF_CLASS_WEEKDAY:
        rf_buf_addz(b, REF("weekday"));
        break;
    case RF_CLASS_DATE:
        rf_buf_addz(b, REF("date"));
        break;
    default:
        rf_buf_addz(b, REF("string"));
    }
}

static bool is_text(enum rf_operand_class class)
{
    return class == RF_CLASS_VIEW || class == RF_CLASS_STRING ||
           class == RF_CLASS_ADDRESS || class == RF_CLASS_HOST || class == RF_CLASS_URL;
}

/* One value or a list of them. */
static void any_of_values(struct rf_buf *b, enum rf_operand o)
{
    if (is_text(rf_operand_info(o)->class)) {
        rf_buf_addz(b, REF("equals"));
        return;
    }
    rf_buf_addz(b, "{\"anyOf\":[");
    one_value(b, o);
    rf_buf_addz(b, ",{\"type\":\"array\",\"minItems\":1,\"items\":");
    one_value(b, o);
    rf_buf_addz(b, "}]}");
}

static void between(struct rf_buf *b, enum rf_operand o)
{
    static const char head[] = "{\"type\":\"array\",\"minItems\":2,\"maxItems\":2,"
                               "\"items\":";
    rf_buf_printf(b, "{\"anyOf\":[%s", head);
    one_value(b, o);
    rf_buf_printf(b, "},{\"type\":\"array\",\"minItems\":1,\"items\":%s", head);
    one_value(b, o);
    rf_buf_addz(b, "}}]}");
}

static void operator_value(struct rf_buf *b, enum rf_operator w, enum rf_operand o)
{
    if (rf_operator_info(w)->schema)
        rf_buf_addz(b, rf_operator_info(w)->schema);
    else if (w == RF_W_BETWEEN)
        between(b, o);
    else
        any_of_values(b, o);
}

static void operators(struct rf_buf *b, enum rf_operand o)
{
    bool first = true;
    for (int negate = 0; negate < 2; negate++) {
        for (int w = 0; w < RF_W_LOOKS_LIKE; w++) {
            if (!rf_operator_fits((enum rf_operator)w, negate, rf_operand_info(o)->class))
                continue;
            rf_buf_printf(b, "%s\"%s%s\":", first ? "" : ",", negate ? "not_" : "",
                          rf_operator_info((enum rf_operator)w)->name);
            operator_value(b, (enum rf_operator)w, o);
            first = false;
        }
    }
}

/* The test of one operand: values, or a map of operators. */
static void test_schema(struct rf_buf *b, enum rf_operand o)
{
    rf_buf_addz(b, "{\"anyOf\":[");
    any_of_values(b, o);
    rf_buf_addz(b, ",{\"type\":\"object\",\"minProperties\":1,"
                   "\"additionalProperties\":false,\"properties\":{");
    operators(b, o);
    rf_buf_addz(b, "}}]}");
}

/* Operands of one class share a definition; enumerations have their own. */
static void test_name(enum rf_operand o, char out[40])
{
    static const char *const classes[] = {
        [RF_CLASS_VIEW] = "text",       [RF_CLASS_STRING] = "string",
        [RF_CLASS_ADDRESS] = "address", [RF_CLASS_HOST] = "host",
        [RF_CLASS_URL] = "url",         [RF_CLASS_NUMBER] = "number",
        [RF_CLASS_BOOL] = "bool",       [RF_CLASS_ENUM] = NULL,
        [RF_CLASS_HOUR] = "hour",       [RF_CLASS_WEEKDAY] = "weekday",
        [RF_CLASS_DATE] = "date"};
    const char *c = classes[rf_operand_info(o)->class];
    size_t n = strlen(c ? c : rf_operand_info(o)->name);
    memcpy(out, "test_", 5);
    memcpy(out + 5, c ? c : rf_operand_info(o)->name, n + 1);
}

static void test_definitions(struct rf_buf *b)
{
    bool done[RF_CLASS_DATE + 1] = {false};
    for (int o = 0; o < RF_OPERAND_COUNT; o++) {
        enum rf_operand_class class = rf_operand_info((enum rf_operand)o)->class;
        char name[40];
        if (done[class])
            continue;
        done[class] = class != RF_CLASS_ENUM;
        test_name((enum rf_operand)o, name);
        definition(b, name);
        test_schema(b, (enum rf_operand)o);
    }
}

/* ---- conditions ---- */

static void condition_map(struct rf_buf *b)
{
    static const struct rf_keys *const maps[] = {&rf_after_keys, &rf_pair_keys,
                                                 &rf_hit_keys};
    definition(b, "condition_map");
    rf_buf_addz(b,
                "{\"type\":\"object\",\"minProperties\":1,"
                "\"additionalProperties\":false,\"properties\":{"
                "\"all\":" REF("conditions") ",\"any\":" REF(
                    "conditions") ","
                                  "\"none\":" REF("conditions") ",\"not\":" REF(
                                      "condition_map") ","
                                                       "\"use\":" REF("strings_plain"));
    for (size_t i = 0; i < RF_BEHAVIORS + sizeof maps / sizeof *maps; i++) {
        const struct rf_keys *k =
            i < RF_BEHAVIORS ? &rf_behavior_keys[i] : maps[i - RF_BEHAVIORS];
        rf_buf_printf(b, ",\"%s\":{\"$ref\":\"#/definitions/%s\"}", k->what, k->what);
    }
    for (int o = 0; o < RF_OPERAND_COUNT; o++) {
        char name[40];
        test_name((enum rf_operand)o, name);
        rf_buf_printf(b, ",\"%s\":{\"$ref\":\"#/definitions/%s\"}",
                      rf_operand_info((enum rf_operand)o)->name, name);
    }
    rf_buf_addz(b, "}}");
}

static void condition_definitions(struct rf_buf *b)
{
    static const char threshold[] =
        ",\"anyOf\":[{\"required\":[\"over\"]},{\"required\":[\"under\"]}]";
    condition_map(b);
    for (int k = 0; k < RF_BEHAVIORS; k++)
        map_definition(b, rf_behavior_keys[k].what, &rf_behavior_keys[k],
                       rf_rule_has_threshold((enum rf_count_kind)k) ? threshold : "");
    map_definition(b, "after", &rf_after_keys, "");
    map_definition(b, "pair", &rf_pair_keys,
                   ",\"oneOf\":[{\"required\":[\"in\"]},{\"required\":[\"not_in\"]}]");
    map_definition(b, "hit", &rf_hit_keys, ",\"minProperties\":1");
    map_definition(b, "clear", &rf_clear_keys, ",\"minProperties\":1");
    map_definition(b, "near", &rf_near_keys, "");
    map_definition(b, "list_ref", &rf_list_ref_keys, "");
}

/* ---- records of tests ---- */

static const char *field_schema(enum rf_field f)
{
    switch (rf_field_info(f)->type) {
    case RF_FT_INT:
    case RF_FT_NUM:
        return "{\"anyOf\":[{\"type\":[\"number\",\"null\"]},{\"type\":\"string\","
               "\"pattern\":\"[{]\"}]}";
    case RF_FT_BOOL:
        return "{\"type\":[\"boolean\",\"null\"]}";
    case RF_FT_ID:
    case RF_FT_TIME:
        return "{\"type\":[\"string\",\"number\",\"null\"]}";
    case RF_FT_STRS:
        return "{\"anyOf\":[" REF("strings_plain") ",{\"type\":\"null\"}]}";
    default:
        return "{\"type\":[\"string\",\"null\"]}";
    }
}

static void record(struct rf_buf *b, const char *name, bool timed)
{
    definition(b, name);
    rf_buf_addz(b, "{\"type\":\"object\",\"minProperties\":1,"
                   "\"additionalProperties\":false,\"properties\":{");
    for (int f = 0; f < RF_FIELD_COUNT; f++) {
        rf_buf_printf(b, "%s\"%s\":", f ? "," : "",
                      rf_field_info((enum rf_field)f)->name);
        if (rf_field_info((enum rf_field)f)->type == RF_FT_ENUM)
            names(b, (enum rf_field)f);
        else
            rf_buf_addz(b, field_schema((enum rf_field)f));
    }
    if (timed)
        rf_buf_addz(b, ",\"at\":" REF("duration") ",\"every\":" REF(
                           "duration") ","
                                       "\"repeat\":{\"type\":\"integer\",\"minimum\":1,"
                                       "\"maximum\":1000000}");
    rf_buf_addz(b, "}}");
}

/* ---- words ---- */

static void word_list(struct rf_buf *b, const char *name, const char *const *words,
                      size_t n, const char *of_one)
{
    definition(b, of_one);
    rf_buf_addz(b, "{\"enum\":[");
    for (size_t i = 0; i < n; i++)
        rf_buf_printf(b, "%s\"%s\"", i ? "," : "", words[i]);
    rf_buf_addz(b, "]}");
    definition(b, name);
    rf_buf_printf(b,
                  "{\"anyOf\":[{\"$ref\":\"#/definitions/%s\"},{\"type\":\"array\","
                  "\"minItems\":1,\"items\":{\"$ref\":\"#/definitions/%s\"}}]}",
                  of_one, of_one);
}

static void word_definitions(struct rf_buf *b)
{
    static const char *const kinds[] = {"sms", "call", "visit"};
    const char *types[RF_TYPE_COUNT], *fields[RF_OPERAND_COUNT];
    size_t n = 0;
    for (unsigned i = 0; i < RF_TYPE_COUNT; i++)
        types[i] = rf_addr_type_name(i);
    for (int o = 0; o < RF_OPERAND_COUNT; o++)
        if (rf_operand_info((enum rf_operand)o)->flags & RF_IS_KEY)
            fields[n++] = rf_operand_info((enum rf_operand)o)->name;
    word_list(b, "kinds", kinds, 3, "kind");
    word_list(b, "levels", rf_level_words, RF_LEVEL_COUNT, "level");
    word_list(b, "verdicts", rf_verdict_words, 3, "verdict");
    word_list(b, "types", types, RF_TYPE_COUNT, "type");
    word_list(b, "fields", fields, n, "field");
}

static const char scalars
    [] = "\"id\":{\"type\":\"string\",\"pattern\":\"^[a-z0-9][a-z0-9-]{0,63}$\"},"
         "\"string\":{\"type\":\"string\",\"minLength\":1},"
         "\"duration\":{\"anyOf\":[{\"type\":\"string\",\"pattern\":"
         "\"^([0-9]{1,18}(ms|s|m|h|d|w|y)|0+)$\"},{\"const\":0}]},"
         "\"share\":{\"anyOf\":[{\"type\":\"number\",\"minimum\":0,\"maximum\":1},{"
         "\"type\":"
         "\"string\",\"pattern\":\"^[0-9.]+ *%?$\"}]},"
         "\"date\":{\"type\":\"string\",\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2}$\"},"
         "\"time\":{\"type\":\"string\",\"pattern\":\"^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt "
         "].*)?$\"},"
         "\"hour\":{\"anyOf\":[{\"type\":\"string\",\"pattern\":\"^[0-2][0-9]:[0-5][0-9]$"
         "\"},"
         "{\"type\":\"integer\",\"minimum\":0,\"maximum\":24}]},"
         "\"weekday\":{\"type\":\"string\",\"pattern\":"
         "\"^" DAY "(-" DAY ")?$\"},"
         "\"strings_plain\":{\"anyOf\":[" REF(
             "string") ",{\"type\":\"array\",\"minItems\":1,"
                       "\"items\":" REF(
                           "string") "}]},"
                                     "\"strings\":{\"anyOf\":[" REF("string") "," REF(
                                         "list_ref") ",{\"type\":\"array\","
                                                     "\"minItems\":1,\"items\":{"
                                                     "\"anyOf\":"
                                                     "[" REF(
                                                         "string") "," REF("list_ref") "]"
                                                                                       "}"
                                                                                       "}"
                                                                                       "]"
                                                                                       "}"
                                                                                       ","
                                                                                       "\"lists\":{\"anyOf\":"
                                                                                       "[" REF(
                                                                                           "string") "," REF("list_ref") ",{"
                                                                                                                         "\"type\""
                                                                                                                         ":\"array"
                                                                                                                         "\","
                                                                                                                         "\"minIte"
                                                                                                                         "ms\":1,"
                                                                                                                         "\"items"
                                                                                                                         "\":{"
                                                                                                                         "\"anyOf"
                                                                                                                         "\":"
                                                                                                                         "[" REF("string") "," REF("list"
                                                                                                                                                   "_re"
                                                                                                                                                   "f") "]}}]},"
                                                                                                                                                        "\"equals\":{\"anyOf\":[" REF("strings_plain") "," REF("list_ref") ",{\"type\":"
                                                                                                                                                                                                                           "\"array\",\"minItems\":1,\"items\":" REF("list_ref") "}]},"
                                                                                                                                                                                                                                                                                 "\"length\":{\"anyOf\":[{\"type\":\"number\"},{\"type\":\"array\",\"minItems\":1,"
                                                                                                                                                                                                                                                                                 "\"items\":{\"type\":\"number\"}},{\"type\":\"object\",\"minProperties\":1,"
                                                                                                                                                                                                                                                                                 "\"additionalProperties\":false,\"properties\":{\"is\":{\"type\":\"number\"},"
                                                                                                                                                                                                                                                                                 "\"lt\":{\"type\":\"number\"},\"lte\":{\"type\":\"number\"},"
                                                                                                                                                                                                                                                                                 "\"gt\":{\"type\":\"number\"},\"gte\":{\"type\":\"number\"},"
                                                                                                                                                                                                                                                                                 "\"between\":{\"type\":\"array\",\"items\":{\"type\":\"number\"},\"minItems\":2,"
                                                                                                                                                                                                                                                                                 "\"maxItems\":2}}}]},"
                                                                                                                                                                                                                                                                                 "\"conditions\":{\"type\":\"array\",\"minItems\":1,\"items\":" REF("condition") "},"
                                                                                                                                                                                                                                                                                                                                                                 "\"condition\":{\"anyOf\":[" REF("conditions") "," REF("condition_map") "]},"
                                                                                                                                                                                                                                                                                                                                                                                                                                         "\"one_action\":{\"anyOf\":[{\"enum\":[\"block\",\"warn\",\"allow\",\"alert\","
                                                                                                                                                                                                                                                                                                                                                                                                                                         "\"mark\"]},{\"type\":\"object\",\"required\":[\"score\"],\"additionalProperties\":"
                                                                                                                                                                                                                                                                                                                                                                                                                                         "false,\"properties\":{\"score\":{\"type\":\"number\",\"minimum\":-1000000,"
                                                                                                                                                                                                                                                                                                                                                                                                                                         "\"maximum\":1000000,\"not\":{\"const\":0}}}}]},"
                                                                                                                                                                                                                                                                                                                                                                                                                                         "\"action\":{\"anyOf\":[" REF(
                                                                                                                                                                                                                                                                                                                                                                                                                                             "one_action") ",{\"type\":\"array\",\"minItems\":1,"
                                                                                                                                                                                                                                                                                                                                                                                                                                                           "\"maxItems\":2,\"items\":" REF(
                                                                                                                                                                                                                                                                                                                                                                                                                                                               "one_action") "}]}";

void rf_rule_schema(struct rf_buf *out)
{
    struct rf_buf b;
    rf_buf_init(&b);
    rf_buf_addz(&b, "{\"$schema\":\"http://json-schema.org/draft-07/schema#\","
                    "\"title\":\"Ringfence rules\",\"description\":\"Rule files as "
                    "ringfence-rules(5) describes them; `ringfence check` knows more.\","
                    "\"definitions\":{");
    rf_buf_addz(&b, scalars);
    word_definitions(&b);
    test_definitions(&b);
    condition_definitions(&b);
    map_definition(&b, "list", &rf_list_keys,
                   ",\"oneOf\":[{\"required\":[\"file\"]},{\"required\":[\"values\"]}]");
    map_definition(&b, "macro", &rf_macro_keys, "");
    map_definition(&b, "rule", &rf_rule_keys, "");
    map_definition(
        &b, "test", &rf_test_keys,
        ",\"anyOf\":[{\"required\":[\"expect\"]},{\"required\":[\"first_hit\"]},"
        "{\"required\":[\"verdict\"]}],\"oneOf\":[{\"required\":[\"record\"]},"
        "{\"required\":[\"records\"]}]");
    record(&b, "record", false);
    record(&b, "record_at", true);
    rf_buf_addz(&b, "},\"type\":[\"object\",\"null\"],\"properties\":{");
    properties(&b, &rf_file_keys);
    rf_buf_addz(&b, "},\"additionalProperties\":false");
    required(&b, &rf_file_keys);
    rf_buf_addc(&b, '}');
    rf_json_pretty(out, rf_buf_str(&b));
    rf_buf_fini(&b);
}
