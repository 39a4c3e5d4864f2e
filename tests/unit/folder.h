/* A folder of the test program's own: dir, made before the tests and removed behind them
 * with all that is in it. In memory where there is some: on a disk that is busy fsync
 * would be most of the time. */
#ifndef TESTS_FOLDER_H
#define TESTS_FOLDER_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FOLDER_PATH 64 /* bytes of its path, with room for the NUL */

static char dir[FOLDER_PATH];

static inline int folder_make(char path[FOLDER_PATH])
{
    bool memory = access("/dev/shm", W_OK) == 0;
    snprintf(path, FOLDER_PATH, "%s/rf-test-XXXXXX", memory ? "/dev/shm" : "/tmp");
    return mkdtemp(path) ? 0 : -1;
}

static inline int folder_remove(const char *path)
{
    char command[FOLDER_PATH + 16];
    snprintf(command, sizeof command, "rm -rf '%.63s'", path);
    return system(command);
}

/* For cmocka. */
static inline int make_dir(void **state)
{
    (void)state;
    return folder_make(dir);
}

static inline int remove_dir(void **state)
{
    (void)state;
    return folder_remove(dir);
}

#endif
