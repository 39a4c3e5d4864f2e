/* The codes of diagnostics, stable once released: people look them up, scripts match
 * them. RF0xx: files, YAML and its structure; RF1xx: rules; RF2xx: conditions; RF3xx:
 * lists (lib/match/list.h); RF4xx: a rule's own tests. */
#ifndef RF_RULE_CODE_H
#define RF_RULE_CODE_H

#define RF_CODE_READ "RF001"      /* a file cannot be read */
#define RF_CODE_UTF8 "RF002"      /* bytes that are not UTF-8 */
#define RF_CODE_CONTROL "RF003"   /* a control character in the file */
#define RF_CODE_SYNTAX "RF004"    /* not YAML */
#define RF_CODE_ALIAS "RF005"     /* anchors and aliases */
#define RF_CODE_TAG "RF006"       /* tags */
#define RF_CODE_DOCUMENTS "RF007" /* more than one document */
#define RF_CODE_DEPTH "RF008"     /* nested too deep */
#define RF_CODE_DUPLICATE "RF009" /* a key twice in a map */
#define RF_CODE_TYPE "RF010"      /* a map, list, string ... was expected */
#define RF_CODE_KEY "RF011"       /* unknown key */
#define RF_CODE_OPERATOR "RF012"  /* unknown operator */
#define RF_CODE_QUOTE "RF013"     /* a number, boolean or null where a string must be */
#define RF_CODE_MISSING "RF014"   /* a required key is absent */
#define RF_CODE_LATER "RF015"     /* part of the language, not supported yet */
#define RF_CODE_WORD "RF016"      /* not one of the words allowed */
#define RF_CODE_VALUE "RF017"   /* a number, duration ... that is none, or out of range */
#define RF_CODE_EMPTY "RF018"   /* an empty list, map or string */
#define RF_CODE_VERSION "RF019" /* `version` of the file */
#define RF_CODE_LIMIT "RF020"   /* a file or ruleset beyond its limit */

#endif
