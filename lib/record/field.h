/* The one table of record fields (ringfence-feed(7)): decoder, rule checker, schema and
 * documentation all read it. Pure data, any thread. */
#ifndef RF_RECORD_FIELD_H
#define RF_RECORD_FIELD_H

#include "lib/base/str.h"

enum rf_kind { RF_KIND_NONE, RF_KIND_SMS, RF_KIND_CALL, RF_KIND_VISIT, RF_KIND_COUNT };

enum {
    RF_IN_SMS = 1 << RF_KIND_SMS,
    RF_IN_CALL = 1 << RF_KIND_CALL,
    RF_IN_VISIT = 1 << RF_KIND_VISIT,
    RF_IN_ALL = RF_IN_SMS | RF_IN_CALL | RF_IN_VISIT,
};

enum rf_field_type {
    RF_FT_ID,   /* string or integer, echoed as written */
    RF_FT_TIME, /* ms or s since 1970, or RFC 3339; value.i in ms */
    RF_FT_STR,  /* value.s */
    RF_FT_TEXT, /* value.s; may be 40 KiB, repaired, cut to what is judged */
    RF_FT_ADDR, /* value.s as sent; normalized by the engine */
    RF_FT_INT,  /* value.i */
    RF_FT_NUM,  /* value.d */
    RF_FT_BOOL, /* value.b */
    RF_FT_ENUM, /* value.i: position in the field's names */
    RF_FT_STRS, /* value.list */
};

/* X(NAME, "name", type, kinds, names of an enumeration separated by spaces) */
#define RF_FIELDS(X)                                                                     \
    X(ID, "id", RF_FT_ID, RF_IN_ALL, "")                                                 \
    X(KIND, "kind", RF_FT_ENUM, RF_IN_ALL, "none sms call visit")                        \
    X(TS, "ts", RF_FT_TIME, RF_IN_ALL, "")                                               \
    X(DEADLINE, "deadline", RF_FT_TIME, RF_IN_ALL, "")                                   \
    X(FROM, "from", RF_FT_ADDR, RF_IN_ALL, "")                                           \
    X(TO, "to", RF_FT_ADDR, RF_IN_ALL, "")                                               \
    X(FROM_TON, "from_ton", RF_FT_INT, RF_IN_SMS | RF_IN_CALL, "")                       \
    X(TO_TON, "to_ton", RF_FT_INT, RF_IN_SMS | RF_IN_CALL, "")                           \
    X(SHOWN, "shown", RF_FT_ADDR, RF_IN_CALL, "")                                        \
    X(WITHHELD, "withheld", RF_FT_BOOL, RF_IN_CALL, "")                                  \
    X(SUBSCRIBER, "subscriber", RF_FT_ADDR, RF_IN_ALL, "")                               \
    X(TRUNK, "trunk", RF_FT_STR, RF_IN_ALL, "")                                          \
    X(PEER, "peer", RF_FT_STR, RF_IN_ALL, "")                                            \
    X(INGRESS, "ingress", RF_FT_ENUM, RF_IN_ALL, "onnet national international a2p ott") \
    X(ROAMING, "roaming", RF_FT_BOOL, RF_IN_ALL, "")                                     \
    X(CELL, "cell", RF_FT_STR, RF_IN_ALL, "")                                            \
    X(GRID, "grid", RF_FT_STR, RF_IN_ALL, "")                                            \
    X(IMSI, "imsi", RF_FT_STR, RF_IN_ALL, "")                                            \
    X(IMEI, "imei", RF_FT_STR, RF_IN_ALL, "")                                            \
    X(IP, "ip", RF_FT_STR, RF_IN_ALL, "")                                                \
    X(LANG, "lang", RF_FT_STR, RF_IN_ALL, "")                                            \
    X(LEG, "leg", RF_FT_ENUM, RF_IN_SMS | RF_IN_CALL, "orig term transit")               \
    X(TEXT, "text", RF_FT_TEXT, RF_IN_SMS | RF_IN_CALL, "")                              \
    X(UD, "ud", RF_FT_STR, RF_IN_SMS, "")                                                \
    X(CODING, "coding", RF_FT_ENUM, RF_IN_SMS, "23.040 smpp cmpp")                       \
    X(DCS, "dcs", RF_FT_INT, RF_IN_SMS, "")                                              \
    X(UDHI, "udhi", RF_FT_BOOL, RF_IN_SMS, "")                                           \
    X(PID, "pid", RF_FT_INT, RF_IN_SMS, "")                                              \
    X(REF, "ref", RF_FT_INT, RF_IN_SMS, "")                                              \
    X(PARTS, "parts", RF_FT_INT, RF_IN_SMS, "")                                          \
    X(PART, "part", RF_FT_INT, RF_IN_SMS, "")                                            \
    X(REGISTRY, "registry", RF_FT_STR, RF_IN_SMS, "")                                    \
    X(TEMPLATE, "template", RF_FT_STR, RF_IN_SMS, "")                                    \
    X(CALL, "call", RF_FT_STR, RF_IN_CALL, "")                                           \
    X(EVENT, "event", RF_FT_ENUM, RF_IN_SMS | RF_IN_CALL,                                \
      "attempt alerting answer update release submit deliver report")                    \
    X(RING, "ring", RF_FT_NUM, RF_IN_CALL, "")                                           \
    X(DURATION, "duration", RF_FT_NUM, RF_IN_CALL, "")                                   \
    X(CAUSE, "cause", RF_FT_INT, RF_IN_ALL, "")                                          \
    X(VERSTAT, "verstat", RF_FT_STR, RF_IN_CALL, "")                                     \
    X(ATTEST, "attest", RF_FT_STR, RF_IN_CALL, "")                                       \
    X(DIVERTED, "diverted", RF_FT_ADDR, RF_IN_CALL, "")                                  \
    X(URL, "url", RF_FT_TEXT, RF_IN_VISIT, "")                                           \
    X(HOST, "host", RF_FT_STR, RF_IN_VISIT, "")                                          \
    X(ANSWERS, "answers", RF_FT_STRS, RF_IN_VISIT, "")                                   \
    X(SOURCE, "source", RF_FT_ENUM, RF_IN_VISIT, "dns sni http")                         \
    X(TEST, "test", RF_FT_BOOL, RF_IN_ALL, "")                                           \
    X(RESEND, "resend", RF_FT_BOOL, RF_IN_ALL, "")

enum rf_field {
#define X(NAME, name, type, kinds, names) RF_FIELD_##NAME,
    RF_FIELDS(X)
#undef X
        RF_FIELD_COUNT,
    RF_FIELD_NONE = RF_FIELD_COUNT,
};
_Static_assert(RF_FIELD_COUNT <= 64, "a record's fields fit one 64-bit set");

/* Values of RF_FIELD_INGRESS and RF_FIELD_EVENT, in the order of their names. */
enum rf_ingress {
    RF_INGRESS_ONNET,
    RF_INGRESS_NATIONAL,
    RF_INGRESS_INTERNATIONAL,
    RF_INGRESS_A2P,
    RF_INGRESS_OTT,
    RF_INGRESS_COUNT
};
enum rf_event {
    RF_EVENT_ATTEMPT,
    RF_EVENT_ALERTING,
    RF_EVENT_ANSWER,
    RF_EVENT_UPDATE,
    RF_EVENT_RELEASE,
    RF_EVENT_SUBMIT,
    RF_EVENT_DELIVER,
    RF_EVENT_REPORT
};
enum { RF_EVENTS_CALL = 0x1f, RF_EVENTS_SMS = 0xe0 }; /* sets of 1 << event */

struct rf_field_info {
    const char *name;
    enum rf_field_type type;
    unsigned kinds;    /* RF_IN_* */
    const char *names; /* of an enumeration, space-separated */
};

extern const struct rf_field_info rf_fields[RF_FIELD_COUNT];

/* The table's row of a field. */
static inline const struct rf_field_info *rf_field_info(enum rf_field f)
{
    return &rf_fields[f];
}
/* The field of that name, or RF_FIELD_NONE. O(1). */
enum rf_field rf_field_find(struct rf_str name);
/* The i-th name of an enumeration (empty when out of range). */
struct rf_str rf_field_enum_name(enum rf_field f, int i);
/* "sms", "call", "visit", "none". */
const char *rf_kind_name(enum rf_kind k);

#endif
