/* Opening the totals: lock, check, set aside, make anew. Cold. */
#include "daemon/ops/totals_file.h"

#include "daemon/clock.h"
#include "daemon/ref.h"
#include "lib/base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static const char magic[8] = "RFTOTALS";

enum { VERSION = 1, ORDER = 0x01020304, SET_ASIDE_MAX = 9 };

_Static_assert(sizeof(((struct totals_file *)0)->header) == 4096, "page aligned");
_Static_assert(TOTALS_ID_BYTES == REF_BYTES, "an id is made like a reference");
_Static_assert(offsetof(struct totals_file, row) % 4096 == 0, "page aligned");

static uint64_t header_checksum(const struct totals_file *f)
{
    return rf_hash_fnv(&f->header, offsetof(struct totals_file, header.checksum));
}

static bool has_id(const struct totals_file *f)
{
    for (size_t i = 0; i < sizeof f->header.id; i++)
        if (!strchr("0123456789ABCDEFGHJKMNPQRSTVWXYZ", f->header.id[i]) ||
            !f->header.id[i])
            return false;
    return true;
}

static void write_id(struct totals_file *f)
{
    struct ref_source source;
    ref_source_init(&source);
    ref_next(&source, clock_wall_ms(), f->header.id);
}

static void write_header(struct totals_file *f)
{
    memcpy(f->header.magic, magic, sizeof magic);
    f->header.version = VERSION;
    f->header.order = ORDER;
    f->header.fields = TOTALS_FIELDS;
    f->header.rows = TOTALS_ROWS;
    f->header.name_bytes = TOTALS_NAME_MAX;
    f->header.checksum = header_checksum(f);
    write_id(f);
    memcpy(f->name[0].text, "other", 5); /* what finds no slot of its own */
    f->name[0].bytes = 5;
    f->name[0].state = 1;
}

int64_t totals_hour_number(uint32_t hour)
{
    int64_t y = hour / 1000000, m = hour / 10000 % 100, d = hour / 100 % 100,
            h = hour % 100;
    if (y < 1970 || m < 1 || m > 12 || d < 1 || d > 31 || h > 23)
        return -1;
    y -= m <= 2; /* years from March: the leap day comes last */
    int64_t of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return (365 * y + y / 4 - y / 100 + y / 400 + of_year) * 24 + h;
}

static const char *check_header(const struct totals_file *f)
{
    if (memcmp(f->header.magic, magic, sizeof magic) != 0)
        return "it is not a totals file";
    if (f->header.checksum != header_checksum(f))
        return "its header is damaged";
    if (f->header.version != VERSION || f->header.order != ORDER ||
        f->header.fields != TOTALS_FIELDS || f->header.rows != TOTALS_ROWS ||
        f->header.name_bytes != TOTALS_NAME_MAX)
        return "it was written by another version or kind of machine";
    return NULL;
}

static bool name_ok(const struct totals_name *n)
{
    if (n->state != 1 || n->bytes < 1 || n->bytes > TOTALS_NAME_MAX)
        return n->state == 0;
    for (uint32_t i = 0; i < n->bytes; i++)
        if ((unsigned char)n->text[i] < ' ' || n->text[i] == 0x7f)
            return false;
    return true;
}

/* NULL, or why the file cannot be gone on with. */
static const char *check(const struct totals_file *f)
{
    const char *why = check_header(f);
    if (why)
        return why;
    if (f->name[0].state != 1)
        return "its names are damaged";
    for (int i = 0; i < TOTALS_FIELDS; i++)
        if (!name_ok(&f->name[i]))
            return "its names are damaged";
    for (int i = 0; i < TOTALS_ROWS; i++)
        if (f->hour[i] && (totals_hour_number(f->hour[i]) < 0 ||
                           totals_hour_number(f->hour[i]) % TOTALS_ROWS != i))
            return "its hours are damaged";
    return NULL;
}

/* A hole could not be filled on a full disk, and the store into it would kill. */
static int allocate(int fd)
{
    int error = posix_fallocate(fd, 0, sizeof(struct totals_file));
    errno = error;
    return error ? -1 : 0;
}

static int map_fd(struct totals *t, int fd)
{
    void *p =
        mmap(NULL, sizeof(struct totals_file), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED)
        return -1;
    t->file = p;
    return 0;
}

/* Made beside and renamed, so that a totals file is never half made. */
static int create(struct totals *t, const char *path)
{
    char tmp[PATH_MAX];
    snprintf(tmp, sizeof tmp, "%s.new", path);
    unlink(tmp);
    int fd = open(tmp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    int rc = allocate(fd) == 0 && map_fd(t, fd) == 0 ? 0 : -1;
    if (rc == 0) {
        write_header(t->file);
        rc = rename(tmp, path);
    }
    int error = errno;
    close(fd);
    if (rc != 0)
        unlink(tmp);
    errno = error;
    return rc;
}

/* 0: mapped. 1: *why it must be set aside. -1: errno. */
static int map_old(struct totals *t, const char *path, const char **why)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return -1;
    struct stat st;
    int rc = fstat(fd, &st);
    *why = NULL;
    if (rc == 0 && (!S_ISREG(st.st_mode) || st.st_size != sizeof(struct totals_file)))
        *why = "its size is wrong";
    else if (rc == 0)
        rc = allocate(fd) == 0 ? map_fd(t, fd) : -1; /* a copy may have got holes */
    if (rc == 0 && !*why)
        *why = check(t->file);
    if (rc == 0 && !*why && !has_id(t->file)) /* of a version that did not share */
        write_id(t->file);
    close(fd);
    return rc != 0 ? -1 : *why != NULL;
}

static int set_aside(struct totals *t, const char *path, const char *why, char *message,
                     size_t bytes)
{
    char to[PATH_MAX + 32];
    int i = 0;
    do
        snprintf(to, sizeof to, "%s.broken-%d", path, ++i);
    while (i < SET_ASIDE_MAX && access(to, F_OK) == 0);
    if (t->file)
        munmap(t->file, sizeof *t->file);
    t->file = NULL;
    if (rename(path, to) != 0)
        return -1;
    snprintf(message, bytes,
             "%s cannot be used: %s; it is set aside as %s, and totals begin anew", path,
             why, to);
    return 0;
}

static int lock(struct totals *t, char *message, size_t bytes)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/totals.lock", t->dir);
    t->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (t->lock_fd < 0)
        snprintf(message, bytes, "%s: %s", path, strerror(errno));
    else if (flock(t->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return 0;
    else if (errno == EWOULDBLOCK)
        snprintf(message, bytes,
                 "%s is used by another ringfenced: give each its own state_dir", t->dir);
    else
        snprintf(message, bytes, "%s: cannot be locked: %s", path, strerror(errno));
    return -1;
}

int totals_map(struct totals *t, char *message, size_t bytes)
{
    char path[PATH_MAX];
    const char *why = NULL;
    if (lock(t, message, bytes) != 0)
        return -1;
    snprintf(path, sizeof path, "%s/totals", t->dir);
    int rc = map_old(t, path, &why);
    if (rc < 0 && errno == ENOENT)
        rc = create(t, path);
    else if (rc > 0)
        rc = set_aside(t, path, why, message, bytes) == 0 ? create(t, path) : -1;
    if (rc < 0)
        snprintf(message, bytes, "%s: %s%s", path, strerror(errno),
                 errno == ENOSPC ? " (32 MiB are needed)" : "");
    return rc;
}
