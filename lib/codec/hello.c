#include "lib/codec/hello.h"

#include <inttypes.h>
#include <jansson.h>

static struct rf_str trim(struct rf_str s)
{
    while (s.n && strchr(" \t\r", s.p[0]) && s.p[0])
        s = rf_str_sub(s, 1);
    return s;
}

/* Whether the line begins as an object whose first name is `name` (with quotes). */
static bool begins(struct rf_str line, struct rf_str name)
{
    line = trim(line);
    return line.n && line.p[0] == '{' && rf_str_starts(trim(rf_str_sub(line, 1)), name);
}

bool rf_control_maybe(struct rf_str line)
{
    if (line.n > 2 && line.p[0] == '{' && line.p[1] == '"' && line.p[2] != 'h' &&
        line.p[2] != 'p')
        return false;
    return begins(line, RF_STR("\"hello\"")) || begins(line, RF_STR("\"ping\""));
}

static bool has_control(struct rf_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
            return true;
    return false;
}

/* A string member of at most max bytes into *out. False: it is something else. */
static bool string_member(struct rf_arena *a, json_t *o, const char *name, size_t max,
                          struct rf_str *out)
{
    json_t *v = json_object_get(o, name);
    *out = rf_str("", 0);
    if (!v || json_is_null(v))
        return true;
    struct rf_str s = rf_str(json_string_value(v), json_string_length(v));
    if (!json_is_string(v) || s.n > max || has_control(s))
        return false;
    *out = rf_arena_dup(a, s);
    return true;
}

static bool replies_member(json_t *o, enum rf_replies *out)
{
    static const char *const words[] = {"all", "hits", "none"};
    json_t *v = json_object_get(o, "replies");
    *out = RF_REPLIES_ALL;
    if (!v || json_is_null(v))
        return true;
    for (int i = 0; i < 3 && json_is_string(v); i++)
        if (strcmp(json_string_value(v), words[i]) == 0) {
            *out = (enum rf_replies)i;
            return true;
        }
    return false;
}

/* Fills *out from the object of a hello. NULL, or what is wrong. */
static const char *read_hello(struct rf_arena *a, json_t *hello, struct rf_hello *out)
{
    if (!json_is_object(hello))
        return "hello: not an object";
    json_t *proto = json_object_get(hello, "proto");
    if (!json_is_integer(proto) || json_integer_value(proto) != RF_HELLO_PROTO)
        return "proto: only 1 is spoken here";
    if (!string_member(a, hello, "client", RF_HELLO_CLIENT_BYTES, &out->client))
        return "client: not a string of at most 64 bytes";
    if (!string_member(a, hello, "token", RF_HELLO_TOKEN_BYTES, &out->token))
        return "token: not a string of at most 512 bytes";
    out->has_token = json_is_string(json_object_get(hello, "token"));
    if (!replies_member(hello, &out->replies))
        return "replies: none of all, hits, none";
    return NULL;
}

static enum rf_control classify(struct rf_arena *a, json_t *root, struct rf_hello *out)
{
    json_t *hello = json_object_get(root, "hello"), *ping = json_object_get(root, "ping");
    if (json_object_get(root, "kind"))
        return RF_CONTROL_NONE;
    if (ping && json_object_size(root) == 1)
        return json_is_integer(ping) && json_integer_value(ping) == 1 ? RF_CONTROL_PING
                                                                      : RF_CONTROL_NONE;
    if (!hello)
        return RF_CONTROL_NONE;
    out->problem = read_hello(a, hello, out);
    return out->problem ? RF_CONTROL_BAD_HELLO : RF_CONTROL_HELLO;
}

enum rf_control rf_control_parse(struct rf_arena *a, struct rf_str line,
                                 struct rf_hello *out)
{
    json_error_t error;
    *out = (struct rf_hello){.client = {"", 0}, .token = {"", 0}};
    if (!rf_control_maybe(line))
        return RF_CONTROL_NONE;
    json_t *root = json_loadb(line.p, line.n, JSON_REJECT_DUPLICATES, &error);
    if (!root) {
        out->problem = "not a JSON object";
        return begins(line, RF_STR("\"hello\"")) ? RF_CONTROL_BAD_HELLO : RF_CONTROL_NONE;
    }
    enum rf_control c = classify(a, root, out);
    json_decref(root);
    return c;
}

void rf_hello_write(struct rf_buf *out, const struct rf_hello_reply *reply)
{
    rf_buf_printf(out,
                  "{\"hello\":{\"proto\":%d,\"server\":\"ringfence %s\",\"max_line\":%zu,"
                  "\"workers\":%u,\"gen\":%" PRIu64 ",\"ruleset\":",
                  RF_HELLO_PROTO, RF_VERSION, reply->max_line, reply->workers,
                  reply->gen);
    rf_buf_add_json(out, reply->ruleset);
    rf_buf_addz(out, "}}\n");
}

void rf_hello_write_error(struct rf_buf *out, const char *code, const char *message)
{
    rf_buf_addz(out, "{\"error\":{\"code\":");
    rf_buf_add_json(out, rf_str_of(code));
    rf_buf_addz(out, ",\"message\":");
    rf_buf_add_json(out, rf_str_of(message));
    rf_buf_addz(out, "}}\n");
}

void rf_ack_write(struct rf_buf *out, uint64_t answered)
{
    rf_buf_printf(out, "{\"ack\":%" PRIu64 "}\n", answered);
}

void rf_pong_write(struct rf_buf *out)
{
    rf_buf_addz(out, "{\"pong\":1}\n");
}
