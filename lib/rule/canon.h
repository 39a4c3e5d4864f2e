/* Internal to lib/rule: canonical texts (canon.c). */
#ifndef RF_RULE_CANON_H
#define RF_RULE_CANON_H

#include "lib/rule/compile.h"

void rf_canon_str(struct rf_buf *out, struct rf_str s);
void rf_canon_yaml(struct rf_buf *out, const struct rf_yaml_node *n);
void rf_canon_key(struct rf_buf *out, const struct rf_key *key);

#endif
