/* The one table of what a rule can look at: record fields and what is derived from them.
 * Checker, compiler, engine, schema and documentation read it. Pure data, any thread. */
#ifndef RF_RULESET_OPERAND_H
#define RF_RULESET_OPERAND_H

#include "lib/match/matcher.h"
#include "lib/record/field.h"

enum rf_operand_class {
    RF_CLASS_VIEW,    /* a view of the text that is scanned */
    RF_CLASS_STRING,  /* exact string */
    RF_CLASS_ADDRESS, /* normalized number or sender */
    RF_CLASS_HOST,
    RF_CLASS_URL,
    RF_CLASS_NUMBER,
    RF_CLASS_BOOL,
    RF_CLASS_ENUM,
    RF_CLASS_HOUR,    /* minutes of the day */
    RF_CLASS_WEEKDAY, /* 0 Monday to 6 Sunday */
    RF_CLASS_DATE,    /* days since 1970-01-01 in the configured time zone */
};

enum {                  /* flags */
       RF_HAS_MANY = 1, /* may have several values */
       RF_IS_KEY = 2,   /* usable in `key`, `of`, `was` and `pair` */
};

/* X(NAME, "name", class, field it stems from, kinds, flags); kinds 0: those of the field
 */
#define RF_OPERANDS(X)                                                                   \
    X(TEXT, "text", VIEW, TEXT, 0, RF_IS_KEY)                                            \
    X(TEXT_COMPACT, "text.compact", VIEW, TEXT, 0, RF_IS_KEY)                            \
    X(TEXT_SHAPE, "text.shape", VIEW, TEXT, 0, RF_IS_KEY)                                \
    X(TEXT_RAW, "text.raw", VIEW, TEXT, 0, RF_IS_KEY)                                    \
    X(FROM, "from", ADDRESS, FROM, 0, RF_IS_KEY)                                         \
    X(TO, "to", ADDRESS, TO, 0, RF_IS_KEY)                                               \
    X(SHOWN, "shown", ADDRESS, SHOWN, 0, RF_IS_KEY)                                      \
    X(DIVERTED, "diverted", ADDRESS, DIVERTED, 0, RF_IS_KEY)                             \
    X(SUBSCRIBER, "subscriber", ADDRESS, SUBSCRIBER, 0, RF_IS_KEY)                       \
    X(PHONE, "phone", ADDRESS, TEXT, 0, RF_HAS_MANY | RF_IS_KEY)                         \
    X(FROM_RAW, "from.raw", STRING, FROM, 0, RF_IS_KEY)                                  \
    X(TO_RAW, "to.raw", STRING, TO, 0, RF_IS_KEY)                                        \
    X(SHOWN_RAW, "shown.raw", STRING, SHOWN, 0, RF_IS_KEY)                               \
    X(DIVERTED_RAW, "diverted.raw", STRING, DIVERTED, 0, RF_IS_KEY)                      \
    X(SUBSCRIBER_RAW, "subscriber.raw", STRING, SUBSCRIBER, 0, RF_IS_KEY)                \
    X(FROM_COUNTRY, "from.country", STRING, FROM, 0, RF_IS_KEY)                          \
    X(TO_COUNTRY, "to.country", STRING, TO, 0, RF_IS_KEY)                                \
    X(FROM_BLOCK2, "from.block2", STRING, FROM, 0, RF_IS_KEY)                            \
    X(FROM_BLOCK3, "from.block3", STRING, FROM, 0, RF_IS_KEY)                            \
    X(FROM_BLOCK4, "from.block4", STRING, FROM, 0, RF_IS_KEY)                            \
    X(TO_BLOCK2, "to.block2", STRING, TO, 0, RF_IS_KEY)                                  \
    X(TO_BLOCK3, "to.block3", STRING, TO, 0, RF_IS_KEY)                                  \
    X(TO_BLOCK4, "to.block4", STRING, TO, 0, RF_IS_KEY)                                  \
    X(URL, "url", URL, URL, RF_IN_ALL, RF_HAS_MANY | RF_IS_KEY)                          \
    X(HOST, "host", HOST, HOST, RF_IN_ALL, RF_HAS_MANY | RF_IS_KEY)                      \
    X(DOMAIN, "domain", HOST, HOST, RF_IN_ALL, RF_HAS_MANY | RF_IS_KEY)                  \
    X(KIND, "kind", ENUM, KIND, 0, RF_IS_KEY)                                            \
    X(FROM_TON, "from_ton", NUMBER, FROM_TON, 0, RF_IS_KEY)                              \
    X(TO_TON, "to_ton", NUMBER, TO_TON, 0, RF_IS_KEY)                                    \
    X(WITHHELD, "withheld", BOOL, WITHHELD, 0, RF_IS_KEY)                                \
    X(TRUNK, "trunk", STRING, TRUNK, 0, RF_IS_KEY)                                       \
    X(PEER, "peer", STRING, PEER, 0, RF_IS_KEY)                                          \
    X(INGRESS, "ingress", ENUM, INGRESS, 0, RF_IS_KEY)                                   \
    X(ROAMING, "roaming", BOOL, ROAMING, 0, RF_IS_KEY)                                   \
    X(CELL, "cell", STRING, CELL, 0, RF_IS_KEY)                                          \
    X(GRID, "grid", STRING, GRID, 0, RF_IS_KEY)                                          \
    X(IMSI, "imsi", STRING, IMSI, 0, RF_IS_KEY)                                          \
    X(IMEI, "imei", STRING, IMEI, 0, RF_IS_KEY)                                          \
    X(IP, "ip", STRING, IP, 0, RF_IS_KEY)                                                \
    X(LANG, "lang", STRING, LANG, 0, RF_IS_KEY)                                          \
    X(LEG, "leg", ENUM, LEG, 0, RF_IS_KEY)                                               \
    X(PID, "pid", NUMBER, PID, 0, RF_IS_KEY)                                             \
    X(PARTS, "parts", NUMBER, PARTS, 0, RF_IS_KEY)                                       \
    X(PART, "part", NUMBER, PART, 0, RF_IS_KEY)                                          \
    X(REGISTRY, "registry", STRING, REGISTRY, 0, RF_IS_KEY)                              \
    X(TEMPLATE, "template", STRING, TEMPLATE, 0, RF_IS_KEY)                              \
    X(CALL, "call", STRING, CALL, 0, RF_IS_KEY)                                          \
    X(EVENT, "event", ENUM, EVENT, 0, RF_IS_KEY)                                         \
    X(RING, "ring", NUMBER, RING, 0, RF_IS_KEY)                                          \
    X(DURATION, "duration", NUMBER, DURATION, 0, RF_IS_KEY)                              \
    X(CAUSE, "cause", NUMBER, CAUSE, 0, RF_IS_KEY)                                       \
    X(VERSTAT, "verstat", STRING, VERSTAT, 0, RF_IS_KEY)                                 \
    X(ATTEST, "attest", STRING, ATTEST, 0, RF_IS_KEY)                                    \
    X(ANSWERS, "answers", STRING, ANSWERS, 0, RF_HAS_MANY | RF_IS_KEY)                   \
    X(SOURCE, "source", ENUM, SOURCE, 0, RF_IS_KEY)                                      \
    X(TEST, "test", BOOL, TEST, 0, 0)                                                    \
    X(RESEND, "resend", BOOL, RESEND, 0, 0)                                              \
    X(HOUR, "hour", HOUR, TS, 0, 0)                                                      \
    X(WEEKDAY, "weekday", WEEKDAY, TS, 0, 0)                                             \
    X(DATE, "date", DATE, TS, 0, 0)

enum rf_operand {
#define X(NAME, name, class, field, kinds, flags) RF_OPERAND_##NAME,
    RF_OPERANDS(X)
#undef X
        RF_OPERAND_COUNT,
    RF_OPERAND_NONE = RF_OPERAND_COUNT,
};

struct rf_operand_info {
    const char *name;
    enum rf_operand_class class;
    enum rf_field field;
    unsigned kinds; /* where other than the field's; use rf_operand_kinds */
    unsigned flags; /* RF_HAS_MANY, RF_IS_KEY */
};

extern const struct rf_operand_info rf_operands[RF_OPERAND_COUNT];

/* The table's row of an operand. */
static inline const struct rf_operand_info *rf_operand_info(enum rf_operand o)
{
    return &rf_operands[o];
}
/* Set of RF_IN_*: the kinds of record that can have it. */
unsigned rf_operand_kinds(enum rf_operand o);
/* The matcher's view of an operand: that of a VIEW, else RF_VIEW_FIELD. */
enum rf_match_view rf_operand_view(enum rf_operand o);
/* The operand of that name, or RF_OPERAND_NONE. */
enum rf_operand rf_operand_find(struct rf_str name);

#endif
