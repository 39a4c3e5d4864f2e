/* What rules look at in one record, made when first asked for: normalized addresses,
 * views of the text, URLs, hosts and phones found. Hot; one thread; everything lies in
 * the batch's arena. */
#ifndef RF_ENGINE_FACTS_H
#define RF_ENGINE_FACTS_H

#include "lib/record/record.h"
#include "lib/ruleset/ruleset.h"
#include "lib/text/find.h"
#include "lib/text/fold.h"

_Static_assert(RF_OPERAND_COUNT <= 64, "operands fit one 64-bit set");

/* The values of one operand in one record; n == 0: it is absent. */
struct rf_values {
    uint32_t n;
    const struct rf_str *strs;   /* VIEW, STRING, HOST, URL */
    const struct rf_str *hosts;  /* URL: the host of each */
    const struct rf_addr *addrs; /* ADDRESS */
    double num;                  /* NUMBER, BOOL, ENUM, HOUR, WEEKDAY, DATE: the one */
};

struct rf_facts {
    const struct rf_ruleset *rs;
    const struct rf_record *record;
    const struct rf_plan *plan; /* home of this record's trunk */
    struct rf_arena *arena;
    bool want_maps; /* views get maps back to the raw text (explain) */
    uint64_t ready; /* 1 << operand: values[] is set */
    struct rf_values values[RF_OPERAND_COUNT];
    bool text_ready, civil_ready;
    struct rf_finds finds;               /* once text_ready */
    struct rf_view views[RF_FOLD_KINDS]; /* once text_ready */
    struct rf_civil civil;
};

/* Which view of `views` a folded view's operand is. */
static inline enum rf_fold_kind rf_facts_view(enum rf_operand o)
{
    return o == RF_OPERAND_TEXT           ? RF_FOLD_TEXT
           : o == RF_OPERAND_TEXT_COMPACT ? RF_FOLD_COMPACT
                                          : RF_FOLD_SHAPE;
}

/* Begin on a record; nothing is computed yet. */
void rf_facts_init(struct rf_facts *f, const struct rf_ruleset *rs,
                   const struct rf_plan *plan, const struct rf_record *record,
                   struct rf_arena *arena, bool want_maps);
/* Compute the operand's values. */
const struct rf_values *rf_facts_make(struct rf_facts *f, enum rf_operand o);

/* The operand's values, computed at the first call. */
static inline const struct rf_values *rf_facts_get(struct rf_facts *f, enum rf_operand o)
{
    return f->ready >> o & 1 ? &f->values[o] : rf_facts_make(f, o);
}

/* Value i of an operand as bytes, for keys and `of`: normal forms of addresses and hosts,
 * names of enumerations, numbers in decimal. */
struct rf_str rf_facts_bytes(struct rf_facts *f, enum rf_operand o, uint32_t i);

#endif
