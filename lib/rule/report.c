#include "lib/rule/compile.h"

#include <stdarg.h>
#include <stdio.h>

static struct rf_diag *add(struct rf_load *ld, enum rf_severity severity,
                           const char *code, const struct rf_yaml_node *at,
                           const char *fmt, va_list ap)
{
    char message[600];
    if (ld->mute > 0)
        return NULL;
    vsnprintf(message, sizeof message, fmt, ap);
    return rf_report_add(ld->report, severity, code, at->source, at->begin, at->end, "%s",
                         message);
}

struct rf_diag *rf_rule_error(struct rf_load *ld, const char *code,
                              const struct rf_yaml_node *at, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    struct rf_diag *d = add(ld, RF_ERROR, code, at, fmt, ap);
    va_end(ap);
    return d;
}

struct rf_diag *rf_rule_warn(struct rf_load *ld, const char *code,
                             const struct rf_yaml_node *at, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    struct rf_diag *d = add(ld, RF_WARNING, code, at, fmt, ap);
    va_end(ap);
    return d;
}

#define SHOWN_CHOICES 12

void rf_rule_suggest(struct rf_load *ld, struct rf_diag *d, struct rf_str word,
                     const char *const *candidates, size_t n)
{
    const char *near = d ? rf_diag_suggest(word, candidates, n) : NULL;
    if (near) {
        rf_rule_hint(ld, d, "did you mean '%s'?", near);
    } else if (d && n > 0 && n <= SHOWN_CHOICES) {
        struct rf_buf b;
        rf_buf_init(&b);
        for (size_t i = 0; i < n; i++)
            rf_buf_printf(&b, "%s%s", i ? ", " : "", candidates[i]);
        rf_rule_hint(ld, d, "%s %.*s", n == 1 ? "write" : "one of", (int)b.n, b.p);
        rf_buf_fini(&b);
    }
}

#define SUGGEST_FROM 2000 /* of more ids only so many are looked at */

void rf_rule_suggest_id(struct rf_load *ld, struct rf_diag *d, struct rf_str word,
                        const struct rf_vec *decls, size_t element, const char *otherwise)
{
    const char *near = NULL;
    for (uint32_t i = 0; d && i < decls->n && i < SUGGEST_FROM; i++) {
        const struct rf_decl *decl = (const void *)((const char *)decls->p + i * element);
        const char *id = decl->id.p; /* followed by NUL: it comes from the arena */
        const char *both[2] = {near, id};
        if (decl->id.n)
            near = rf_diag_suggest(word, near ? both : both + 1, near ? 2 : 1);
    }
    if (near)
        rf_rule_hint(ld, d, "did you mean '%s'?", near);
    else if (otherwise)
        rf_rule_hint(ld, d, "%s", otherwise);
}

struct rf_place rf_rule_place(const struct rf_load *ld, const struct rf_yaml_node *n)
{
    return (struct rf_place){n->source - ld->first_source, n->begin, n->end};
}

void *rf_vec_push(struct rf_load *ld, struct rf_vec *v, size_t size)
{
    if (v->n == v->cap) {
        uint32_t cap = v->cap ? v->cap * 2 : 16;
        void *p = rf_arena_calloc(&ld->tmp, cap, size);
        if (v->n)
            memcpy(p, v->p, v->n * size);
        v->p = p;
        v->cap = cap;
    }
    return (char *)v->p + size * v->n++;
}

void *rf_vec_keep(struct rf_load *ld, const struct rf_vec *v, size_t size)
{
    void *p = rf_arena_calloc(ld->arena, v->n, size);
    if (v->n)
        memcpy(p, v->p, v->n * size);
    return p;
}

struct rf_str rf_rule_keep(struct rf_load *ld, struct rf_str s)
{
    return rf_arena_dup(ld->arena, s);
}
