#include "lib/match/run.h"

bool rf_run_in(const struct rf_run *r, struct rf_str text)
{
    const unsigned char *p = (const unsigned char *)text.p;
    size_t begin = 0,
           known = 0; /* of the window at begin the first `known` are members */
    while (begin + r->n <= text.n) {
        size_t i = r->n;
        while (i > known && rf_run_has(r, p[begin + i - 1]))
            i--;
        if (i == known)
            return true;
        known = r->n - i; /* behind the stranger at i - 1 all are members */
        begin += i;
    }
    return false;
}
