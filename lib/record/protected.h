/* Emergency and protected numbers, however they are written. Built cold in an arena;
 * read-only afterwards, any thread.
 *
 * A protected short number N ("110", "96110") is meant by, after white space, separators,
 * width and digits of other scripts are settled, tel: and sip: cut down to the user part,
 * a final "#" and a service code before it (*31#) dropped:
 *   N · +N · home's calling code and N with "+", the international prefix or nothing
 * before
 *   (+86110, 0086110, 86110) · a trunk or carrier prefix of the plan and N (0110,
 *   17951110) · trunk prefix, area code and N (010110), also behind the calling code
 *   (+8610110) · for emergencies urn:service:sos (home's first one)
 * and never by anything that is a valid number of some plan: 13811011010 is nobody's 110.
 * (In China area code and 96110 are valid, but no subscriber's: they mean 96110.)
 * A protected number that is E.164 at home is meant by all that normalizes to it. */
#ifndef RF_RECORD_PROTECTED_H
#define RF_RECORD_PROTECTED_H

#include "lib/record/address.h"

struct rf_protected;

/* The emergency numbers of home (may be NULL: 112 and 911) and `numbers` as configured.
 */
const struct rf_protected *rf_protected_new(struct rf_arena *a,
                                            const struct rf_plan *home,
                                            const struct rf_str *numbers, size_t n);
/* The protected number that the address means, in its own normal form ("110"), or an
 * empty string. */
struct rf_str rf_protected_find(const struct rf_protected *p, const struct rf_addr *addr);
/* Whether an address as sent may mean one, in whatever plan it is read: digits alone do
 * only where one of them ends with the same three. Quick, so that most are not read. */
bool rf_protected_may_mean(const struct rf_protected *p, struct rf_str raw);
/* All protected numbers in normal form, for lists: the i-th, empty past the end. */
struct rf_str rf_protected_at(const struct rf_protected *p, size_t i);

#endif
