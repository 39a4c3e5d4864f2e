/* ringfence send: streams a file of records into a daemon, as fast as it takes them, and
 * prints the replies or a summary. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon/cli/cli.h"
#include "daemon/cli/dial.h"

static const struct option longs[] = {
    {"address", required_argument, NULL, 'a'},
    {"config", required_argument, NULL, 'c'},
    {"summary", no_argument, NULL, 's'},
    {"json", no_argument, NULL, 'j'},
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

#define CHUNK (256 * 1024)

struct sending {
    int in, sock;
    bool summary, bar;
    bool in_ended;
    uint64_t sent, all; /* bytes of the file; all 0: not known */
    char out[CHUNK];    /* read, not yet written: [out_at, out_n) */
    size_t out_at, out_n;
    struct rf_buf replies; /* an incomplete line is kept */
    uint64_t allow, warn, block, errors, others;
    double drawn_at;
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* One line on the terminal, drawn anew ten times a second. */
static void draw(struct sending *s, bool last)
{
    enum { WIDTH = 40 };
    if (!s->bar || (!last && now() - s->drawn_at < 0.1))
        return;
    s->drawn_at = now();
    uint64_t n = s->allow + s->warn + s->block;
    fputc('\r', stderr);
    if (s->all) {
        int full = (int)((double)s->sent / (double)s->all * WIDTH);
        fputc('[', stderr);
        for (int i = 0; i < WIDTH; i++)
            fputc(i < full ? '#' : '.', stderr);
        fprintf(stderr, "] %3.0f %% ", (double)s->sent / (double)s->all * 100);
    }
    fprintf(stderr, "%llu records, %llu blocked, %llu warned\033[K%s",
            (unsigned long long)n, (unsigned long long)s->block,
            (unsigned long long)s->warn, last ? "\n" : "");
    fflush(stderr);
}

static void count(struct sending *s, struct rf_str line)
{
    static const char key[] = "\"verdict\":\"";
    const char *v = memmem(line.p, line.n, key, sizeof key - 1);
    if (!v) {
        s->others++;
        return;
    }
    switch (v[sizeof key - 1]) {
    case 'a':
        s->allow++;
        break;
    case 'w':
        s->warn++;
        break;
    default:
        s->block++;
    }
    s->errors += memmem(line.p, line.n, ",\"error\":{", 10) != NULL;
}

static void take_replies(struct sending *s)
{
    size_t begin = 0;
    for (char *end; (end = memchr(s->replies.p + begin, '\n', s->replies.n - begin));) {
        size_t n = (size_t)(end - s->replies.p) - begin;
        count(s, rf_str(s->replies.p + begin, n));
        begin += n + 1;
    }
    if (!s->summary && begin) {
        fwrite(s->replies.p, 1, begin, stdout);
        fflush(stdout);
    }
    memmove(s->replies.p, s->replies.p + begin, s->replies.n - begin);
    s->replies.n -= begin;
}

/* Fills the empty output chunk from the file; false when reading failed. */
static bool fill(struct sending *s)
{
    ssize_t n = read(s->in, s->out, sizeof s->out);
    if (n < 0 && errno != EINTR)
        return false;
    s->out_at = 0;
    s->out_n = n > 0 ? (size_t)n : 0;
    if (n == 0) {
        s->in_ended = true;
        shutdown(s->sock, SHUT_WR);
    }
    return true;
}

/* One turn of writing and reading. 1: go on; 0: the daemon has closed; -1: an error. */
static int turn(struct sending *s)
{
    bool empty = s->out_at == s->out_n;
    struct pollfd p[] = {
        {.fd = s->sock, .events = empty ? POLLIN : POLLIN | POLLOUT},
        {.fd = empty && !s->in_ended ? s->in : -1, .events = POLLIN},
    };
    if (poll(p, 2, -1) < 0)
        return errno == EINTR ? 1 : -1;
    if (p[1].revents && !fill(s))
        return -1;
    if (p[0].revents & POLLOUT) {
        ssize_t n = send(s->sock, s->out + s->out_at, s->out_n - s->out_at, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return -1;
        s->out_at += n > 0 ? (size_t)n : 0;
        s->sent += n > 0 ? (size_t)n : 0;
    }
    if (p[0].revents & (POLLIN | POLLHUP | POLLERR)) {
        ssize_t n = read(s->sock, rf_buf_reserve(&s->replies, CHUNK), CHUNK);
        if (n <= 0)
            return n == 0 ? 0 : errno == EAGAIN || errno == EINTR ? 1 : -1;
        s->replies.n += (size_t)n;
        take_replies(s);
    }
    draw(s, false);
    return 1;
}

static void summarize(const struct sending *s, bool json)
{
    unsigned long long allow = s->allow, warn = s->warn, block = s->block,
                       errors = s->errors;
    if (json)
        printf("{\"records\":%llu,\"allow\":%llu,\"warn\":%llu,\"block\":%llu,"
               "\"errors\":%llu}\n",
               allow + warn + block, allow, warn, block, errors);
    else
        printf(
            "%llu records: %llu allowed, %llu warned, %llu blocked, %llu with errors\n",
            allow + warn + block, allow, warn, block, errors);
}

static int stream(struct sending *s, bool json)
{
    int rc;
    fcntl(s->sock, F_SETFL, fcntl(s->sock, F_GETFL) | O_NONBLOCK);
    while ((rc = turn(s)) > 0)
        ;
    int error = errno;
    draw(s, true);
    if (s->summary)
        summarize(s, json);
    if (rc == 0 && s->in_ended)
        return EX_OK;
    cli_error(rc == 0 ? "the daemon closed the connection" : "sending: %s",
              strerror(error));
    return EX_IOERR;
}

/* -a, else the first listener of the configuration. EX_OK and *fd, or the exit status. */
static int connect_feed(const char *address, const char *config_path, int *fd)
{
    struct config config;
    struct rf_report *report = rf_report_new();
    const char *why = "";
    int rc = EX_CONFIG;
    if (address)
        config_default(&config);
    else if (config_load(&config, cli_config_path(config_path), report) == 0 &&
             config.listen.n)
        address = config.listen.v[0].p;
    cli_show_report(report, stderr);
    if (address) {
        *fd = dial(address, &why);
        rc = *fd < 0 ? EX_UNAVAILABLE : EX_OK;
        if (rc != EX_OK)
            cli_error("%s: %s", address, why);
    }
    rf_report_free(report);
    config_fini(&config);
    return rc;
}

static int open_input(const char *path)
{
    int fd =
        !path || strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        cli_error("%s: %s", path, strerror(errno));
    return fd;
}

int cmd_send(int argc, char **argv)
{
    static struct sending s; /* large */
    const char *address = NULL, *config_path = NULL;
    bool json = false, quiet = false;
    for (int c; (c = cli_getopt(argc, argv, "a:c:qh", longs)) != -1;) {
        if (c == 'a')
            address = optarg;
        else if (c == 'c')
            config_path = optarg;
        s.summary = s.summary || c == 's' || c == 'j';
        json = json || c == 'j';
        quiet = quiet || c == 'q';
    }
    if (argc - optind > 1)
        return cli_usage("send takes one file of records");
    if (address && !dial_is_address(address))
        return cli_usage("%s: an address is unix:PATH or tcp://HOST:PORT", address);
    s.in = open_input(optind < argc ? argv[optind] : NULL);
    if (s.in < 0)
        return EX_NOINPUT;
    int rc = connect_feed(address, config_path, &s.sock);
    if (rc != EX_OK)
        return rc;
    struct stat st;
    if (fstat(s.in, &st) == 0 && S_ISREG(st.st_mode))
        s.all = (uint64_t)st.st_size;
    s.bar = !quiet && isatty(STDERR_FILENO) && (s.summary || !isatty(STDOUT_FILENO));
    rc = stream(&s, json);
    rf_buf_fini(&s.replies);
    close(s.sock);
    return rc;
}
