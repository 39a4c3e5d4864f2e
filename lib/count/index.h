/* The index of a stripe, internal to lib/count: from a tag to its node (table_find).
 * Every function with the stripe's lock held. */
#ifndef RF_COUNT_INDEX_H
#define RF_COUNT_INDEX_H

#include "lib/count/table.h"

/* Cells to reserve for a stripe of so many nodes. */
uint32_t index_cells(uint32_t nodes);
/* Empty; s->cells are set. */
void index_init(struct stripe *s);
/* Node i, not yet among s->keys, which has its type and tag. */
void index_add(struct stripe *s, uint32_t i, uint32_t cells_max);
/* Node i, which is there. */
void index_remove(struct stripe *s, uint32_t i);

#endif
