/* What the engine says of one record; the codec writes it. Lives in the batch's arena. */
#ifndef RF_RULESET_JUDGMENT_H
#define RF_RULESET_JUDGMENT_H

#include "lib/ruleset/ruleset.h"

#define RF_NO_RULE UINT32_MAX

/* A change of an alert; told to the event log, not in the reply. */
struct rf_alert_event {
    uint32_t rule;
    enum rf_alert_change change;
    struct rf_hash128 key; /* keyed hash of rule and key */
    double count, threshold;
    int64_t since_ms;
};

struct rf_judgment {
    enum rf_verdict verdict;
    bool has_would;
    enum rf_verdict would; /* what global monitor mode held back */
    uint32_t rule;         /* that decided, or RF_NO_RULE */
    uint32_t excused_by;   /* an allow rule with `excuses` that was used, or RF_NO_RULE */
    bool has_score;
    int64_t score;     /* thousandths */
    unsigned degraded; /* RF_DEGRADED_*, the record's included */
    bool protected_to; /* allowed for its called number, before any rule */
    uint32_t *hits;    /* rule indexes in enforce mode, ascending: that is, by id */
    uint32_t nhits;
    uint32_t *shadow; /* in monitor mode */
    uint32_t nshadow;
    struct rf_alert_event *alerts;
    uint32_t nalerts;
};

#endif
