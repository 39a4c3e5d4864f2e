#include "daemon/ops/mask.h"

#include <stdio.h>

#include "lib/base/utf8.h"

#define SHOWN 2 /* last characters that stay */

static struct rf_hash128 hash_of(const struct rf_hash_key *key, const struct rf_addr *a)
{
    return rf_hash_bytes(key, a->norm.p, a->norm.n);
}

/* Bytes of "+86" at the beginning of an E.164 number. */
static size_t calling_code_bytes(const struct rf_addr *a)
{
    char digits[RF_PLAN_DIGITS], text[8];
    struct rf_plan_number n;
    if (a->form != RF_ADDR_E164 ||
        !rf_plan_parse(NULL, rf_str_sub(a->norm, 1), true, digits, &n))
        return a->form == RF_ADDR_E164;
    size_t bytes = 1 + (size_t)snprintf(text, sizeof text, "%u", n.calling_code);
    return bytes <= a->norm.n ? bytes : 1;
}

void mask_add(struct rf_buf *out, const struct rf_hash_key *key,
              const struct rf_addr *addr)
{
    struct rf_str rest = addr->norm;
    size_t head = calling_code_bytes(addr), stars, len;
    if (rest.n == 0)
        return;
    rf_buf_adds(out, rf_str(rest.p, head));
    rest = rf_str_sub(rest, head);
    stars = rf_utf8_count(rest);
    stars = stars > 2 * SHOWN ? stars - SHOWN : stars;
    for (; stars && rest.n; stars--) {
        rf_utf8_decode(rest.p, rest.n, &len);
        rest = rf_str_sub(rest, len);
        rf_buf_addc(out, '*');
    }
    rf_buf_adds(out, rest);
    rf_buf_addc(out, '#');
    rf_buf_add_hex(out, hash_of(key, addr).hi >> 32, 8);
}

void mask_add_key(struct rf_buf *out, const struct rf_hash_key *key,
                  const struct rf_addr *addr)
{
    struct rf_hash128 h = hash_of(key, addr);
    rf_buf_add_hex(out, h.hi, 16);
    rf_buf_add_hex(out, h.lo, 16);
}
