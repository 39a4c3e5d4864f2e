#include "daemon/ops/control_change.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daemon/clock.h"
#include "daemon/ops/control_server.h"
#include "lib/codec/when.h"
#include "lib/rule/scalar.h"

#define NAME_MAX_BYTES 64

/* The user of the connection, as the kernel tells. */
static void user_name(const json_t *args, char out[NAME_MAX_BYTES + 1])
{
    char room[4096];
    struct passwd entry, *found = NULL;
    const json_t *uid = json_object_get(args, "uid");
    if (!json_is_integer(uid)) {
        snprintf(out, NAME_MAX_BYTES + 1, "?");
        return;
    }
    json_int_t id = json_integer_value(uid);
    if (getpwuid_r((uid_t)id, &entry, room, sizeof room, &found) == 0 && found)
        snprintf(out, NAME_MAX_BYTES + 1, "%s", found->pw_name);
    else
        snprintf(out, NAME_MAX_BYTES + 1, "uid %lld", (long long)id);
}

static bool is_plain(const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)name[i] <= ' ' || name[i] == 127)
            return false;
    return n > 0 && n <= NAME_MAX_BYTES;
}

static void read_who(struct server *s, const json_t *args, struct control_change *out)
{
    char user[NAME_MAX_BYTES + 1];
    const char *said = json_string_value(json_object_get(args, "who"));
    user_name(args, user);
    if (said && is_plain(said) && strcmp(said, user) != 0)
        snprintf(out->who, sizeof out->who, "%s (%s)@%s", user, said, s->source.host);
    else
        snprintf(out->who, sizeof out->who, "%s@%s", user, s->source.host);
}

static json_t *read_reason(const json_t *args, bool needed, struct rf_str *out)
{
    const json_t *o = json_object_get(args, "reason");
    *out = rf_str(json_string_value(o), json_string_length(o));
    if (o && !json_is_string(o))
        return control_error("bad_request", "the reason is a text");
    if (needed && out->n == 0)
        return control_error("bad_request", "a reason is needed");
    if (out->n > CONTROL_REASON_MAX)
        return control_error("bad_request", "the reason is over 500 bytes long");
    for (size_t i = 0; i < out->n; i++)
        if ((unsigned char)out->p[i] < ' ' || out->p[i] == 127)
            return control_error("bad_request", "the reason is one line of text");
    return NULL;
}

/* "7d", or RFC 3339. */
static json_t *read_time(struct rf_str s, int64_t now_ms, int64_t *out)
{
    int64_t ms;
    if (rf_scalar_parse_duration(s, &ms) && ms > 0)
        *out = now_ms + ms;
    else if (!rf_when_rfc3339(s, out))
        return control_error("bad_request",
                             "expires: a time like 2026-12-31T23:59:59Z, or a "
                             "duration from now, like 7d");
    return *out > now_ms ? NULL : control_error("bad_request", "expires has passed");
}

static json_t *read_until(const json_t *args, int64_t now_ms, int64_t *out)
{
    const json_t *span = json_object_get(args, "for");
    const json_t *at = json_object_get(args, "expires");
    json_int_t ms = json_integer_value(span ? span : at);
    *out = LEDGER_NEVER;
    if ((!span && !at) || json_is_null(at))
        return NULL;
    if (!span && json_is_string(at))
        return read_time(rf_str_of(json_string_value(at)), now_ms, out);
    if ((span && at) || !json_is_integer(span ? span : at))
        return control_error("bad_request", "for or expires is a number of ms");
    if (ms <= 0 || ms > LEDGER_NEVER / 2)
        return control_error("bad_request", "for or expires is out of range");
    *out = span ? now_ms + ms : ms;
    return *out > now_ms ? NULL : control_error("bad_request", "that time has passed");
}

json_t *control_change_read(struct server *s, const json_t *args, bool needs_reason,
                            struct control_change *out)
{
    *out = (struct control_change){.now_ms = clock_wall_ms()};
    read_who(s, args, out);
    json_t *error = read_reason(args, needs_reason, &out->reason);
    return error ? error : read_until(args, out->now_ms, &out->expires_ms);
}

struct ledger_entry control_change_entry(const struct control_change *c,
                                         struct rf_str key, struct rf_str value)
{
    return (struct ledger_entry){
        .key = key,
        .value = value,
        .who = rf_str_of(c->who),
        .why = c->reason,
        .expires_ms = c->expires_ms,
    };
}

const char *control_until(int64_t expires_ms, char out[40])
{
    char when[CLOCK_TEXT];
    out[0] = 0;
    if (expires_ms != LEDGER_NEVER) {
        clock_text(expires_ms, when);
        snprintf(out, 40, " until %s", when);
    }
    return out;
}

static json_t *refused(int rc, const char *what)
{
    char message[256];
    if (rc == RF_ERR_NOENT) {
        snprintf(message, sizeof message, "%s was not changed", what);
        return control_error("not_changed", message);
    }
    if (rc == RF_ERR_LIMIT)
        return control_error("full", "too many changes are in force");
    return control_error("bad_request", "something is too long");
}

json_t *control_change_done(const struct control_change *c, int rc, const char *what,
                            const char *text)
{
    int error = errno;
    if (rc != RF_OK && rc != RF_ERR_IO)
        return refused(rc, what);
    json_t *o = json_pack("{s:b,s:s,s:s}", "ok", 1, "text", text, "who", c->who);
    if (c->expires_ms != LEDGER_NEVER) {
        char when[CLOCK_TEXT];
        clock_text(c->expires_ms, when);
        json_object_set_new(o, "until", json_string(when));
    }
    if (rc == RF_ERR_IO)
        json_object_set_new(
            o, "warning",
            json_sprintf("in force, but not on disk yet: %s", strerror(error)));
    return o;
}
