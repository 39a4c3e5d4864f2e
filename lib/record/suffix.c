#include "lib/record/suffix.h"

#include "lib/record/gen_suffix.h"

struct node {
    uint32_t at; /* in the pool */
    uint8_t n, flags;
};

#include "suffix.inc"

/* Most are so short that a call would take longer. */
static inline bool is_name(const char *at, struct rf_str name)
{
    if (name.n >= 8)
        return memcmp(at, name.p, name.n) == 0;
    size_t i = 0;
    while (i < name.n && at[i] == name.p[i])
        i++;
    return i == name.n;
}

static unsigned flags_of(struct rf_str name, uint32_t hash)
{
    for (uint32_t i = rf_suffix_slot(hash); slots[i]; i = (i + 1) % RF_SUFFIX_SLOTS) {
        const struct node *node = &nodes[slots[i] - 1];
        if (node->n == name.n && is_name(pool + node->at, name))
            return node->flags;
    }
    return 0;
}

struct rf_suffix rf_suffix_of(struct rf_str name)
{
    struct rf_suffix out = {0, false};
    uint32_t hash = RF_SUFFIX_HASH;
    unsigned above = 0;
    for (size_t i = name.n; i > 0;) {
        while (i > 0 && name.p[i - 1] != '.')
            hash = rf_suffix_hash(hash, name.p[--i]);
        struct rf_str s = rf_str_sub(name, i);
        unsigned flags = flags_of(s, hash);
        bool listed = flags & (RF_SUFFIX_RULE | RF_SUFFIX_WILDCARD) ||
                      (above & RF_SUFFIX_WILDCARD && !(flags & RF_SUFFIX_EXCEPTION));
        if (listed)
            out.bytes = s.n;
        out.shortener = out.shortener || flags & RF_SUFFIX_SHORTENER;
        if (out.bytes == 0 || !(flags & (RF_SUFFIX_DEEPER | RF_SUFFIX_WILDCARD)))
            break;
        above = flags;
        if (i > 0)
            hash = rf_suffix_hash(hash, name.p[--i]);
    }
    return out;
}
