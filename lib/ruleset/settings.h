/* What the library needs of the configuration (ringfenced.yaml(5)). Filled by the
 * configuration reader or by rf_settings_default; read-only while a ruleset uses it. */
#ifndef RF_RULESET_SETTINGS_H
#define RF_RULESET_SETTINGS_H

#include "lib/base/arena.h"
#include "lib/record/field.h"

enum rf_verdict { RF_ALLOW, RF_WARN, RF_BLOCK };
enum rf_mode { RF_MODE_ENFORCE, RF_MODE_MONITOR, RF_MODE_OFF };

struct rf_pair_setting {
    struct rf_str key, value;
};

struct rf_fraud_type {
    struct rf_str id, en, zh; /* impersonation/logistics and its names */
};

struct rf_settings {
    /* feed */
    enum rf_verdict on_error, on_late; /* ALLOW or WARN */
    int64_t early_ms, late_ms;
    size_t max_line;                      /* bytes */
    const struct rf_pair_setting *fields; /* name in the feed -> field name, "" drops */
    size_t nfields;
    /* verdict */
    int64_t warn_score, block_score; /* thousandths */
    enum rf_mode mode;               /* ENFORCE or MONITOR */
    /* numbering */
    struct rf_str country;  /* ISO 3166, "CN" */
    struct rf_str timezone; /* IANA, "Asia/Shanghai" */
    struct rf_str language; /* of `advice` where the record names none it has */
    const struct rf_pair_setting *trunks; /* glob of trunk names -> country */
    size_t ntrunks;
    /* protected */
    const struct rf_str *protected_numbers;
    size_t nprotected;
    unsigned protected_from;                        /* set of 1 << enum rf_ingress */
    const struct rf_pair_setting *protected_trunks; /* number -> trunk, one row a trunk */
    size_t nprotected_trunks;
    /* others */
    const struct rf_fraud_type *fraud_types; /* besides the built-in ones */
    size_t nfraud_types;
    struct rf_str redress; /* empty: none */
};

/* The defaults of the contract's section 5; strings are static. */
void rf_settings_default(struct rf_settings *s);

/* A deep copy whose strings live in the arena. */
void rf_settings_copy(struct rf_arena *a, const struct rf_settings *in,
                      struct rf_settings *out);

#endif
