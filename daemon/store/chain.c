#include "daemon/store/chain.h"

#include <inttypes.h>
#include <stdio.h>

void chain_init(struct chain *c, uint64_t nonce)
{
    *c = (struct chain){.at = "?", .at_bytes = 1};
    snprintf(c->nonce, sizeof c->nonce, "%016" PRIx64, nonce);
}

static size_t spell(const struct chain *c, uint64_t number, char out[CHAIN_MARK_MAX])
{
    return (size_t)snprintf(out, CHAIN_MARK_MAX, "%s:%" PRIu64, c->nonce, number);
}

size_t chain_next(struct chain *c, char before[CHAIN_MARK_MAX],
                  char after[CHAIN_MARK_MAX], uint64_t *mine)
{
    if (c->sent > c->anchor)
        spell(c, c->sent, before);
    else
        snprintf(before, CHAIN_MARK_MAX, "%.*s", (int)c->at_bytes, c->at);
    *mine = ++c->sent;
    return spell(c, c->sent, after);
}

void chain_confirm(struct chain *c, uint64_t mine)
{
    if (mine <= c->at_number)
        return;
    c->at_number = mine;
    c->at_bytes = spell(c, mine, c->at);
}

/* The number in a mark of this process, 0: it is none. */
static uint64_t number_of(const struct chain *c, struct rf_str mark)
{
    uint64_t n = 0;
    struct rf_str nonce = rf_str_of(c->nonce);
    if (!rf_str_starts(mark, nonce) || mark.n < nonce.n + 2 || mark.n > nonce.n + 20)
        return 0;
    for (size_t i = nonce.n + 1; i < mark.n; i++)
        n = n * 10 + (uint64_t)(mark.p[i] - '0');
    return n;
}

bool chain_seen(struct chain *c, struct rf_str mark)
{
    uint64_t n = number_of(c, mark);
    bool intact =
        rf_str_eq(mark, rf_str(c->at, c->at_bytes)) || (n > c->at_number && n <= c->sent);
    c->at_bytes = mark.n < CHAIN_MARK_MAX ? mark.n : CHAIN_MARK_MAX - 1;
    memcpy(c->at, mark.p ? mark.p : "", c->at_bytes);
    c->anchor = c->sent;
    c->at_number = n ? n : c->sent;
    return intact;
}
