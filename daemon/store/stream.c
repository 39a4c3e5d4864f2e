#include "daemon/store/stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct rf_str stream_field(const struct stream_entry *e, const char *name)
{
    for (size_t i = 0; i < e->n; i++)
        if (rf_str_eqz(e->names[i], name))
            return e->values[i];
    return RF_STR("");
}

bool stream_id_parse(struct rf_str s, struct stream_id *out)
{
    char text[STREAM_ID_TEXT];
    int end = 0;
    if (s.n >= sizeof text)
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = 0;
    return sscanf(text, "%" SCNu64 "-%" SCNu64 "%n", &out->ms, &out->seq, &end) == 2 &&
           (size_t)end == s.n;
}

struct rf_str stream_id_text(struct stream_id id, char out[STREAM_ID_TEXT])
{
    int n = snprintf(out, STREAM_ID_TEXT, "%" PRIu64 "-%" PRIu64, id.ms, id.seq);
    return rf_str(out, (size_t)n);
}

static struct rf_str text_of(const redisReply *r)
{
    return r->type == REDIS_REPLY_STRING ? rf_str(r->str, r->len) : RF_STR("");
}

/* [id, [name, value, ...]] */
static void take_entry(struct stream_reader *r, const redisReply *pair)
{
    struct stream_entry e = {.n = 0};
    if (pair->type != REDIS_REPLY_ARRAY || pair->elements != 2 ||
        !stream_id_parse(text_of(pair->element[0]), &e.id))
        return;
    const redisReply *fields = pair->element[1];
    r->at = e.id;
    if (fields->type == REDIS_REPLY_ARRAY)
        for (size_t i = 0; i + 1 < fields->elements && e.n < STREAM_FIELDS_MAX; i += 2) {
            e.names[e.n] = text_of(fields->element[i]);
            e.values[e.n++] = text_of(fields->element[i + 1]);
        }
    r->entry(r->arg, &e);
}

/* [[key, [entry, ...]]], or nil: nothing newer. */
static size_t take_entries(struct stream_reader *r, const redisReply *reply)
{
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements < 1)
        return 0;
    const redisReply *stream = reply->element[0];
    if (stream->type != REDIS_REPLY_ARRAY || stream->elements != 2 ||
        stream->element[1]->type != REDIS_REPLY_ARRAY)
        return 0;
    const redisReply *entries = stream->element[1];
    for (size_t i = 0; i < entries->elements; i++)
        take_entry(r, entries->element[i]);
    return entries->elements;
}

void stream_restart(struct stream_reader *r)
{
    r->at = (struct stream_id){0};
    r->stale = r->busy;
}

static void on_piece(void *arg, const redisReply *reply)
{
    struct stream_reader *r = arg;
    bool stale = r->stale;
    r->busy = r->stale = false;
    if (stale)
        return;
    if (!reply || reply->type == REDIS_REPLY_ERROR) {
        r->piece(r->arg, false, false, reply ? reply->str : NULL);
        return;
    }
    size_t n = take_entries(r, reply);
    r->piece(r->arg, true, n < r->count, NULL);
}

bool stream_read(struct stream_reader *r)
{
    char id[STREAM_ID_TEXT], count[16];
    if (r->busy)
        return true;
    int n = snprintf(count, sizeof count, "%u", r->count);
    const struct rf_str argv[] = {
        RF_STR("XREAD"),   RF_STR("COUNT"), rf_str(count, (size_t)n),
        RF_STR("STREAMS"), r->key,          stream_id_text(r->at, id)};
    r->busy = redis_send(r->redis, r->key, on_piece, r, 6, argv);
    return r->busy;
}
