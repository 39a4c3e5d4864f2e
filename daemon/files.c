#include "daemon/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/limits.h"
#include "lib/base/mem.h"

void files_init(struct files *f)
{
    *f = (struct files){0};
    rf_arena_init(&f->arena, 0);
}

void files_fini(struct files *f)
{
    free(f->v);
    rf_arena_fini(&f->arena);
}

static int add_file(struct files *f, struct rf_str path, const char **why)
{
    if (f->n == FILES_MAX) {
        *why = "too many rule files";
        return RF_ERR_LIMIT;
    }
    if (f->n == f->cap) {
        f->cap = f->cap ? 2 * f->cap : 64;
        f->v = rf_mem_realloc(f->v, f->cap, sizeof *f->v);
    }
    f->v[f->n++] = rf_arena_dup(&f->arena, path);
    return RF_OK;
}

static int fail(struct files *f, const char **why, struct rf_str path, int error)
{
    *why = rf_arena_printf(&f->arena, "%.*s: %s", RF_STR_FMT(path), strerror(error)).p;
    return error == ENOENT || error == ENOTDIR ? RF_ERR_NOENT : RF_ERR_IO;
}

static int expand(struct files *f, struct rf_str path, int depth, const char **why);

/* One entry of a folder: hidden ones and files of other kinds are passed over. */
static int expand_entry(struct files *f, struct rf_str dir, const char *name, int depth,
                        const char **why)
{
    struct stat st;
    if (name[0] == '.')
        return RF_OK;
    struct rf_str path = rf_arena_printf(&f->arena, "%.*s/%s", RF_STR_FMT(dir), name);
    if (stat(path.p, &st) != 0)
        return fail(f, why, path, errno);
    if (S_ISDIR(st.st_mode))
        return expand(f, path, depth + 1, why);
    return rf_str_ends(path, RF_STR(".yaml")) ? add_file(f, path, why) : RF_OK;
}

static int expand_dir(struct files *f, struct rf_str path, int depth, const char **why)
{
    struct dirent *e;
    int rc = RF_OK;
    DIR *d = opendir(path.p);
    if (!d)
        return fail(f, why, path, errno);
    while (path.n > 1 && path.p[path.n - 1] == '/')
        path.n--;
    while (rc == RF_OK && (e = readdir(d)))
        rc = expand_entry(f, path, e->d_name, depth, why);
    closedir(d);
    return rc;
}

static int expand(struct files *f, struct rf_str path, int depth, const char **why)
{
    struct stat st;
    struct rf_str p = rf_arena_dup(&f->arena, path); /* with a NUL */
    if (depth > FILES_MAX_DEPTH) {
        *why = rf_arena_printf(&f->arena, "%s: folders too deep", p.p).p;
        return RF_ERR_LIMIT;
    }
    if (stat(p.p, &st) != 0)
        return fail(f, why, p, errno);
    return S_ISDIR(st.st_mode) ? expand_dir(f, p, depth, why) : add_file(f, p, why);
}

int files_expand(struct files *f, struct rf_str path, const char **why)
{
    return expand(f, path, 0, why);
}

static int by_name(const void *a, const void *b)
{
    return rf_str_cmp(*(const struct rf_str *)a, *(const struct rf_str *)b);
}

void files_sort(struct files *f)
{
    size_t n = 0;
    if (f->n)
        qsort(f->v, f->n, sizeof *f->v, by_name);
    for (size_t i = 0; i < f->n; i++)
        if (n == 0 || !rf_str_eq(f->v[n - 1], f->v[i]))
            f->v[n++] = f->v[i];
    f->n = n;
}

static int read_all(int fd, size_t max, struct rf_buf *out, const char **why)
{
    for (size_t total = 0;;) {
        ssize_t n = read(fd, rf_buf_reserve(out, 65536), 65536);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            *why = strerror(errno);
            return RF_ERR_IO;
        }
        if (n == 0)
            return RF_OK;
        total += (size_t)n;
        if (total > max) {
            *why = "file too large";
            return RF_ERR_LIMIT;
        }
        out->n += (size_t)n;
    }
}

int files_read(const char *path, size_t max, struct rf_buf *out, const char **why)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        *why = strerror(errno);
        return errno == ENOENT || errno == ENOTDIR ? RF_ERR_NOENT : RF_ERR_IO;
    }
    int rc = RF_ERR_IO;
    if (fstat(fd, &st) != 0)
        *why = strerror(errno);
    else if (S_ISDIR(st.st_mode))
        *why = strerror(EISDIR);
    else
        rc = read_all(fd, max, out, why);
    close(fd);
    return rc;
}

static int write_all(int fd, struct rf_str bytes)
{
    while (bytes.n) {
        ssize_t n = write(fd, bytes.p, bytes.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return RF_ERR_IO;
        bytes = rf_str_sub(bytes, (size_t)n);
    }
    return fsync(fd) == 0 ? RF_OK : RF_ERR_IO;
}

int files_replace_mode(const char *path, struct rf_str bytes, unsigned mode)
{
    char tmp[4096];
    if ((size_t)snprintf(tmp, sizeof tmp, "%s.new", path) >= sizeof tmp) {
        errno = ENAMETOOLONG;
        return RF_ERR_IO;
    }
    int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return RF_ERR_IO;
    int rc = fchmod(fd, mode) == 0 ? write_all(fd, bytes) : RF_ERR_IO, error = errno;
    close(fd);
    if (rc == RF_OK && rename(tmp, path) == 0)
        return RF_OK;
    if (rc == RF_OK)
        error = errno;
    unlink(tmp);
    errno = error;
    return RF_ERR_IO;
}

int files_replace(const char *path, struct rf_str bytes)
{
    return files_replace_mode(path, bytes, 0600);
}

static int io_read(void *ctx, struct rf_str path, struct rf_buf *out, const char **why)
{
    struct files *f = ctx;
    const char *reason = "";
    int rc = files_read(rf_arena_dup(&f->arena, path).p, FILES_MAX_BYTES, out, &reason);
    if (rc != RF_OK)
        *why = rf_arena_dup(&f->arena, rf_str_of(reason)).p;
    return rc;
}

static int read_exactly(int fd, char *p, size_t *n, const char **why)
{
    size_t at = 0;
    while (at < *n) {
        ssize_t got = read(fd, p + at, *n - at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            *why = strerror(errno);
            return RF_ERR_IO;
        }
        if (got == 0)
            break; /* cut off since fstat: what there is tells so itself */
        at += (size_t)got;
    }
    *n = at;
    return RF_OK;
}

/* Copied, not mapped: to verify a checksum all is read anyway, huge pages make lookups
 * faster, and a file cut off under a mapping would kill the process. */
int files_read_pages(const char *path, void **bytes, size_t *n, const char **why)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    *why = "not a regular file of at most 4 GiB";
    if (fd < 0) {
        *why = strerror(errno);
        return errno == ENOENT || errno == ENOTDIR ? RF_ERR_NOENT : RF_ERR_IO;
    }
    int rc = RF_ERR_IO;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
        (uint64_t)st.st_size <= FILES_MAX_PAGES) {
        *n = (size_t)st.st_size;
        *bytes = rf_mem_pages(*n);
        rc = read_exactly(fd, *bytes, n, why);
        if (rc != RF_OK)
            free(*bytes);
    }
    close(fd);
    return rc;
}

int files_stamp(const char *path, struct rf_rule_stamp *out)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return errno == ENOENT || errno == ENOTDIR ? RF_ERR_NOENT : RF_ERR_IO;
    out->bytes = (uint64_t)st.st_size;
    out->mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
    return RF_OK;
}

static int io_read_pages(void *ctx, struct rf_str path, void **bytes, size_t *n,
                         const char **why)
{
    struct files *f = ctx;
    const char *reason = "";
    int rc = files_read_pages(rf_arena_dup(&f->arena, path).p, bytes, n, &reason);
    if (rc != RF_OK)
        *why = rf_arena_dup(&f->arena, rf_str_of(reason)).p;
    return rc;
}

static int io_stamp(void *ctx, struct rf_str path, struct rf_rule_stamp *out)
{
    struct files *f = ctx;
    return files_stamp(rf_arena_dup(&f->arena, path).p, out);
}

struct rf_rule_io files_io(struct files *f)
{
    return (struct rf_rule_io){
        .ctx = f, .read = io_read, .read_pages = io_read_pages, .stamp = io_stamp};
}
