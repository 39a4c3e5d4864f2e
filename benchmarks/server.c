#include "benchmarks/server.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "benchmarks/stream.h"
#include "benchmarks/table.h"

extern char **environ;

/* ---- files ---- */

static void write_file(const char *name, struct rf_str bytes)
{
    char temporary[160];
    snprintf(temporary, sizeof temporary, "%s.new", name);
    FILE *f = fopen(temporary, "wb");
    if (!f || fwrite(bytes.p, 1, bytes.n, f) != bytes.n || fclose(f) != 0 ||
        rename(temporary, name) != 0) {
        perror(name);
        exit(1);
    }
}

void server_write_rules(const struct server *s, const struct rules *rules)
{
    for (size_t i = 0; i < rules->nfiles; i++) {
        char name[128];
        snprintf(name, sizeof name, "%s/rules/f%zu.yaml", s->folder, i);
        write_file(name, rules->files[i]);
    }
}

static void remove_folder(const char *path)
{
    DIR *d = opendir(path);
    for (struct dirent *e; d && (e = readdir(d));) {
        char name[400];
        struct stat st;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        snprintf(name, sizeof name, "%s/%s", path, e->d_name);
        if (lstat(name, &st) == 0 && S_ISDIR(st.st_mode))
            remove_folder(name);
        else
            unlink(name);
    }
    if (d)
        closedir(d);
    rmdir(path);
}

static void make_folder(struct server *s)
{
    static const char *const below[] = {"rules", "state"};
    snprintf(s->folder, sizeof s->folder, "/tmp/ringfence-bench.XXXXXX");
    if (!mkdtemp(s->folder)) {
        perror(s->folder);
        exit(1);
    }
    for (size_t i = 0; i < 2; i++) {
        char name[96];
        snprintf(name, sizeof name, "%s/%s", s->folder, below[i]);
        mkdir(name, 0700);
    }
    snprintf(s->socket, sizeof s->socket, "%s/feed.sock", s->folder);
    snprintf(s->control, sizeof s->control, "%s/control.sock", s->folder);
}

/* ---- ringfenced ---- */

/* A port of loopback that is free now. */
static unsigned short free_port(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, n) != 0 ||
        getsockname(fd, (struct sockaddr *)&a, &n) != 0)
        abort();
    close(fd);
    return ntohs(a.sin_port);
}

static void write_config(const struct server *s, const char *more)
{
    char name[128];
    struct rf_buf b;
    rf_buf_init(&b);
    rf_buf_printf(&b,
                  "feed: {listen: [\"unix:%s\", \"tcp://127.0.0.1:%u\"], workers: 1, "
                  "early: 3650d, late: 3650d}\n"
                  "rules: [%s/rules]\nops: {control: %s}\nstate_dir: %s/state\n%s",
                  s->socket, s->port, s->folder, s->control, s->folder, more);
    snprintf(name, sizeof name, "%s/config.yaml", s->folder);
    write_file(name, rf_buf_str(&b));
    rf_buf_fini(&b);
}

/* Run a program with its messages in the folder's log. */
static pid_t spawn(const struct server *s, char *const argv[])
{
    char log[96];
    pid_t pid;
    posix_spawn_file_actions_t actions;
    snprintf(log, sizeof log, "%s/log", s->folder);
    posix_spawn_file_actions_init(&actions);
    for (int fd = 1; fd <= 2; fd++)
        posix_spawn_file_actions_addopen(&actions, fd, log, O_WRONLY | O_CREAT | O_APPEND,
                                         0600);
    int rc = posix_spawn(&pid, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return rc == 0 ? pid : -1;
}

static bool comes_up(const struct server *s)
{
    for (int tries = 0; tries < 600; tries++) {
        int fd = stream_connect(s, false);
        if (fd >= 0) {
            close(fd);
            return true;
        }
        if (waitpid(s->pid, NULL, WNOHANG) == s->pid)
            return false;
        usleep(50000);
    }
    return false;
}

bool server_start(struct server *s, const char *program, const struct rules *rules)
{
    return server_start_with(s, program, rules, "");
}

bool server_start_with(struct server *s, const char *program, const struct rules *rules,
                       const char *more)
{
    char config[96], log[96];
    const char *slash = strrchr(program, '/');
    *s = (struct server){.port = free_port()};
    make_folder(s);
    snprintf(s->program, sizeof s->program, "%s", program);
    snprintf(s->tool, sizeof s->tool, "%.*sringfence",
             slash ? (int)(slash + 1 - program) : 0, program);
    server_write_rules(s, rules);
    write_config(s, more);
    snprintf(config, sizeof config, "%s/config.yaml", s->folder);
    snprintf(log, sizeof log, "%s/log", s->folder);
    s->pid = spawn(s, (char *[]){s->program, (char *)"-c", config, NULL});
    if (s->pid > 0 && comes_up(s))
        return true;
    table_say("%s did not come up", program);
    remove_folder(s->folder);
    return false;
}

bool server_reload(const struct server *s)
{
    int status = 1;
    char *const argv[] = {(char *)s->tool, (char *)"reload", (char *)"-s",
                          (char *)s->control, NULL};
    pid_t pid = spawn(s, argv);
    return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0;
}

void server_stop(struct server *s)
{
    kill(s->pid, SIGTERM);
    waitpid(s->pid, NULL, 0);
    remove_folder(s->folder);
}

/* ---- what it costs ---- */

uint64_t server_cpu_ns(const struct server *s)
{
    return server_thread_ns(s, "");
}

static bool is_named(const struct server *s, const char *task, const char *name)
{
    char path[400], comm[32] = "";
    snprintf(path, sizeof path, "/proc/%d/task/%s/comm", (int)s->pid, task);
    FILE *f = fopen(path, "r");
    bool good =
        f && fgets(comm, sizeof comm, f) && strncmp(comm, name, strlen(name)) == 0;
    if (f)
        fclose(f);
    return good;
}

uint64_t server_thread_ns(const struct server *s, const char *thread)
{
    char name[400];
    uint64_t sum = 0;
    snprintf(name, sizeof name, "/proc/%d/task", (int)s->pid);
    DIR *d = opendir(name);
    for (struct dirent *e; d && (e = readdir(d));) {
        unsigned long long ns = 0;
        if (thread[0] && !is_named(s, e->d_name, thread))
            continue;
        snprintf(name, sizeof name, "/proc/%d/task/%s/schedstat", (int)s->pid, e->d_name);
        FILE *f = e->d_name[0] == '.' ? NULL : fopen(name, "r");
        if (f && fscanf(f, "%llu", &ns) == 1)
            sum += ns;
        if (f)
            fclose(f);
    }
    if (d)
        closedir(d);
    return sum;
}

/* All processors, but for the first where there are more. */
static cpu_set_t processors(bool without_first)
{
    cpu_set_t set;
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    CPU_ZERO(&set);
    for (long i = without_first && n > 1 ? 1 : 0; i < n; i++)
        CPU_SET((int)i, &set);
    return set;
}

void server_keep_first_free(bool free)
{
    cpu_set_t set = processors(free);
    sched_setaffinity(0, sizeof set, &set);
}

void server_pin_first(const struct server *s, const char *thread)
{
    char name[64];
    cpu_set_t first;
    CPU_ZERO(&first);
    CPU_SET(0, &first);
    snprintf(name, sizeof name, "/proc/%d/task", (int)s->pid);
    DIR *d = opendir(name);
    for (struct dirent *e; d && (e = readdir(d));)
        if (e->d_name[0] != '.' && is_named(s, e->d_name, thread))
            sched_setaffinity(atoi(e->d_name), sizeof first, &first);
    if (d)
        closedir(d);
}

size_t server_rss_kib(const struct server *s)
{
    char name[64];
    size_t pages = 0;
    snprintf(name, sizeof name, "/proc/%d/statm", (int)s->pid);
    FILE *f = fopen(name, "r");
    if (f && fscanf(f, "%*u %zu", &pages) != 1)
        pages = 0;
    if (f)
        fclose(f);
    return pages * (size_t)sysconf(_SC_PAGESIZE) / 1024;
}

/* ---- echo ---- */

static void echo(int fd)
{
    static const char reply[] = "{\"id\":\"m-00000\",\"verdict\":\"allow\",\"gen\":1}\n";
    static char in[1 << 17];
    struct rf_buf out;
    ssize_t n;
    rf_buf_init(&out);
    while ((n = read(fd, in, sizeof in)) > 0) {
        out.n = 0;
        for (ssize_t i = 0; i < n; i++)
            if (in[i] == '\n')
                rf_buf_add(&out, reply, sizeof reply - 1);
        for (size_t at = 0; at < out.n;) {
            ssize_t w = write(fd, out.p + at, out.n - at);
            if (w <= 0)
                return;
            at += (size_t)w;
        }
    }
    rf_buf_fini(&out);
}

void server_start_echo(struct server *s)
{
    *s = (struct server){0};
    make_folder(s);
    int listener = stream_listen(s);
    s->pid = fork();
    if (s->pid == 0) {
        signal(SIGPIPE, SIG_IGN);
        for (int fd; (fd = accept(listener, NULL, NULL)) >= 0; close(fd))
            echo(fd);
        _exit(0);
    }
    close(listener);
}
