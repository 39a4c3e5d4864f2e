#include "daemon/ops/feeds.h"

void feeds_init(struct feeds *f)
{
    *f = (struct feeds){0};
    pthread_mutex_init(&f->lock, NULL);
    rf_arena_init(&f->arena, 0);
    rf_map_init(&f->names);
}

void feeds_fini(struct feeds *f)
{
    rf_map_fini(&f->names);
    rf_arena_fini(&f->arena);
    pthread_mutex_destroy(&f->lock);
}

/* Cut at a character's end, so that the name can stand in JSON. */
static struct rf_str cut(struct rf_str name)
{
    if (name.n <= FEEDS_NAME_MAX)
        return name;
    name.n = FEEDS_NAME_MAX;
    while (name.n && ((unsigned char)name.p[name.n] & 0xc0) == 0x80)
        name.n--;
    return name;
}

struct feed *feeds_get(struct feeds *f, struct rf_str name)
{
    name = cut(name);
    pthread_mutex_lock(&f->lock);
    uint32_t i = rf_map_get(&f->names, name);
    if (i == RF_MAP_NONE && f->n >= FEEDS_MAX) {
        name = RF_STR("other");
        i = rf_map_get(&f->names, name);
    }
    if (i == RF_MAP_NONE) {
        struct feed *feed = RF_NEW(&f->arena, struct feed);
        feed->name = rf_arena_dup(&f->arena, name);
        i = f->n++;
        f->all[i] = feed;
        rf_map_put(&f->names, feed->name, i);
    }
    struct feed *found = f->all[i];
    pthread_mutex_unlock(&f->lock);
    return found;
}

struct feed *feeds_at(struct feeds *f, unsigned i)
{
    pthread_mutex_lock(&f->lock);
    struct feed *found = i < f->n ? f->all[i] : NULL;
    pthread_mutex_unlock(&f->lock);
    return found;
}
