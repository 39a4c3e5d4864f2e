#include "daemon/store/mark_record.h"

#include <endian.h>

#define FIELDS 7 /* of 8 bytes, before `times` */

void mark_record_write(const struct mark *m, char out[MARK_RECORD_BYTES])
{
    const uint64_t fields[FIELDS] = {
        htole64(m->spec.id.lo),
        htole64(m->spec.id.hi),
        htole64(m->key.lo),
        htole64(m->key.hi),
        htole64((uint64_t)m->ts_ms),
        htole64((uint64_t)m->spec.within_ms),
        htole64((uint64_t)m->spec.at_least_ms),
    };
    uint32_t times = htole32(m->spec.times);
    memcpy(out, fields, sizeof fields);
    memcpy(out + sizeof fields, &times, sizeof times);
}

bool mark_record_read(const char in[MARK_RECORD_BYTES], struct mark *m)
{
    uint64_t f[FIELDS];
    uint32_t times;
    memcpy(f, in, sizeof f);
    memcpy(&times, in + sizeof f, sizeof times);
    for (int i = 0; i < FIELDS; i++)
        f[i] = le64toh(f[i]);
    m->spec.id = (struct rf_hash128){.lo = f[0], .hi = f[1]};
    m->key = (struct rf_hash128){.lo = f[2], .hi = f[3]};
    m->ts_ms = (int64_t)f[4];
    m->spec.within_ms = (int64_t)f[5];
    m->spec.at_least_ms = (int64_t)f[6];
    m->spec.times = le32toh(times);
    return m->ts_ms >= 0 && m->spec.within_ms >= 0 &&
           m->spec.within_ms <= RF_COUNT_WINDOW_MAX_MS && m->spec.at_least_ms >= 0 &&
           m->spec.at_least_ms <= m->spec.within_ms && m->spec.times >= 1 &&
           m->spec.times <= RF_MARK_TIMES_MAX;
}
