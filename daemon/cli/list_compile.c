/* ringfence list compile: a list file as a daemon has it in memory, so that a restart
 * need not read it line by line. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/cli/cli.h"
#include "lib/match/list.h"

#define SUFFIX ".rfl"

struct compile {
    const char *config_path, *in, *out;
    int type;
    bool strict, json;
    struct rf_report *report;
    struct config config;
    struct rf_list_origin origin;
    struct rf_list *list;
};

static const struct option longs[] = {
    {"config", required_argument, NULL, 'c'}, {"type", required_argument, NULL, 't'},
    {"strict", no_argument, NULL, 's'},       {"json", no_argument, NULL, 'j'},
    {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0},
};

/* The type of that name, or -1. */
static int type_of(const char *name)
{
    for (int t = 0; t < RF_LIST_TYPES; t++)
        if (strcmp(name, rf_list_type_name((enum rf_list_type)t)) == 0)
            return t;
    return -1;
}

static int read_options(int argc, char **argv, struct compile *c)
{
    for (int o; (o = cli_getopt(argc, argv, "c:t:h", longs)) != -1;) {
        if (o == 'c')
            c->config_path = optarg;
        else if (o == 't')
            c->type = type_of(optarg);
        else if (o == 's')
            c->strict = true;
        else if (o == 'j')
            c->json = true;
        if (c->type < 0)
            return cli_usage("no type of list '%s'", optarg);
    }
    if (argc - optind < 1 || argc - optind > 2)
        return cli_usage("list compile takes a list file and the file to write");
    c->in = argv[optind];
    c->out = optind + 1 < argc ? argv[optind + 1] : NULL;
    return 0;
}

static int load_config(struct compile *c)
{
    if (!c->config_path) {
        config_default(&c->config);
        return 0;
    }
    int rc = config_load(&c->config, c->config_path, c->report);
    return rc == 0 ? 0 : rc == RF_ERR_INVALID ? EX_CONFIG : EX_NOINPUT;
}

/* The text, and the stamp it had before and after being read. */
static int read_text(struct compile *c, struct rf_buf *text)
{
    struct rf_rule_stamp before, after;
    const char *why = NULL;
    int rc = files_stamp(c->in, &before);
    if (rc == 0)
        rc = files_read(c->in, FILES_MAX_BYTES, text, &why);
    if (rc == 0)
        rc = files_stamp(c->in, &after);
    if (rc != 0) {
        cli_error("%s: %s", c->in, why ? why : strerror(errno));
        return EX_NOINPUT;
    }
    if (before.bytes != text->n || after.bytes != text->n ||
        before.mtime_ns != after.mtime_ns) {
        cli_error("%s: changed while it was read", c->in);
        return EX_TEMPFAIL;
    }
    c->origin.bytes = before.bytes;
    c->origin.mtime_ns = before.mtime_ns;
    c->origin.hash = rf_list_text_hash(rf_buf_str(text));
    return 0;
}

static int build(struct compile *c)
{
    struct rf_buf text;
    const struct rf_plan *plan = rf_plan_find(c->config.settings.country);
    struct rf_list_builder *b = rf_list_begin((enum rf_list_type)c->type, plan);
    rf_buf_init(&text);
    int rc = read_text(c, &text);
    size_t bad = 0;
    if (rc == 0)
        bad = rf_list_add_file(b, rf_str_of(c->in), rf_buf_str(&text), c->report,
                               c->strict ? RF_ERROR : RF_WARNING);
    rf_buf_fini(&text);
    c->list = rf_list_finish(b);
    if (rc == 0 && bad && rf_list_size(c->list) == 0) {
        cli_error("%s: no line is good for a list of %s (-t: of another type)", c->in,
                  rf_list_type_name((enum rf_list_type)c->type));
        return EX_DATAERR;
    }
    return rc == 0 && bad && c->strict ? EX_DATAERR : rc;
}

/* What would be lost by writing out: the text itself, or what is compiled already. */
static int refuse_losses(const struct compile *c)
{
    struct stat in, out;
    if (rf_str_ends(rf_str_of(c->in), RF_STR(SUFFIX)))
        return cli_usage("%s is compiled already", c->in);
    if (c->out && stat(c->in, &in) == 0 && stat(c->out, &out) == 0 &&
        in.st_dev == out.st_dev && in.st_ino == out.st_ino)
        return cli_usage("%s would take the place of its own text", c->out);
    return 0;
}

/* Whoever may read the text may read what was made of it. */
static int write_list(struct compile *c)
{
    char beside[4096];
    struct stat st;
    int n = snprintf(beside, sizeof beside, "%s" SUFFIX, c->in);
    const char *out = c->out ? c->out : beside;
    mode_t mode = stat(c->in, &st) == 0 ? st.st_mode & 0666 : 0600;
    struct rf_str bytes = rf_list_seal(c->list, &c->origin);
    if (!c->out && (n < 0 || (size_t)n >= sizeof beside)) {
        cli_error("%s: %s", c->in, strerror(ENAMETOOLONG));
        return EX_CANTCREAT;
    }
    if (files_replace_mode(out, bytes, mode) != 0) {
        cli_error("%s: %s", out, strerror(errno));
        return EX_CANTCREAT;
    }
    unsigned long long bad = rf_list_get_origin(c->list).bad_lines;
    if (c->json)
        printf("{\"type\":\"%s\",\"entries\":%u,\"bad_lines\":%llu,\"bytes\":%zu}\n",
               rf_list_type_name((enum rf_list_type)c->type), rf_list_size(c->list), bad,
               bytes.n);
    else
        fprintf(stderr, "%s: %u entries, %llu bad lines, %zu bytes\n", out,
                rf_list_size(c->list), bad, bytes.n);
    return 0;
}

int list_compile(int argc, char **argv)
{
    struct compile c = {.type = RF_LIST_NUMBERS};
    int rc = read_options(argc, argv, &c);
    if (rc == 0)
        rc = refuse_losses(&c);
    if (rc != 0)
        return rc;
    c.report = rf_report_new();
    rc = load_config(&c);
    if (rc == 0)
        rc = build(&c);
    cli_show_report(c.report, stderr);
    if (rc == 0)
        rc = write_list(&c);
    rf_list_free(c.list);
    rf_report_free(c.report);
    config_fini(&c.config);
    return rc;
}
