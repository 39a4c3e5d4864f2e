/* Ledgers on disk: whatever the bytes of the file, reading them stays inside, and what
 * was read comes back the same when it is written and read again. The input is the file;
 * where its first byte is '!' the checksums of all lines are made right. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/store/ledger_inner.h"
#include "lib/base/hash.h"
#include "lib/base/mem.h"

#define SUM 16
#define MAX 50

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void make_right(struct rf_buf *b)
{
    char sum[SUM + 1];
    size_t at = 0;
    for (char *end; at < b->n && (end = memchr(b->p + at, '\n', b->n - at));) {
        size_t bytes = (size_t)(end - b->p) - at;
        if (bytes > SUM + 1 && b->p[at] != 'r') {
            const char *body = b->p + at + SUM + 1;
            snprintf(sum, sizeof sum, "%016" PRIx64, rf_hash_fnv(body, bytes - SUM - 1));
            memcpy(b->p + at, sum, SUM);
            b->p[at + SUM] = ' ';
        }
        at += bytes + 1;
    }
}

static void parse(struct ledger *l, struct rf_buf *bytes)
{
    *l = (struct ledger){.fd = -1};
    ledger_map_init(l, MAX);
    ledger_file_parse(l, bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct rf_buf file, text, again;
    struct ledger first, second;
    bool right = n > 0 && data[0] == '!';
    rf_buf_init(&file);
    rf_buf_init(&text);
    rf_buf_init(&again);
    rf_buf_add(&file, data + right, n - right);
    if (right)
        make_right(&file);
    parse(&first, &file);
    if (first.n > MAX || first.live > first.n)
        abort();
    ledger_file_text(&first, &text);
    file.n = 0;
    rf_buf_adds(&file, rf_buf_str(&text));
    parse(&second, &file);
    ledger_file_text(&second, &again);
    if (!rf_str_eq(rf_buf_str(&text), rf_buf_str(&again)))
        abort();
    ledger_age(&first, 1767225600000);
    ledger_map_fini(&first);
    ledger_map_fini(&second);
    rf_buf_fini(&file);
    rf_buf_fini(&text);
    rf_buf_fini(&again);
    return 0;
}
