/* Rule paths to ruleset: what start, reload and `-t` do. Cold. */
#ifndef DAEMON_RULES_H
#define DAEMON_RULES_H

#include "daemon/changes.h"
#include "daemon/ops/config.h"
#include "lib/ruleset/ruleset.h"

/* Load config->rules. previous (or NULL) lends its lists where new content is refused,
 * unless force. changes (or NULL): what was changed in lists while running. NULL, with
 * errors in the report, where there is any mistake. */
struct rf_ruleset *rules_load(const struct config *config,
                              const struct rf_ruleset *previous, bool force,
                              struct changes *changes, struct rf_report *report);

/* The rules in force compiled anew from their texts as they were read, with the same
 * lists, since such were changed (by overlays) whose entries are patterns or values.
 * NULL: not possible. */
struct rf_ruleset *rules_load_again(const struct config *config,
                                    const struct rf_ruleset *previous,
                                    struct changes *changes);

#endif
