#include "benchmarks/table.h"

#include <stdarg.h>
#include <string.h>
#include <time.h>

#define ROWS_MAX 256

struct row {
    char bench[24], input[32], what[80];
    double value, required;
    enum demand demand;
    bool skipped;
};

static struct row rows[ROWS_MAX];
static size_t nrows;

static struct row *new_row(const char *bench, const char *input, const char *what)
{
    struct row *r = &rows[nrows < ROWS_MAX - 1 ? nrows++ : ROWS_MAX - 1];
    *r = (struct row){0};
    snprintf(r->bench, sizeof r->bench, "%s", bench);
    snprintf(r->input, sizeof r->input, "%s", input);
    snprintf(r->what, sizeof r->what, "%s", what);
    return r;
}

static const char *result(const struct row *r)
{
    if (r->skipped)
        return "skipped";
    if (r->demand == NOTE)
        return "";
    bool pass = r->demand == AT_MOST ? r->value <= r->required : r->value >= r->required;
    return pass ? "pass" : "MISS";
}

static void print_row(FILE *f, const struct row *r)
{
    char value[24] = "", required[24] = "";
    if (!r->skipped)
        snprintf(value, sizeof value, "%.4g", r->value);
    if (!r->skipped && r->value >= 1000)
        snprintf(value, sizeof value, "%.0f", r->value);
    if (r->demand != NOTE)
        snprintf(required, sizeof required, "%s %.10g",
                 r->demand == AT_MOST ? "<=" : ">=", r->required);
    fprintf(f, "%-10s %-14s %10s  %-30s %12s  %s\n", r->bench, r->input, value, r->what,
            required, result(r));
    fflush(f);
}

void table_add(const char *bench, const char *input, const char *what, double value,
               enum demand demand, double required)
{
    struct row *r = new_row(bench, input, what);
    r->value = value;
    r->demand = demand;
    r->required = required;
    fprintf(stderr, "%4.0f s: ", (double)clock() / CLOCKS_PER_SEC);
    print_row(stderr, r);
}

void table_skip(const char *bench, const char *input, const char *why)
{
    struct row *r = new_row(bench, input, why);
    r->skipped = true;
    r->demand = NOTE;
    print_row(stderr, r);
}

void table_say(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fprintf(stderr, "# %4.0f s: ", (double)clock() / CLOCKS_PER_SEC);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    va_end(ap);
}

void table_print(FILE *f)
{
    fprintf(f, "%-10s %-14s %10s  %-30s %12s  %s\n", "bench", "input", "measured", "what",
            "required", "result");
    for (size_t i = 0; i < nrows; i++)
        print_row(f, &rows[i]);
}

/* All strings are the program's own: nothing to escape but the machine's name, which has
 * no quotes. */
void table_print_json(FILE *f, const char *machine)
{
    static const char *const demands[] = {"at_most", "at_least", "note"};
    fprintf(f, "{\"machine\":\"%s\",\"rows\":[", machine);
    for (size_t i = 0; i < nrows; i++) {
        const struct row *r = &rows[i];
        fprintf(f, "%s\n{\"bench\":\"%s\",\"input\":\"%s\",\"what\":\"%s\"", i ? "," : "",
                r->bench, r->input, r->what);
        if (!r->skipped)
            fprintf(f, ",\"value\":%.6g", r->value);
        if (!r->skipped && r->demand != NOTE)
            fprintf(f, ",\"%s\":%.6g", demands[r->demand], r->required);
        fprintf(f, ",\"result\":\"%s\"}", result(r));
    }
    fputs("\n]}\n", f);
}

unsigned table_misses(void)
{
    unsigned n = 0;
    for (size_t i = 0; i < nrows; i++)
        n += strcmp(result(&rows[i]), "MISS") == 0;
    return n;
}
