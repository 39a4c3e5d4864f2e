#include "daemon/ref.h"

#include <stdlib.h>
#include <sys/random.h>

static void random_bytes(void *p, size_t n)
{
    if (getrandom(p, n, 0) != (ssize_t)n)
        abort(); /* cannot be, for 256 bytes at most and a kernel that has booted */
}

void ref_source_init(struct ref_source *s)
{
    s->last_ms = 0;
    random_bytes(&s->high, sizeof s->high);
    random_bytes(&s->low, sizeof s->low);
    s->low >>= 1; /* room to count for ever without a carry */
}

void ref_next(struct ref_source *s, int64_t now_ms, char out[REF_BYTES])
{
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    s->last_ms = now_ms > s->last_ms ? now_ms : s->last_ms;
    s->low++;
    unsigned __int128 v = (unsigned __int128)(uint64_t)s->last_ms << 80 |
                          (unsigned __int128)s->high << 64 | s->low;
    for (int i = REF_BYTES - 1; i >= 0; i--, v >>= 5)
        out[i] = digits[(unsigned)v & 31];
}
