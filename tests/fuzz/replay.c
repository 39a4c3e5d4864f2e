/* Runs a fuzz target over its committed seeds: one program per target. Where libFuzzer is
 * linked instead, this file is not. Seeds lie in tests/fuzz/seeds/<target>/. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static int replay(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return -1;
    fseek(f, 0, SEEK_END);
    long n = ftell(f);
    rewind(f);
    uint8_t *data = malloc(n > 0 ? (size_t)n : 1);
    size_t got = fread(data, 1, (size_t)n, f);
    fclose(f);
    LLVMFuzzerTestOneInput(data, got);
    free(data);
    return 0;
}

int main(int argc, char **argv)
{
    (void)argc;
    const char *base = strrchr(argv[0], '/');
    base = base ? base + 1 : argv[0];
    char dir[512], path[1024];
    size_t len = strlen(base) - strlen("_replay") - strlen("fuzz_");
    snprintf(dir, sizeof dir, "tests/fuzz/seeds/%.*s", (int)len, base + strlen("fuzz_"));
    DIR *d = opendir(dir);
    if (!d) {
        fprintf(stderr, "no seeds in %s\n", dir);
        return 1;
    }
    int n = 0;
    for (struct dirent *e; (e = readdir(d));) {
        if (e->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        n += replay(path) == 0;
    }
    closedir(d);
    printf("%d seeds replayed\n", n);
    return n > 0 ? 0 : 1;
}
