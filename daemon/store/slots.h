/* Who serves which slot of a Cluster: what CLUSTER SLOTS and MOVED say. Pure; one thread
 * at a time. */
#ifndef STORE_SLOTS_H
#define STORE_SLOTS_H

#include <hiredis/hiredis.h>

#include "daemon/store/slot.h"
#include "daemon/store/url.h"

#define SLOTS_NODES 256
#define SLOTS_NOBODY UINT16_MAX

struct slots {
    struct url_host nodes[SLOTS_NODES]; /* masters */
    unsigned nnodes;
    uint16_t owner[SLOTS]; /* position in nodes, or SLOTS_NOBODY */
};

void slots_clear(struct slots *map);
/* Read an answer to CLUSTER SLOTS from the node at `asked` (a node that does not know
 * its own address means that one). RF_ERR_INVALID: it is none, map is then cleared;
 * RF_ERR_LIMIT: more than 256 masters, the rest is served by nobody. */
int slots_read(struct slots *map, const redisReply *reply,
               const struct url_host *asked) RF_MUST_CHECK;
/* Read the text of an error, "MOVED 3999 127.0.0.1:6381" or "ASK ...". */
bool slots_read_redirect(const char *text, size_t n, const struct url_host *asked,
                         uint16_t *slot, struct url_host *to);
/* The slot is this node's from now on. */
void slots_move(struct slots *map, uint16_t slot, const struct url_host *to);
/* The first slot that nobody serves, or SLOTS. */
unsigned slots_gap(const struct slots *map);

#endif
