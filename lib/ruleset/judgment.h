/* What the engine says of one record; the codec writes it. Lives in the batch's arena. */
#ifndef RF_RULESET_JUDGMENT_H
#define RF_RULESET_JUDGMENT_H

#include "lib/ruleset/ruleset.h"

#define RF_NO_RULE UINT32_MAX

/* A change of an alert; told to the event log, not in the reply. The note of the event is
 * what rf_alert_note_* reads: rule id, level and key, as END comes after a reload too. */
struct rf_alert_change_of {
    uint32_t rule;
    struct rf_alert_event event;
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
    bool protected;    /* allowed for a protected number, above every rule */
    uint32_t *hits;    /* rule indexes in enforce mode, ascending: that is, by id */
    uint32_t nhits;
    uint32_t *shadow; /* in monitor mode */
    uint32_t nshadow;
    struct rf_alert_change_of *alerts;
    uint32_t nalerts;
};

#endif
