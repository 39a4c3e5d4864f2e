/* What scalars mean where a schema says so. Nothing is guessed: `no` is a string where a
 * string is wanted, `010` needs quotes there. Pure functions; they report nothing. */
#ifndef RF_RULE_SCALAR_H
#define RF_RULE_SCALAR_H

#include "lib/rule/yaml.h"

/* A plain scalar that YAML 1.2 (core schema, 10.3.2) reads as number, boolean or null:
 * where a string is required it must be quoted. */
bool rf_scalar_needs_quotes(const struct rf_yaml_node *n);

/* The following are false when n is not a plain scalar of that form. */

/* `true` or `false` (as YAML 1.2 spells them). */
bool rf_scalar_bool(const struct rf_yaml_node *n, bool *out);
/* A decimal integer. */
bool rf_scalar_int(const struct rf_yaml_node *n, int64_t *out);
/* A finite decimal number. */
bool rf_scalar_number(const struct rf_yaml_node *n, double *out);
/* Thousandths: a decimal number with at most three places, |x| < 10^12. */
bool rf_scalar_milli(const struct rf_yaml_node *n, int64_t *out);
/* `100ms`, `30s`, `10m`, `24h`, `30d`, `5y` (365 days), also `0`, to ms. */
bool rf_scalar_duration(const struct rf_yaml_node *n, int64_t *ms);
/* `65536`, `64KiB`, `16MiB`, `1GiB`, to bytes. */
bool rf_scalar_size(const struct rf_yaml_node *n, int64_t *bytes);
/* `50%` or `50 %`, or a share from 0 to 1, to the share. */
bool rf_scalar_share(const struct rf_yaml_node *n, double *share);

/* The same for text that is no node. */
bool rf_scalar_parse_duration(struct rf_str s, int64_t *ms);
/* RFC 3339 time with zone; or a date, the beginning of that day (UTC), then *date is
 * true. To ms since 1970. */
bool rf_scalar_parse_time(struct rf_str s, int64_t *ms, bool *date);

#endif
