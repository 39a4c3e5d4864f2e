/* Compiled lists in place of text files. Cold. */
#ifndef RF_RULE_COMPILED_LIST_H
#define RF_RULE_COMPILED_LIST_H

#include "lib/rule/compile.h"

/* How the file of a compiled list ends; lists/x.txt has its own in lists/x.txt.rfl. */
#define RF_COMPILED_SUFFIX ".rfl"

/* Whether l->path itself is a compiled list's. */
bool rf_rule_is_compiled(const struct rf_named_list *l);
/* The compiled list of l->path, or beside it, if it was made of this very text (same size
 * and time, or else same content) for this type and numbering plan. NULL: with *why what
 * keeps it from being used, or NULL where there is none. */
struct rf_list *rf_rule_compiled_list(struct rf_load *ld, const struct rf_named_list *l,
                                      const char **why);

#endif
