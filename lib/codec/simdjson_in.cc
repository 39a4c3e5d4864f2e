// Hot. The only C++ of the library. simdjson finds the structure and checks UTF-8 and
// control characters; tokens are checked by lib/codec/json.c, since On-Demand does not
// look into what it passes over.
#define SIMDJSON_EXCEPTIONS 0
#define SIMDJSON_DEVELOPMENT_CHECKS 0
#include <charconv>
#include <cstdint>
#include <new>

#include <simdjson.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow" // struct rf_str and its maker rf_str()
extern "C" {
#include "lib/codec/simdjson_in.h"
#include "lib/base/mem.h"
}
#pragma GCC diagnostic pop

using namespace simdjson;

struct rf_simdjson {
    ondemand::parser parser;
};

struct rf_simdjson *rf_simdjson_new(size_t max_line)
{
    auto *s = new (std::nothrow) rf_simdjson;
    if (!s || s->parser.allocate(max_line) != SUCCESS)
        rf_mem_die(max_line);
    return s;
}

void rf_simdjson_free(struct rf_simdjson *s)
{
    delete s;
}

/* The name that begins behind the quote at p: up to the quote that ends it. */
static bool key_token(const char *p, const char *end, struct rf_json_token *key)
{
    const char *q = p;
    while (q < end && *q != '"')
        q += *q == '\\' ? 2 : 1;
    return q < end && rf_json_classify_string(rf_str(p, size_t(q - p)), key);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* A value as written, without the white space behind it; the reader moves past it.
 * Strings are taken whole: skipping one before a stray ':' would mistake it for a name.
 */
static bool value_text(ondemand::value value, struct rf_str *out)
{
    std::string_view text = value.raw_json_token();
    error_code error = SUCCESS;
    if (text.empty())
        return false;
    if (text[0] == '"') {
        error = value.get_raw_json_string().error();
    } else if (text[0] == '{') {
        ondemand::object object;
        error = value.get_object().get(object);
        if (!error)
            error = object.raw_json().get(text);
    } else if (text[0] == '[') {
        ondemand::array array;
        error = value.get_array().get(array);
        if (!error)
            error = array.raw_json().get(text);
    }
    *out = rf_str(text.data(), text.size());
    while (out->n && is_space(out->p[out->n - 1]))
        out->n--;
    return !error && out->n;
}

static bool walk_field(ondemand::field &field, const char *end,
                       const struct rf_json_visitor *v)
{
    struct rf_json_token key, value;
    struct rf_str text;
    if (!key_token(field.key().raw(), end, &key) || !value_text(field.value(), &text) ||
        !rf_json_classify(text, &value))
        return false;
    v->member(v->ctx, &key, &value);
    return true;
}

bool rf_simdjson_walk(struct rf_simdjson *s, struct rf_str line,
                      const struct rf_json_visitor *v)
{
    ondemand::document doc;
    ondemand::object object;
    padded_string_view view(line.p, line.n, line.n + SIMDJSON_PADDING);
    if (s->parser.iterate(view).get(doc) || doc.get_object().get(object))
        return false;
    for (auto result : object) {
        ondemand::field field;
        if (std::move(result).get(field) || !walk_field(field, line.p + line.n, v))
            return false;
    }
    return doc.current_location().error() == OUT_OF_BOUNDS;
}

bool rf_simdjson_double(struct rf_str number, double *out)
{
    auto r = std::from_chars(number.p, number.p + number.n, *out);
    return r.ec == std::errc() && r.ptr == number.p + number.n;
}
