// Hot. The only C++ of the library.
#define SIMDJSON_EXCEPTIONS 0
#include <charconv>

#include <simdjson.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow" // struct rf_str and its maker rf_str()
extern "C" {
#include "lib/codec/simdjson_in.h"
}
#pragma GCC diagnostic pop

bool rf_simdjson_utf8(struct rf_str s)
{
    return simdjson::validate_utf8(s.p, s.n);
}

bool rf_simdjson_double(struct rf_str number, double *out)
{
    auto r = std::from_chars(number.p, number.p + number.n, *out);
    return r.ec == std::errc() && r.ptr == number.p + number.n;
}
