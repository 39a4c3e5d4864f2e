/* Linear probing, at most 7 of 8 cells full. Hot. */
#include "lib/count/index.h"

#include "lib/count/share_state.h"

#define CELL_EMPTY UINT32_MAX
#define CELLS_MIN 16

static void empty_cells(struct stripe *s)
{
    for (uint32_t i = 0; i < s->ncells; i++)
        __atomic_store_n(&s->cells[i], CELL_EMPTY, __ATOMIC_RELAXED);
}

void index_init(struct stripe *s)
{
    s->ncells = CELLS_MIN;
    empty_cells(s);
}

uint32_t index_cells(uint32_t nodes)
{
    return nodes + nodes / 7 + CELLS_MIN;
}

/* Where the search for a tag begins: proportional, so that any number of cells will do.
 */
static uint32_t home_of(uint64_t tag, uint32_t ncells)
{
    return (uint32_t)((tag >> 32) * ncells >> 32);
}

static uint32_t after(uint32_t at, uint32_t ncells)
{
    return at + 1 == ncells ? 0 : at + 1;
}

/* The next cell from *at on that may be of the tag, or CELL_EMPTY. Prefetch reads without
 * the lock that writers hold. */
static uint32_t next_like(const uint32_t *cells, uint32_t ncells, uint64_t tag,
                          uint32_t *at)
{
    for (uint32_t steps = 0; steps < ncells; steps++, *at = after(*at, ncells)) {
        uint32_t cell = __atomic_load_n(&cells[*at], __ATOMIC_RELAXED);
        if (cell == CELL_EMPTY || cell >> 24 == (uint8_t)tag)
            return cell;
    }
    return CELL_EMPTY;
}

struct node *table_find(struct stripe *s, struct place p)
{
    uint32_t at = home_of(p.tag, s->ncells), cell;
    while ((cell = next_like(s->cells, s->ncells, p.tag, &at)) != CELL_EMPTY) {
        struct node *n = table_node(s, cell & TABLE_NIL);
        if (n->tag == p.tag)
            return n;
        at = after(at, s->ncells);
    }
    return NULL;
}

static void set_cell(struct stripe *s, uint32_t at, uint32_t cell)
{
    __atomic_store_n(&s->cells[at], cell, __ATOMIC_RELAXED);
}

static void put_cell(struct stripe *s, uint32_t i)
{
    uint64_t tag = table_node(s, i)->tag;
    uint32_t at = home_of(tag, s->ncells);
    while (s->cells[at] != CELL_EMPTY)
        at = after(at, s->ncells);
    set_cell(s, at, (uint32_t)tag << 24 | i);
}

/* Close the gap at `hole` with those behind it that would else be searched in vain. */
static void close_gap(struct stripe *s, uint32_t hole)
{
    uint32_t n = s->ncells;
    for (uint32_t at = after(hole, n); s->cells[at] != CELL_EMPTY; at = after(at, n)) {
        uint32_t home = home_of(table_node(s, s->cells[at] & TABLE_NIL)->tag, n);
        bool reached_from_home = (at + n - home) % n >= (at + n - hole) % n;
        if (!reached_from_home)
            continue;
        set_cell(s, hole, s->cells[at]);
        hole = at;
    }
    set_cell(s, hole, CELL_EMPTY);
}

void index_remove(struct stripe *s, uint32_t i)
{
    uint64_t tag = table_node(s, i)->tag;
    uint32_t at = home_of(tag, s->ncells);
    while ((s->cells[at] & TABLE_NIL) != i)
        at = after(at, s->ncells);
    close_gap(s, at);
}

/* A quarter more cells, where they are: readers without the lock (prefetch) may go on. */
static void grow(struct stripe *s, uint32_t cells_max)
{
    uint32_t n = s->ncells + s->ncells / 4;
    __atomic_store_n(&s->ncells, n < cells_max ? n : cells_max, __ATOMIC_RELAXED);
    empty_cells(s);
    for (uint32_t i = 0; i < s->fresh; i++)
        if (node_is_key(table_node(s, i)))
            put_cell(s, i);
}

void index_add(struct stripe *s, uint32_t i, uint32_t cells_max)
{
    if (s->keys >= s->ncells - s->ncells / 8 && s->ncells < cells_max)
        grow(s, cells_max); /* adds it, too */
    else
        put_cell(s, i);
}

/* ---- prefetch, without the lock ---- */

void rf_count_prefetch(const struct rf_counters *c, const struct rf_count_spec *spec,
                       const struct rf_hash128 *key)
{
    struct place p = table_place(c, &spec->id, key, table_type(spec));
    table_prefetch_to_write(&c->stripe[p.stripe]);
}

void rf_count_prefetch_index(const struct rf_counters *c,
                             const struct rf_count_spec *spec,
                             const struct rf_hash128 *key)
{
    struct place p = table_place(c, &spec->id, key, table_type(spec));
    const struct stripe *s = &c->stripe[p.stripe];
    uint32_t ncells = __atomic_load_n(&s->ncells, __ATOMIC_RELAXED);
    __builtin_prefetch(&s->cells[home_of(p.tag, ncells)]);
}

void rf_count_prefetch_node(const struct rf_counters *c, const struct rf_count_spec *spec,
                            const struct rf_hash128 *key)
{
    struct place p = table_place(c, &spec->id, key, table_type(spec));
    const struct stripe *s = &c->stripe[p.stripe];
    uint32_t ncells = __atomic_load_n(&s->ncells, __ATOMIC_RELAXED);
    uint32_t at = home_of(p.tag, ncells);
    uint32_t i = next_like(s->cells, ncells, p.tag, &at) & TABLE_NIL;
    if (i >= c->per_stripe)
        return;
    const char *n = (const char *)table_node(s, i);
    if (c->share) { /* where a wish for the key would be written */
        uint32_t wishes = __atomic_load_n(&s->wishes, __ATOMIC_RELAXED);
        table_prefetch_to_write(&c->share->queue[p.stripe].wish[wishes % SHARE_QUEUE]);
    }
    table_prefetch_to_write(n);
    table_prefetch_to_write(n + 64);
    table_prefetch_to_write(n + sizeof(struct node) - 1);
    if (!table_has_extension(table_type(spec)))
        return;
    /* made with the key, so mostly the next node; to know would be to read this one */
    n = (const char *)table_node(s, i + 1 < c->per_stripe ? i + 1 : i);
    table_prefetch_to_write(n);
    table_prefetch_to_write(n + 64);
    table_prefetch_to_write(n + sizeof(struct node) - 1);
}
