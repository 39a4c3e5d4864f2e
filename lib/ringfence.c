#include "lib/ringfence.h"

#include <jansson.h>
#include <stdlib.h>

#include "lib/base/error.h"
#include "lib/base/mem.h"
#include "lib/engine/explain_json.h"
#include "lib/rule/load.h"

#define COUNTERS 1000000

struct rf_filter {
    struct rf_ruleset *rs;
    struct rf_counters *counters;
    struct rf_session *session;
    struct rf_buf out;
};

/* The caller's callback as the loader wants it. */
struct reader {
    rf_filter_read *read;
    void *ctx;
};

static int read_file(void *ctx, struct rf_str path, struct rf_buf *out, const char **why)
{
    struct reader *r = ctx;
    char *bytes = NULL, *name = rf_mem_alloc(path.n + 1);
    size_t n = 0;
    memcpy(name, path.p, path.n);
    name[path.n] = '\0';
    int rc = r->read(r->ctx, name, &bytes, &n);
    if (rc == 0)
        rf_buf_add(out, bytes, n);
    else
        *why = "no such file";
    free(bytes);
    free(name);
    return rc == 0 ? RF_OK : RF_ERR_NOENT;
}

static void settings_of(const struct rf_filter_options *o, struct rf_settings *s)
{
    rf_settings_default(s);
    if (!o)
        return;
    if (o->country)
        s->country = rf_str_of(o->country);
    if (o->timezone)
        s->timezone = rf_str_of(o->timezone);
    if (o->language)
        s->language = rf_str_of(o->language);
}

static char *render(struct rf_report *report)
{
    struct rf_buf b;
    rf_buf_init(&b);
    rf_report_render(report, &b, false);
    rf_buf_addc(&b, '\0');
    return b.p;
}

static struct rf_filter *filter_new(struct rf_ruleset *rs, size_t counters)
{
    static const struct rf_hash_key zero; /* so that answers repeat */
    struct rf_filter *f = rf_mem_calloc(1, sizeof *f);
    f->rs = rs;
    f->counters = rf_counters_new(counters ? counters : COUNTERS, &zero);
    f->session = rf_session_new(rs, f->counters, false);
    rf_buf_init(&f->out);
    return f;
}

struct rf_filter *rf_filter_open(const char *const *names, size_t n, rf_filter_read *read,
                                 void *ctx, const struct rf_filter_options *options,
                                 char **diagnostics)
{
    struct reader reader = {read, ctx};
    struct rf_rule_io io = {.ctx = &reader, .read = read_file};
    struct rf_rule_options rule_options = {0};
    struct rf_settings settings;
    settings_of(options, &settings);
    struct rf_str *files = rf_mem_calloc(n, sizeof *files);
    for (size_t i = 0; i < n; i++)
        files[i] = rf_str_of(names[i]);
    struct rf_report *report = rf_report_new();
    struct rf_ruleset *rs = rf_rule_load(files, n, &settings, &io, &rule_options, report);
    if (diagnostics)
        *diagnostics = render(report);
    rf_report_free(report);
    free(files);
    return rs ? filter_new(rs, options ? options->counters : 0) : NULL;
}

void rf_filter_close(struct rf_filter *f)
{
    if (!f)
        return;
    rf_session_free(f->session);
    rf_counters_free(f->counters);
    rf_ruleset_free(f->rs);
    rf_buf_fini(&f->out);
    free(f);
}

const char *rf_filter_judge(struct rf_filter *f, const char *line, size_t n,
                            size_t *reply_n)
{
    f->out.n = 0;
    rf_session_line(f->session, rf_str(line, n), &f->out);
    *reply_n = f->out.n;
    return f->out.p;
}

const char *rf_filter_why(struct rf_filter *f, const char *line, size_t n, size_t *why_n)
{
    struct rf_explanation x;
    struct rf_buf reply;
    rf_buf_init(&reply);
    struct rf_outcome o = rf_session_explain(f->session, rf_str(line, n), &x);
    rf_session_reply(f->session, &reply);
    json_t *why = rf_explain_json(f->rs, &o, &x, NULL, false, rf_buf_str(&reply));
    char *text = json_dumps(why, JSON_COMPACT | JSON_REAL_PRECISION(15));
    f->out.n = 0;
    rf_buf_addz(&f->out, text ? text : "{}");
    *why_n = f->out.n;
    free(text);
    json_decref(why);
    rf_buf_fini(&reply);
    return f->out.p;
}

const char *rf_version(void)
{
    return RF_VERSION;
}
