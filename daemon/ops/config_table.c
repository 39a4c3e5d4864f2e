#include "daemon/ops/config_table.h"

#include <stddef.h>

#define SECOND 1000LL
#define MINUTE (60 * SECOND)
#define DAY (24 * 60 * MINUTE)
#define YEAR (365 * DAY)
#define KIB 1024LL
#define INGRESS "onnet national international a2p ott"

#define AT(member) offsetof(struct config, member)
#define ROW(sec, nam, typ, member, def, ...)                                             \
    {                                                                                    \
        .section = sec, .name = nam, .type = typ, .at = AT(member), .fallback = def,     \
        __VA_ARGS__                                                                      \
    }
#define MANY(member) .count_at = AT(member)
#define LATER(sec, nam)                                                                  \
    {                                                                                    \
        .section = sec, .name = nam, .type = CONFIG_LATER                                \
    }

/* clang-format off */
const struct config_key config_keys[] = {
    ROW("feed", "listen", CONFIG_STRS, listen.v,
        "[\"unix:/run/ringfence/feed.sock\", \"tcp://127.0.0.1:7110\"]", MANY(listen.n),
        .check = config_check_listen,
        .help = "Sockets that take records: unix:/PATH or tcp://ADDRESS:PORT."),
    ROW("feed", "workers", CONFIG_WORKERS, workers, "auto", .min = 1, .max = 256,
        .help = "Threads that judge; auto: one for each processor."),
    ROW("feed", "max_line", CONFIG_SIZE, settings.max_line, "64KiB",
        .min = KIB, .max = 4 * KIB * KIB,
        .help = "Longest line taken; a longer one is answered with line_too_long."),
    ROW("feed", "max_connections", CONFIG_COUNT, max_connections, "1024",
        .min = 1, .max = 1000000,
        .help = "Connections served at once; more are closed at once, and counted."),
    ROW("feed", "on_error", CONFIG_ENUM, settings.on_error, "allow", .names = "allow warn",
        .help = "Verdict on a record that cannot be read: allow or warn, never block."),
    ROW("feed", "on_late", CONFIG_ENUM, settings.on_late, "allow", .names = "allow warn",
        .help = "Verdict on a record whose deadline has passed: allow or warn, never block."),
    ROW("feed", "early", CONFIG_DURATION, settings.early_ms, "5m", .max = 100 * YEAR,
        .help = "A ts further ahead of the clock is replaced by the time of arrival."),
    ROW("feed", "late", CONFIG_DURATION, settings.late_ms, "1h", .max = 100 * YEAR,
        .help = "A ts further behind the clock is replaced by the time of arrival."),
    ROW("feed", "stall", CONFIG_DURATION, stall_ms, "30s", .min = 10, .max = DAY,
        .help = "A connection whose replies are not taken for so long is closed."),
    ROW("feed", "drain", CONFIG_DURATION, drain_ms, "10s", .max = DAY,
        .help = "Longest time after TERM for answering what has been read."),
    ROW("feed", "hello", CONFIG_ENUM, hello, "optional", .names = "optional required",
        .help = "Whether a connection's first line must be a hello."),
    ROW("feed", "insecure", CONFIG_BOOL, insecure, "false",
        .help = "Allow tcp:// listeners on addresses other than loopback."),
    ROW("feed", "fields", CONFIG_FIELDS, settings.fields, "{}", MANY(settings.nfields),
        .help = "Names in this feed: {FIELD: NAME}; {FIELD: \"\"} never reads FIELD."),
    LATER("feed", "tokens_file"),
    LATER("feed", "reassembly"),
    ROW("", "rules", CONFIG_STRS, rules.v,
        "[/usr/share/ringfence/rules, /etc/ringfence/rules.d]", MANY(rules.n),
        .check = config_check_filled,
        .help = "Rule files, and folders read recursively; together one ruleset."),
    ROW("counters", "capacity", CONFIG_COUNT, capacity, "4000000",
        .min = 1000, .max = 4000000000LL,
        .help = "Behavior counters held in memory; the least used give way to new ones."),
    ROW("counters", "keep", CONFIG_DURATION, keep_ms, "5y", .min = DAY, .max = 100 * YEAR,
        .help = "How long the interception totals of a day are kept."),
    ROW("counters", "redis", CONFIG_STR, redis.address, "null", .check = config_check_redis,
        .help = "Redis through which daemons share counters: redis://HOST:PORT, "
                "unix:///PATH, redis+sentinel://..., redis+cluster://...; null: none."),
    ROW("counters", "password_file", CONFIG_STR, redis.password_file, "null",
        .check = config_check_filled,
        .help = "File with the password of counters.redis, read at each sign-in."),
    ROW("counters", "prefix", CONFIG_STR, redis.prefix, "\"rf:\"",
        .check = config_check_prefix,
        .help = "What every key in Redis begins with."),
    ROW("counters", "flush", CONFIG_DURATION, redis.flush_ms, "100ms",
        .min = 10, .max = 10 * SECOND,
        .help = "How often counters are sent to Redis and read back."),
    ROW("counters", "slack", CONFIG_SCORE, redis.slack, "0.05", .max = 1000,
        .help = "Share of a threshold that a daemon may count before it tells the others."),
    ROW("verdict", "warn_score", CONFIG_SCORE, settings.warn_score, "5",
        .min = 1, .max = 1000000000,
        .help = "Sum of the scores of rules from which the verdict is warn."),
    ROW("verdict", "block_score", CONFIG_SCORE, settings.block_score, "10",
        .min = 1, .max = 1000000000,
        .help = "Sum of the scores of rules from which the verdict is block."),
    ROW("verdict", "mode", CONFIG_ENUM, settings.mode, "enforce", .names = "enforce monitor",
        .help = "monitor: every verdict is allow, and `would` tells what it had been."),
    ROW("numbering", "country", CONFIG_STR, settings.country, "CN",
        .check = config_check_country,
        .help = "Home country, ISO 3166-1: how numbers without + are read."),
    ROW("numbering", "timezone", CONFIG_STR, settings.timezone, "Asia/Shanghai",
        .check = config_check_timezone,
        .help = "Time zone of rules and of the days of totals."),
    ROW("numbering", "language", CONFIG_STR, settings.language, "zh",
        .check = config_check_filled,
        .help = "Language of advice where the record names none that the rule has."),
    ROW("numbering", "trunks", CONFIG_PAIRS, settings.trunks, "{}", MANY(settings.ntrunks),
        .check = config_check_country,
        .help = "Countries by trunk, {\"hk-*\": HK}: how numbers from there are read."),
    ROW("protected", "numbers", CONFIG_STRS, settings.protected_numbers,
        "[\"96110\", \"12381\"]", MANY(settings.nprotected), .check = config_check_number,
        .help = "Numbers never blocked as called, besides the emergency numbers."),
    ROW("protected", "from", CONFIG_SET, settings.protected_from, "[onnet]", .names = INGRESS,
        .help = "Ingresses on which a record from a protected number is believed."),
    ROW("protected", "trunks", CONFIG_PAIR_LIST, settings.protected_trunks, "{}",
        MANY(settings.nprotected_trunks), .check = config_check_number,
        .help = "{NUMBER: [TRUNK, ...]}: trunks on which that number may call."),
    LATER("tls", "cert"),
    LATER("tls", "key"),
    LATER("tls", "client_ca"),
    LATER("tls", "require_client"),
    ROW("events", "file", CONFIG_STR, events_file, "null",
        .help = "Log of every warn, block and alert, one JSON object a line; null: none."),
    LATER("events", "webhook"),
    LATER("privacy", "numbers"),
    LATER("privacy", "text"),
    LATER("privacy", "key_file"),
    LATER("guard", "max_block_share"),
    ROW("ops", "control", CONFIG_STR, control, "/run/ringfence/control.sock",
        .check = config_check_socket,
        .help = "Unix socket through which the tool `ringfence` speaks to the daemon."),
    LATER("ops", "http"),
    LATER("ops", "token_file"),
    ROW("", "redress", CONFIG_STR, settings.redress, "null",
        .help = "URL or number for complaints, in every block reply."),
    ROW("", "state_dir", CONFIG_STR, state_dir, "/var/lib/ringfence",
        .check = config_check_filled,
        .help = "Folder for totals, the ruleset's generation and the key of hashes."),
    ROW("", "fraud_types", CONFIG_FRAUD, settings.fraud_types, "{}",
        MANY(settings.nfraud_types),
        .help = "Fraud types besides the built-in ones: {ID: {en: NAME, zh: NAME}}."),
};
/* clang-format on */
const size_t config_nkeys = sizeof config_keys / sizeof config_keys[0];

const struct config_key *config_find(struct rf_str section, struct rf_str name)
{
    for (size_t i = 0; i < config_nkeys; i++)
        if (rf_str_eqz(section, config_keys[i].section) &&
            rf_str_eqz(name, config_keys[i].name))
            return &config_keys[i];
    return NULL;
}

bool config_is_section(struct rf_str name)
{
    for (size_t i = 0; i < config_nkeys; i++)
        if (name.n && rf_str_eqz(name, config_keys[i].section))
            return true;
    return false;
}

int config_name_index(const char *names, struct rf_str s)
{
    int i = 0;
    for (const char *p = names; *p; i++) {
        size_t n = strcspn(p, " ");
        if (rf_str_eq(rf_str(p, n), s))
            return i;
        p += n + (p[n] == ' ');
    }
    return -1;
}
