/* The hot path: all complete lines that have arrived on a connection, up to 32, go
 * through each step together; when the answers leave is the connection's to say. A
 * worker's own; memory is made once. */
#ifndef DAEMON_BATCH_H
#define DAEMON_BATCH_H

#include <stdbool.h>
#include <stddef.h>

struct batch;
struct connection;
struct worker;

struct batch *batch_new(size_t max_line);
void batch_free(struct batch *b);

/* Judge the next batch of the connection's input, at most so many lines (RF_LIMIT_BATCH
 * at the most), and append the replies to its output. Sets c->ended when the connection
 * is to be closed behind what it has been told. True when more lines may wait in the
 * buffer. */
bool batch_serve(struct worker *w, struct connection *c, size_t most);

#endif
