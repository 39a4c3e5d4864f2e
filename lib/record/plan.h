/* Numbering plans of all regions: constant tables made at build time from
 * libphonenumber's metadata (gen_plan.cc). Pure functions, any thread. Digits here are
 * strings of '0'-'9'.
 */
#ifndef RF_RECORD_PLAN_H
#define RF_RECORD_PLAN_H

#include "lib/base/str.h"

enum rf_addr_type {
    RF_TYPE_MOBILE = 1 << 0, /* with FIXED: the plan does not tell them apart */
    RF_TYPE_FIXED = 1 << 1,
    RF_TYPE_VOIP = 1 << 2,
    RF_TYPE_TOLL_FREE = 1 << 3,
    RF_TYPE_PREMIUM = 1 << 4,
    RF_TYPE_SHARED_COST = 1 << 5,
    RF_TYPE_SATELLITE = 1 << 6, /* +870, +881, +88213, +88216 */
    RF_TYPE_SHORT = 1 << 7,
    RF_TYPE_ALPHANUMERIC = 1 << 8,
    RF_TYPE_EMERGENCY = 1 << 9, /* beside SHORT or INVALID */
    RF_TYPE_INVALID = 1 << 10,
};
#define RF_TYPE_COUNT 11

/* "mobile" ... "invalid" for bit i of the types, i < RF_TYPE_COUNT. */
const char *rf_addr_type_name(unsigned i);

struct rf_plan; /* the numbering of one country */

/* The plan of an ISO 3166-1 code, either case; NULL where there is none. */
const struct rf_plan *rf_plan_find(struct rf_str iso);
/* "CN"; static, two characters. */
const char *rf_plan_iso(const struct rf_plan *p);
/* 86 */
unsigned rf_plan_calling_code(const struct rf_plan *p);
/* The digits dialed before an area code ("0"); may be empty. Static. */
const char *rf_plan_trunk(const struct rf_plan *p);
/* The i-th emergency number of the country ("110"), 112 and 911 included; NULL past the
 * end. Static. */
const char *rf_plan_emergency(const struct rf_plan *p, unsigned i);

/* What the plans make of a number. */
struct rf_plan_number {
    unsigned calling_code;
    struct rf_str national; /* significant number, in the digits or the buffer given */
    unsigned types;         /* RF_TYPE_* bits; 0 with valid: a type we do not name */
    bool valid;
    char country[2]; /* or 0,0 */
};

#define RF_PLAN_MAX_INPUT 32 /* digits; longer strings are no numbers */
#define RF_PLAN_DIGITS 40    /* room for a national number */

/* Parse digits as dialed at home (international prefix, calling code, trunk prefix and
 * carrier codes are recognized) as libphonenumber 8.12.57 does; with `plus` as if "+"
 * stood before them (home may be NULL then). False where it refuses. */
bool rf_plan_parse(const struct rf_plan *home, struct rf_str digits, bool plus,
                   char buf[RF_PLAN_DIGITS], struct rf_plan_number *out);

/* The country that an international number (digits behind the "+") belongs to, valid or
 * not: by calling code, and by the region whose plan follows it furthest. 0,0 for none.
 */
void rf_plan_country(struct rf_str digits, char country[2]);
/* Whether these digits are an area code of home (of up to four digits). */
bool rf_plan_has_area(const struct rf_plan *home, struct rf_str area);

/* Whether "+" and these up to 15 digits are in normal form as they stand, as far as it
 * can be told without parsing them: true is sure, false is not. */
bool rf_plan_settled(struct rf_str digits);
/* How many digits home's international prefix takes of the number, or -1 where it does
 * not begin with it. */
int rf_plan_strip_idd(const struct rf_plan *home, struct rf_str digits);
/* The same for its national prefix and carrier codes (0, 17951). */
int rf_plan_strip_national(const struct rf_plan *home, struct rf_str digits);

/* The fewest digits with which a number dialed at home can be possible. */
unsigned rf_plan_least(const struct rf_plan *home);
/* Whether a parsed number's length is a complete one in its plan. */
bool rf_plan_possible(const struct rf_plan_number *n);

#endif
