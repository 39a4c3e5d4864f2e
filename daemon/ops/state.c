#include "daemon/ops/state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/clock.h"
#include "daemon/files.h"
#include "daemon/ref.h"

static bool path_of(const struct state *s, const char *name, char out[4200])
{
    return snprintf(out, 4200, "%s/%s", s->dir, name) < 4200;
}

static int take_lock(struct state *s, const char **why)
{
    char path[4200];
    path_of(s, "lock", path);
    s->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (s->lock < 0) {
        *why = strerror(errno);
        return RF_ERR_IO;
    }
    if (flock(s->lock, LOCK_EX | LOCK_NB) == 0)
        return RF_OK;
    *why = errno == EWOULDBLOCK ? "another daemon uses it" : strerror(errno);
    return errno == EWOULDBLOCK ? RF_ERR_LIMIT : RF_ERR_IO;
}

/* Read a small file into text with a NUL; an absent one is empty. */
static int read_small(const struct state *s, const char *name, char *text, size_t cap,
                      const char **why)
{
    char path[4200];
    struct rf_buf b;
    rf_buf_init(&b);
    path_of(s, name, path);
    int rc = files_read(path, cap - 1, &b, why);
    if (rc == RF_ERR_NOENT)
        rc = RF_OK;
    if (rc == RF_OK && b.n)
        memcpy(text, b.p, b.n);
    text[rc == RF_OK ? b.n : 0] = 0;
    rf_buf_fini(&b);
    return rc;
}

static int write_small(const struct state *s, const char *name, const char *text)
{
    char path[4200];
    path_of(s, name, path);
    return files_replace(path, rf_str_of(text));
}

int state_keep_key(const struct state *s, const struct rf_hash_key *key)
{
    char text[64];
    snprintf(text, sizeof text, "%016" PRIx64 "%016" PRIx64 "\n", key->k0, key->k1);
    return write_small(s, "key", text);
}

static int read_key(struct state *s, const char **why)
{
    char text[64];
    int rc = read_small(s, "key", text, sizeof text, why);
    if (rc != RF_OK)
        return rc;
    if (sscanf(text, "%16" SCNx64 "%16" SCNx64, &s->key.k0, &s->key.k1) == 2)
        return RF_OK;
    if (text[0]) {
        *why = "the file `key` in it is damaged";
        return RF_ERR_IO;
    }
    uint64_t random[2];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        abort();
    s->key = (struct rf_hash_key){random[0], random[1]};
    if (state_keep_key(s, &s->key) == RF_OK)
        return RF_OK;
    *why = strerror(errno);
    return RF_ERR_IO;
}

static int read_daemon(struct state *s, const char **why)
{
    char text[64];
    struct ref_source refs;
    int rc = read_small(s, "daemon", text, sizeof text, why);
    if (rc != RF_OK)
        return rc;
    if (text[0]) {
        if (sscanf(text, "%26[0-9A-Z]", s->daemon) == 1 && strlen(s->daemon) == REF_BYTES)
            return RF_OK;
        *why = "the file `daemon` in it is damaged";
        return RF_ERR_IO;
    }
    ref_source_init(&refs);
    ref_next(&refs, clock_wall_ms(), s->daemon);
    snprintf(text, sizeof text, "%.26s\n", s->daemon);
    if (write_small(s, "daemon", text) == RF_OK)
        return RF_OK;
    *why = strerror(errno);
    return RF_ERR_IO;
}

static int read_generation(struct state *s, const char **why)
{
    char text[128];
    int rc = read_small(s, "generation", text, sizeof text, why);
    if (rc != RF_OK || !text[0])
        return rc;
    if (sscanf(text, "%" SCNu64 " %32s", &s->gen, s->ruleset) == 2)
        return RF_OK;
    *why = "the file `generation` in it is damaged";
    return RF_ERR_IO;
}

int state_open(struct state *s, const char *dir, const char **why)
{
    *s = (struct state){.lock = -1};
    if (snprintf(s->dir, sizeof s->dir, "%s", dir) >= (int)sizeof s->dir) {
        *why = strerror(ENAMETOOLONG);
        return RF_ERR_IO;
    }
    if (mkdir(dir, 0750) != 0 && errno != EEXIST) {
        *why = strerror(errno);
        return RF_ERR_IO;
    }
    int rc = take_lock(s, why);
    if (rc == RF_OK)
        rc = read_key(s, why);
    if (rc == RF_OK)
        rc = read_daemon(s, why);
    if (rc == RF_OK)
        rc = read_generation(s, why);
    if (rc != RF_OK)
        state_close(s);
    return rc;
}

void state_close(struct state *s)
{
    if (s->lock >= 0)
        close(s->lock);
    s->lock = -1;
}

int state_ruleset(struct state *s, const char *hash)
{
    char text[128];
    if (s->gen && strcmp(s->ruleset, hash) == 0)
        return RF_OK;
    s->gen++;
    snprintf(s->ruleset, sizeof s->ruleset, "%s", hash);
    snprintf(text, sizeof text, "%" PRIu64 " %s\n", s->gen, s->ruleset);
    return write_small(s, "generation", text);
}
