/* Running alerts, internal to lib/count: a table of its own, since few keys have one. */
#ifndef RF_COUNT_ALERT_H
#define RF_COUNT_ALERT_H

#include <stdint.h>

struct alerts;

struct alerts *alerts_new(void);
void alerts_free(struct alerts *a);
/* Alerts that gave way to others. Any thread. */
uint64_t alerts_dropped(const struct alerts *a);

#endif
