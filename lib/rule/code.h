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

#define RF_CODE_ID "RF101"       /* not an id */
#define RF_CODE_TWICE "RF102"    /* an id given twice */
#define RF_CODE_RULE "RF103"     /* no such rule */
#define RF_CODE_FRAUD "RF104"    /* no such fraud type */
#define RF_CODE_ACTION "RF105"   /* actions that do not go together */
#define RF_CODE_USELESS "RF106"  /* a key that does nothing with this action */
#define RF_CODE_ALLOW "RF107"    /* a behavior in an allow rule */
#define RF_CODE_PHASE "RF108"    /* a call rule that counts every event of a call */
#define RF_CODE_TOO_LATE "RF109" /* a block rule that can hit release only */
#define RF_CODE_SETTING "RF110"  /* a setting that rules need is wrong */
#define RF_CODE_EXCUSES "RF111"  /* `excuses` that names nothing, or in a wrong place */

#define RF_CODE_FIELD "RF201"      /* no such field or condition */
#define RF_CODE_KIND "RF202"       /* a field that no record of these kinds has */
#define RF_CODE_CLASS "RF203"      /* an operator that this field does not have */
#define RF_CODE_NEGATION "RF204"   /* no not_ form */
#define RF_CODE_REGEX "RF205"      /* PCRE2 refuses the pattern */
#define RF_CODE_NEVER "RF206"      /* a value that can never match */
#define RF_CODE_MACRO "RF207"      /* no such macro */
#define RF_CODE_CYCLE "RF208"      /* macros in a circle */
#define RF_CODE_LIST "RF209"       /* no such list */
#define RF_CODE_LIST_TYPE "RF210"  /* a list of the wrong type */
#define RF_CODE_LIST_VALUE "RF211" /* a value that is also a list's id */
#define RF_CODE_NESTED "RF212"     /* a behavior inside `ratio: {of: ...}` */
#define RF_CODE_THRESHOLD "RF213"  /* a behavior without `over` or `under` */
#define RF_CODE_HIT "RF214"        /* `hit` that can see no rule */
#define RF_CODE_PATTERNS "RF215"   /* the literal database cannot be built */

/* Told by `check` alone, which measures. */
#define RF_CODE_ALWAYS "RF221" /* a regex that is tried on every text */
#define RF_CODE_COSTLY "RF222" /* a regex that a hostile text makes costly */

#define RF_CODE_LIST_READ "RF351"   /* a list file that cannot be read */
#define RF_CODE_LIST_EMPTY "RF352"  /* a list without entries */
#define RF_CODE_LIST_SHRUNK "RF353" /* fewer entries than allowed */

#define RF_CODE_TEST "RF401"        /* a rule's test that asks nothing */
#define RF_CODE_TEST_FIELD "RF402"  /* no such record field */
#define RF_CODE_TEST_ACTION "RF403" /* another action than the rule's */
#define RF_CODE_TEST_RECORD "RF404" /* no complete record */

#endif
