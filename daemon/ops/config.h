/* The configuration, ringfenced.yaml(5): read from the defaults, the file and the
 * environment, in this order. Every option is declared once, in config_table.c, which
 * feeds the reader, the sample file and the JSON Schema. Cold; one thread. Used by the
 * daemon and by the tool. */
#ifndef DAEMON_OPS_CONFIG_H
#define DAEMON_OPS_CONFIG_H

#include "lib/base/arena.h"
#include "lib/base/diag.h"
#include "lib/base/error.h"
#include "lib/ruleset/settings.h"

#define CONFIG_PATH "/etc/ringfence/ringfenced.yaml"

enum config_hello { CONFIG_HELLO_OPTIONAL, CONFIG_HELLO_REQUIRED };

struct config_strs {
    const struct rf_str *v; /* each followed by a NUL that is not counted */
    size_t n;
};

struct config_pairs {
    const struct rf_pair_setting *v;
    size_t n;
};

/* What daemons share, counters.*. */
struct config_redis {
    struct rf_str address;       /* empty: nothing is shared */
    struct rf_str password_file; /* empty: none */
    struct rf_str prefix;        /* of every key */
    int64_t flush_ms;
    int64_t slack; /* thousandths of a threshold */
};

struct config {
    struct rf_arena arena;       /* all strings below */
    struct rf_settings settings; /* what the library needs */
    struct config_strs listen;   /* "unix:/path", "tcp://host:port" */
    uint64_t workers;            /* threads; `auto` is resolved to the processors here */
    uint64_t max_connections;
    int64_t stall_ms, drain_ms;
    enum config_hello hello;
    bool insecure;
    struct config_strs rules; /* paths of files and folders */
    uint64_t capacity;        /* behavior counters held */
    int64_t keep_ms;          /* how long daily totals are kept */
    struct config_redis redis;
    struct rf_str events_file; /* empty: none */
    struct rf_str control;     /* path of the control socket */
    struct rf_str state_dir;
};

/* Fill *c from the defaults, then the file at `path` (NULL: no file), then the
 * environment (RINGFENCE_SECTION_KEY, a YAML value; lists also separated by commas).
 * Every mistake goes to the report. 0, RF_ERR_INVALID when the report has errors,
 * RF_ERR_NOENT or RF_ERR_IO when the file cannot be read (also reported). In all cases
 * config_fini must follow. */
int config_load(struct config *c, const char *path,
                struct rf_report *report) RF_MUST_CHECK;
/* The defaults alone. */
void config_default(struct config *c);
void config_fini(struct config *c);

/* JSON Schema (draft-07) of the file. */
void config_schema(struct rf_buf *out);
/* The sample file: every option with its default and what it is for. */
void config_sample(struct rf_buf *out);

#endif
