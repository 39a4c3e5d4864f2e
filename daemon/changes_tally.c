#include "daemon/changes_tally.h"

#include <stdio.h>
#include <string.h>

void changes_tally_init(struct changes_tally *t)
{
    pthread_mutex_init(&t->lock, NULL);
    t->n = 0;
}

void changes_tally_fini(struct changes_tally *t)
{
    pthread_mutex_destroy(&t->lock);
}

static struct changes_count *count_of(struct changes_tally *t, struct rf_str list)
{
    for (unsigned i = 0; i < t->n; i++)
        if (rf_str_eqz(list, t->v[i].list))
            return &t->v[i];
    if (t->n == CHANGES_TALLY_LISTS) {
        struct changes_count *others = &t->v[t->n - 1];
        snprintf(others->list, sizeof others->list, "others");
        return others;
    }
    struct changes_count *c = &t->v[t->n++];
    memset(c, 0, sizeof *c);
    snprintf(c->list, sizeof c->list, "%.*s", RF_STR_FMT(list));
    return c;
}

/* It may come from another daemon: no line of the log is to be made up so. */
static void set_who(struct changes_count *c, struct rf_str who)
{
    snprintf(c->who, sizeof c->who, "%.*s", RF_STR_FMT(who));
    for (char *p = c->who; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 127)
            *p = '?';
}

void changes_tally_note(struct changes_tally *t, struct rf_str list,
                        const struct ledger_entry *e)
{
    pthread_mutex_lock(&t->lock);
    struct changes_count *c = count_of(t, list);
    bool over = e->deleted && e->expires_ms != LEDGER_NEVER;
    c->expired += over;
    c->taken_back += e->deleted && !over;
    c->added += !e->deleted && rf_str_eqz(e->value, "+");
    c->removed += !e->deleted && !rf_str_eqz(e->value, "+");
    if (!over)
        set_who(c, e->who);
    pthread_mutex_unlock(&t->lock);
}

unsigned changes_tally_take(struct changes_tally *t, struct changes_count *out)
{
    pthread_mutex_lock(&t->lock);
    unsigned n = t->n;
    memcpy(out, t->v, n * sizeof *out);
    t->n = 0;
    pthread_mutex_unlock(&t->lock);
    return n;
}

void changes_count_text(const struct changes_count *c, char *out, size_t n)
{
    const struct {
        unsigned n;
        const char *what;
    } parts[] = {{c->added, "added"},
                 {c->removed, "removed"},
                 {c->taken_back, "taken back"},
                 {c->expired, "over"}};
    size_t at = (size_t)snprintf(out, n, "list %s:", c->list);
    const char *comma = "";
    for (size_t i = 0; i < 4 && at < n; i++)
        if (parts[i].n) {
            at += (size_t)snprintf(out + at, n - at, "%s %u %s", comma, parts[i].n,
                                   parts[i].what);
            comma = ",";
        }
    if (c->who[0] && at < n)
        snprintf(out + at, n - at, ", the last by %s", c->who);
}
