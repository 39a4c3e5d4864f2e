/* Changes to a list while it is in use: a small overlay of entries added and removed,
 * each with who made it, when, why and until when. The list itself stays as it is.
 *
 * What is found is what the most special entry says that a value meets, the list's and
 * the overlay's together: exact before range (the one that begins last) before the
 * longest prefix, more labels of a host before fewer. Of two alike the overlay's decides,
 * of two changes alike the later. So a removal is also an exception: without
 * `+8613800000000` a list of `+86138*` holds all others.
 *
 * Built cold and immutable. Putting one over a list (rf_list_put_overlay) is one atomic
 * store: look-ups that run meanwhile see the one before or the new one. */
#ifndef RF_MATCH_OVERLAY_H
#define RF_MATCH_OVERLAY_H

#include "lib/match/list.h"

struct rf_list_change {
    struct rf_str entry; /* as rf_list_normal gives it */
    bool removed;
    struct rf_str who, why;
    int64_t since_ms, expires_ms; /* RF_LIST_NEVER; to the second, upwards */
};

/* The normal form of one entry, in the arena. False with one diagnostic, an error at
 * [0, entry.n) of source, where it is no entry of this type. */
bool rf_list_normal(enum rf_list_type type, const struct rf_plan *home,
                    struct rf_str entry, struct rf_arena *a, struct rf_report *r,
                    uint32_t source, struct rf_str *out);

/* n changes, copied, as an overlay for this list (of a home plan as its builder had);
 * what is no entry of its type is left out. NULL where nothing is left. Of several of one
 * entry the later counts. */
struct rf_overlay *rf_overlay_new(const struct rf_list *l, const struct rf_plan *home,
                                  const struct rf_list_change *v, size_t n);
/* NULL is nothing. */
void rf_overlay_free(struct rf_overlay *o);
size_t rf_overlay_bytes(const struct rf_overlay *o); /* memory held */

/* Put an overlay (or NULL) over the list, which owns it from now on. Returns the one
 * before, to be freed by the caller once no look-up can be in it. One writer at a time.
 */
struct rf_overlay *rf_list_put_overlay(struct rf_list *l, struct rf_overlay *o);

/* The entries added, whose numbers follow those of the list itself: look-ups return them
 * and rf_list_entry tells them, as long as the overlay is not replaced. */
uint32_t rf_list_added(const struct rf_list *l);
/* Whether a removal in force at now_ms (RF_LIST_NEVER: at any time) names entry i of the
 * list: this entry itself, not a part of it. *out is valid as long as the overlay. */
bool rf_list_removed(const struct rf_list *l, uint32_t i, int64_t now_ms,
                     struct rf_list_change *out);

/* The removals in force, in no order: i < rf_list_removals. */
uint32_t rf_list_removals(const struct rf_list *l);
struct rf_list_change rf_list_removal(const struct rf_list *l, uint32_t i);

/* The same list under another overlay (or NULL), which it owns; l must outlive it. */
struct rf_list *rf_list_view(const struct rf_list *l, struct rf_overlay *o);
void rf_list_view_free(struct rf_list *view);

/* Every entry, expired ones too, that has to do with a value as people write it: those
 * that hold the number or host, or are the word, string or pair; of a prefix, range or
 * "=host" the entry itself and those around it. Numbers of entries to out, at most max,
 * those of the list before those added. Removed ones, too. O(texts of the list). */
size_t rf_list_find_all(const struct rf_list *l, const struct rf_plan *home,
                        struct rf_str value, uint32_t *out, size_t max);
/* The removals among them, alike. */
size_t rf_list_find_removals(const struct rf_list *l, const struct rf_plan *home,
                             struct rf_str value, struct rf_list_change *out, size_t max);
/* What look-ups say of a value as people write it, or RF_LIST_NONE. Of a prefix or range:
 * whether an entry holds all of it. */
uint32_t rf_list_find_value(const struct rf_list *l, const struct rf_plan *home,
                            struct rf_str value, int64_t now_ms);

#endif
