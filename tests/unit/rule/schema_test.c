/* The schema that ships is the one the code writes. RF_UPDATE_GOLDEN=1 writes it anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/rule/load.h"

#define SHIPPED "config/ringfence-rules.schema.json"

static void shipped_schema_is_current(void **state)
{
    struct rf_buf want, got;
    char bytes[4096];
    (void)state;
    rf_buf_init(&want);
    rf_buf_init(&got);
    rf_rule_schema(&want);
    if (getenv("RF_UPDATE_GOLDEN")) {
        FILE *out = fopen(SHIPPED, "wb");
        assert_non_null(out);
        fwrite(want.p, 1, want.n, out);
        fclose(out);
    }
    FILE *f = fopen(SHIPPED, "rb");
    assert_non_null(f);
    for (size_t n; (n = fread(bytes, 1, sizeof bytes, f)) > 0;)
        rf_buf_add(&got, bytes, n);
    fclose(f);
    assert_int_equal(got.n, want.n);
    assert_memory_equal(got.p, want.p, want.n);
    rf_buf_fini(&want);
    rf_buf_fini(&got);
}

static void schema_names_what_the_language_has(void **state)
{
    struct rf_buf b;
    (void)state;
    rf_buf_init(&b);
    rf_rule_schema(&b);
    json_t *schema = json_loadb(b.p, b.n, 0, NULL);
    assert_non_null(schema);
    json_t *defs = json_object_get(schema, "definitions");
    json_t *keys = json_object_get(json_object_get(defs, "condition_map"), "properties");
    assert_non_null(json_object_get(keys, "text.compact"));
    assert_non_null(json_object_get(keys, "distinct"));
    assert_non_null(json_object_get(keys, "surge"));
    assert_non_null(json_object_get(keys, "concurrent"));
    json_t *rule = json_object_get(json_object_get(defs, "rule"), "properties");
    assert_non_null(json_object_get(rule, "excuses"));
    assert_null(json_object_get(rule, "rollout"));
    json_decref(schema);
    rf_buf_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shipped_schema_is_current),
        cmocka_unit_test(schema_names_what_the_language_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
