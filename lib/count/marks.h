/* The marks of one key, internal to lib/count; under the stripe's lock: runs of marks by
 * time, four in the node, more on the heap. */
#ifndef RF_COUNT_MARKS_H
#define RF_COUNT_MARKS_H

#include "lib/count/table.h"

/* Free what is on the heap. */
void marks_drop(struct node *n, size_t *bytes);

#endif
