/* Every size that a peer or rule author controls has its limit here. */
#ifndef RF_BASE_LIMITS_H
#define RF_BASE_LIMITS_H

enum {
    RF_LIMIT_ID_BYTES = 128,             /* a record's id */
    RF_LIMIT_ID_DIGITS = 20,             /* an integer id */
    RF_LIMIT_CALL_BYTES = 64,            /* a call's id */
    RF_LIMIT_TEXT_BYTES = 16 * 1024,     /* of a text or url that is judged: */
    RF_LIMIT_TEXT_PART_BYTES = 8 * 1024, /* its first and last so many */
    RF_LIMIT_JSON_DEPTH = 16,            /* nesting of values in a record */
    RF_LIMIT_URLS = 16,                  /* found in one text */
    RF_LIMIT_PHONES = 8,                 /* found in one text */
    RF_LIMIT_E164_DIGITS = 15,
    RF_LIMIT_SHORT_DIGITS = 21,
    RF_LIMIT_ADDR_BYTES = 128, /* a normalized address */
    RF_LIMIT_HOST_BYTES = 253, /* RFC 1035 */
    RF_LIMIT_BATCH = 32,       /* records judged together: what of them is hot fits L2 */
    RF_LIMIT_YAML_DEPTH = 64,
    RF_LIMIT_RULE_FILE_BYTES = 16 * 1024 * 1024,
    RF_LIMIT_PATTERN_BYTES = 64 * 1024, /* a keyword or regex */
    RF_LIMIT_RULES = 200000,
    RF_LIMIT_DISTINCT_EXACT = 1024, /* thresholds above it use HyperLogLog */
};

#endif
