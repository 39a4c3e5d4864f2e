#include "daemon/store/slot.h"

#define POLYNOMIAL 0x1021

static uint16_t crc16(struct rf_str s)
{
    unsigned crc = 0;
    for (size_t i = 0; i < s.n; i++) {
        crc ^= (unsigned)(unsigned char)s.p[i] << 8;
        for (int bit = 0; bit < 8; bit++)
            crc = (crc << 1 ^ (crc & 0x8000 ? POLYNOMIAL : 0)) & 0xffff;
    }
    return (uint16_t)crc;
}

uint16_t slot_of(struct rf_str key)
{
    const char *open = key.n ? memchr(key.p, '{', key.n) : NULL;
    struct rf_str rest = open ? rf_str_sub(key, (size_t)(open - key.p) + 1) : RF_STR("");
    const char *close = rest.n ? memchr(rest.p, '}', rest.n) : NULL;
    if (close && close > rest.p)
        key = rf_str(rest.p, (size_t)(close - rest.p));
    return crc16(key) % SLOTS;
}
