/* What is wrong right now, for `status`: every problem with its code, since when, what it
 * means and what to do, declared once. Any thread. */
#ifndef DAEMON_OPS_PROBLEM_H
#define DAEMON_OPS_PROBLEM_H

#include <pthread.h>
#include <stdint.h>

#include "lib/base/str.h"

/* X(NAME, "code", "severity", "meaning", "what to do") */
#define PROBLEMS(X)                                                                      \
    X(RULES_REFUSED, "rules_refused", "degraded",                                        \
      "The rule files have errors; the rules loaded before are still in force.",         \
      "Run `ringfence check` on the rule paths, mend what it shows, then `ringfence "    \
      "reload`.")                                                                        \
    X(LIST_KEPT, "list_kept", "degraded",                                                \
      "A list could not be read or shrank too much; its content before is in force.",    \
      "Look at the list's file; `ringfence reload --force` takes it as it is.")          \
    X(EVENTS_LOST, "events_lost", "degraded",                                            \
      "Events are dropped because the log or Redis does not take them fast enough, or "  \
      "at all.",                                                                         \
      "Make room on the disk of events.file or give it another place; look at the "      \
      "Redis. Verdicts are not affected.")                                               \
    X(STATE_UNWRITTEN, "state_unwritten", "degraded",                                    \
      "The ruleset's generation could not be written to state_dir.",                     \
      "Make room on the disk of state_dir and reload.")                                  \
    X(CHANGES_UNWRITTEN, "changes_unwritten", "degraded",                                \
      "Changes made at run time are in force, but could not be written to state_dir.",   \
      "Make room on the disk of state_dir; they are written as soon as there is some.")  \
    X(CHANGES_REFUSED, "changes_refused", "degraded",                                    \
      "Changes of lists that other daemons made were not taken: there are too many.",    \
      "Move entries that are there to stay from `list add` to the lists' files, then "   \
      "restart.")                                                                        \
    X(CONNECTIONS_REFUSED, "connections_refused", "degraded",                            \
      "Connections were closed because feed.max_connections was reached.",               \
      "Let clients keep fewer connections, or raise feed.max_connections.")              \
    X(REDIS_DOWN, "redis_down", "degraded",                                              \
      "The Redis of counters.redis does not answer; this daemon counts alone meanwhile " \
      "and what it has to tell the others waits.",                                       \
      "See whether it runs and can be reached at that address, and whether user and "    \
      "password are right. Nothing need be done here once it answers.")                  \
    X(REDIS_FULL, "redis_full", "degraded",                                              \
      "The Redis has reached its maxmemory and takes nothing more; this daemon goes on " \
      "counting by itself.",                                                             \
      "Give it more memory, or other users of it less.")                                 \
    X(REDIS_REFUSES, "redis_refuses", "degraded",                                        \
      "The Redis refuses commands of this daemon.",                                      \
      "The detail says why: mend its disk, or give the user the rights that "            \
      "ringfenced(8) names.")                                                            \
    X(REDIS_EVICTS, "redis_evicts", "degraded",                                          \
      "The Redis throws keys away when it is full, so counters would be lost unseen.",   \
      "Set its maxmemory-policy to noeviction.")                                         \
    X(REDIS_BACKLOG, "redis_backlog", "degraded",                                        \
      "The Redis answers more slowly than it is asked; shared counters are late.",       \
      "Give it more processor or a nearer network, raise counters.flush or "             \
      "counters.slack, or use a Cluster.")                                               \
    X(REGEX_JIT, "regex_jit", "degraded",                                                \
      "Regexes are interpreted, several times slower: the system forbids compiled "      \
      "ones.",                                                                           \
      "Allow writable and executable memory (systemd: MemoryDenyWriteExecute=no).")

enum problem {
#define X(NAME, ...) PROBLEM_##NAME,
    PROBLEMS(X)
#undef X
        PROBLEM_COUNT
};

struct problem_info {
    const char *code, *severity, *meaning, *what_to_do;
};

struct problem_state {
    int64_t since_ms; /* 0: not a problem now */
    int64_t until_ms; /* gone by itself at this time; 0: stays until cleared */
    char detail[512];
};

struct problems {
    pthread_mutex_t lock;
    struct problem_state state[PROBLEM_COUNT];
};

const struct problem_info *problem_info(enum problem p);
void problems_init(struct problems *all);
void problems_fini(struct problems *all);
/* A problem is there (still): since stays, detail is new. for_ms > 0: it goes by itself
 * unless set again within. True when it was not there before. */
bool problem_set(struct problems *all, enum problem p, int64_t for_ms, const char *fmt,
                 ...) __attribute__((format(printf, 4, 5)));
/* It is gone. True when it was there. */
bool problem_clear(struct problems *all, enum problem p);
/* A copy of its state; false where it is none now. */
bool problem_get(struct problems *all, enum problem p, struct problem_state *out);
/* The state of the daemon: "well", or the worst severity of its problems. */
const char *problems_state(struct problems *all);

#endif
