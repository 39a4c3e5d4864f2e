#include "daemon/store/request.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/base/mem.h"

static char *put(struct request *q, char *at, int n, const struct rf_str *v)
{
    for (int i = 0; i < n; i++) {
        if (v[i].n)
            memcpy(at, v[i].p, v[i].n);
        q->argv[q->argc++] = rf_str(at, v[i].n);
        at += v[i].n;
    }
    return at;
}

static size_t bytes(int n, const struct rf_str *v)
{
    size_t sum = 0;
    for (int i = 0; i < n; i++)
        sum += v[i].n;
    return sum;
}

struct request *request_new(int na, const struct rf_str *a, int nb,
                            const struct rf_str *b)
{
    size_t head = sizeof(struct request) + (size_t)(na + nb) * sizeof(struct rf_str);
    size_t more = bytes(na, a) + bytes(nb, b);
    struct request *q = rf_mem_alloc(head + more);
    *q = (struct request){.bytes = more};
    char *at = put(q, (char *)q + head, na, a);
    put(q, at, nb, b);
    return q;
}

void request_free(struct request *q)
{
    free(q);
}

bool reply_is_error(const redisReply *reply, const char *word)
{
    size_t n = strlen(word);
    return reply && reply->type == REDIS_REPLY_ERROR && reply->len >= n &&
           memcmp(reply->str, word, n) == 0 &&
           (reply->len == n || reply->str[n] == ' ' || reply->str[n] == ':');
}

void reply_text(const redisReply *reply, char *out, size_t cap)
{
    size_t n = 0;
    bool text = reply && reply->str;
    if (!text)
        snprintf(out, cap, "an answer of another kind");
    for (; text && n < reply->len && n + 1 < cap; n++)
        out[n] = reply->str[n] >= ' ' && reply->str[n] < 127 ? reply->str[n] : '?';
    if (text)
        out[n] = 0;
}
