/* Days' files: text, a head, one "hour HH MARK" a line for each hour included, one "COUNT
 * FIELD" a line, and an end with a checksum. Cold. */
#include "daemon/ops/totals_file.h"

#include "daemon/files.h"
#include "lib/base/buf.h"
#include "lib/base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY_MAX_BYTES (64UL * 1024 * 1024)

void totals_day_init(struct totals_day *d, uint32_t day)
{
    *d = (struct totals_day){.day = day};
    rf_arena_init(&d->arena, 0);
    rf_map_init(&d->map);
}

void totals_day_fini(struct totals_day *d)
{
    free(d->field);
    free(d->count);
    rf_map_fini(&d->map);
    rf_arena_fini(&d->arena);
}

void totals_day_count(struct totals_day *d, struct rf_str field, uint64_t n)
{
    uint32_t i = rf_map_get(&d->map, field);
    if (i == RF_MAP_NONE) {
        if (d->n == d->cap) {
            d->cap = d->cap ? d->cap * 2 : 256;
            d->field = rf_mem_realloc(d->field, d->cap, sizeof *d->field);
            d->count = rf_mem_realloc(d->count, d->cap, sizeof *d->count);
        }
        i = (uint32_t)d->n++;
        d->field[i] = rf_arena_dup(&d->arena, field);
        d->count[i] = 0;
        rf_map_put(&d->map, d->field[i], i);
    }
    d->count[i] += n;
}

static void day_path(const struct totals *t, uint32_t day, char path[PATH_MAX])
{
    snprintf(path, PATH_MAX, "%s/totals.d/%08" PRIu32, t->dir, day);
}

/* The next line of *rest without its end; false at the end. */
static bool next_line(struct rf_str *rest, struct rf_str *line)
{
    const char *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;
    if (!end)
        return false;
    *line = rf_str(rest->p, (size_t)(end - rest->p));
    *rest = rf_str_sub(*rest, line->n + 1);
    return true;
}

static bool parse_head(const struct totals_day *d, struct rf_str line)
{
    char head[64];
    snprintf(head, sizeof head, "ringfence-totals 1 %08" PRIu32, d->day);
    return rf_str_eqz(line, head);
}

/* "hour HH MARK" */
static bool parse_hour(struct totals_day *d, struct rf_str line)
{
    char text[64];
    unsigned h;
    uint64_t mark;
    snprintf(text, sizeof text, "%.*s", (int)(line.n < 63 ? line.n : 63), line.p);
    if (sscanf(text, "hour %u %" SCNx64, &h, &mark) != 2 || h > 23)
        return false;
    d->mark[h] = mark;
    return true;
}

static bool parse_count(struct totals_day *d, struct rf_str line)
{
    uint64_t n = 0;
    size_t i = 0;
    for (; i < line.n && line.p[i] >= '0' && line.p[i] <= '9'; i++)
        n = n * 10 + (uint64_t)(line.p[i] - '0');
    if (i == 0 || i + 1 >= line.n || line.p[i] != ' ')
        return false;
    totals_day_count(d, rf_str_sub(line, i + 1), n);
    return true;
}

/* The text must end in a line with the checksum of all before it. */
static bool checksum_ok(struct rf_str text, size_t *body)
{
    static const char word[] = "end ";
    const size_t n = sizeof word - 1 + 16 + 1;
    char want[32];
    if (text.n < n)
        return false;
    *body = text.n - n;
    snprintf(want, sizeof want, "%s%016" PRIx64 "\n", word, rf_hash_fnv(text.p, *body));
    return memcmp(text.p + *body, want, n) == 0;
}

static bool parse(struct totals_day *d, struct rf_str text)
{
    size_t body;
    struct rf_str line;
    if (!checksum_ok(text, &body))
        return false;
    struct rf_str rest = rf_str(text.p, body);
    if (!next_line(&rest, &line) || !parse_head(d, line))
        return false;
    while (next_line(&rest, &line))
        if (!(rf_str_starts(line, RF_STR("hour ")) ? parse_hour(d, line)
                                                   : parse_count(d, line)))
            return false;
    return true;
}

int totals_day_load(const struct totals *t, struct totals_day *d, char *message,
                    size_t bytes)
{
    char path[PATH_MAX];
    const char *why = "";
    struct rf_buf b;
    day_path(t, d->day, path);
    rf_buf_init(&b);
    int rc = files_read(path, DAY_MAX_BYTES, &b, &why);
    if (rc == RF_ERR_NOENT) {
        rc = 0;
    } else if (rc != RF_OK) {
        snprintf(message, bytes, "%s: %s", path, why);
        rc = -1;
    } else if (!parse(d, rf_buf_str(&b))) {
        snprintf(message, bytes, "%s is damaged", path);
        rc = 1;
    }
    rf_buf_fini(&b);
    return rc;
}

int totals_day_store(const struct totals *t, const struct totals_day *d, char *message,
                     size_t bytes)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/totals.d", t->dir);
    mkdir(path, 0700); /* an error shows below */
    day_path(t, d->day, path);
    struct rf_buf b;
    rf_buf_init(&b);
    rf_buf_printf(&b, "ringfence-totals 1 %08" PRIu32 "\n", d->day);
    for (unsigned h = 0; h < 24; h++)
        if (d->mark[h])
            rf_buf_printf(&b, "hour %02u %016" PRIx64 "\n", h, d->mark[h]);
    for (size_t i = 0; i < d->n; i++)
        rf_buf_printf(&b, "%" PRIu64 " %.*s\n", d->count[i], RF_STR_FMT(d->field[i]));
    rf_buf_printf(&b, "end %016" PRIx64 "\n", rf_hash_fnv(b.p, b.n));
    int rc = files_replace(path, rf_buf_str(&b));
    if (rc != RF_OK)
        snprintf(message, bytes, "%s: %s", path, strerror(errno));
    rf_buf_fini(&b);
    return rc == RF_OK ? 0 : -1;
}

void totals_day_set_aside(const struct totals *t, uint32_t day)
{
    char path[PATH_MAX], to[PATH_MAX + 8];
    day_path(t, day, path);
    snprintf(to, sizeof to, "%s.broken", path);
    rename(path, to);
}

void totals_day_delete(const struct totals *t, uint32_t day)
{
    char path[PATH_MAX];
    day_path(t, day, path);
    unlink(path);
}

size_t totals_day_list(const struct totals *t, uint32_t *days, size_t max)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/totals.d", t->dir);
    DIR *dir = opendir(path);
    size_t n = 0;
    for (struct dirent *e; dir && n < max && (e = readdir(dir));) {
        char *end;
        unsigned long day = strtoul(e->d_name, &end, 10);
        if (end == e->d_name + 8 && !*end && totals_hour_number((uint32_t)day * 100) >= 0)
            days[n++] = (uint32_t)day;
    }
    if (dir)
        closedir(dir);
    return n;
}
