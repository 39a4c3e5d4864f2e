/* Internal to lib/rule: JSON for people's eyes (pretty.c). Pure. */
#ifndef RF_RULE_PRETTY_H
#define RF_RULE_PRETTY_H

#include "lib/base/buf.h"

/* Append compact JSON indented by two spaces, short maps and lists on one line, and an
 * LF. */
void rf_json_pretty(struct rf_buf *out, struct rf_str json);

#endif
