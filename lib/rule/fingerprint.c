/* The ruleset's hash: of everything that decides. Names and order of files have no part
 * in it. */
#include <stdio.h>
#include <stdlib.h>

#include "lib/rule/canon.h"

static int by_hash(const void *pa, const void *pb)
{
    const struct rf_hash128 *a = pa, *b = pb;
    if (a->hi != b->hi)
        return a->hi < b->hi ? -1 : 1;
    return (a->lo > b->lo) - (a->lo < b->lo);
}

static void add_pairs(struct rf_buf *b, const struct rf_pair_setting *p, size_t n)
{
    rf_buf_printf(b, "%zu{", n);
    for (size_t i = 0; i < n; i++) {
        rf_canon_str(b, p[i].key);
        rf_canon_str(b, p[i].value);
    }
}

static void add_settings(struct rf_buf *b, const struct rf_settings *s)
{
    rf_buf_printf(b, "S%d %d %lld %lld %zu %lld %lld %d %u;", (int)s->on_error,
                  (int)s->on_late, (long long)s->early_ms, (long long)s->late_ms,
                  s->max_line, (long long)s->warn_score, (long long)s->block_score,
                  (int)s->mode, s->protected_from);
    rf_canon_str(b, s->country);
    rf_canon_str(b, s->timezone);
    rf_canon_str(b, s->language);
    rf_canon_str(b, s->redress);
    add_pairs(b, s->fields, s->nfields);
    add_pairs(b, s->trunks, s->ntrunks);
    add_pairs(b, s->protected_trunks, s->nprotected_trunks);
    for (size_t i = 0; i < s->nprotected; i++)
        rf_canon_str(b, s->protected_numbers[i]);
    for (size_t i = 0; i < s->nfraud_types; i++) {
        rf_canon_str(b, s->fraud_types[i].id);
        rf_canon_str(b, s->fraud_types[i].en);
        rf_canon_str(b, s->fraud_types[i].zh);
    }
}

void rf_rule_hash(struct rf_load *ld)
{
    static const struct rf_hash_key zero;
    struct rf_hash128 *texts = RF_NEW_ARRAY(&ld->tmp, struct rf_hash128, ld->nfiles);
    struct rf_buf b;
    for (size_t i = 0; i < ld->nfiles; i++) {
        struct rf_str t = rf_report_source_text(ld->report, ld->files[i].source);
        texts[i] = rf_hash_bytes(&zero, t.p, t.n);
    }
    if (ld->nfiles)
        qsort(texts, ld->nfiles, sizeof *texts, by_hash);
    rf_buf_init(&b);
    rf_buf_add(&b, texts, ld->nfiles * sizeof *texts);
    for (uint32_t i = 0; i < ld->rs->nlists; i++) {
        const struct rf_named_list *l = &ld->rs->lists[i];
        uint64_t hash = l->list ? rf_list_hash(l->list) : 0;
        rf_canon_str(&b, l->id);
        rf_buf_add(&b, &hash, sizeof hash);
    }
    add_settings(&b, &ld->rs->settings);
    struct rf_hash128 h = rf_hash_bytes(&zero, b.p, b.n);
    rf_buf_fini(&b);
    snprintf(ld->rs->hash, sizeof ld->rs->hash, "%016llx%016llx",
             (unsigned long long)h.hi, (unsigned long long)h.lo);
}
