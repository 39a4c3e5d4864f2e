/* Prints what IDNA makes of each code point in a host name (idna_table.h), by asking
 * libidn2, and ICU for what NFC may change. Run at build time. */
#include <idn2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>

#include "lib/base/utf8.h"
#include "lib/record/idna_table.h"

enum { N = 0x110000, BLOCK = 1 << RF_IDNA_BITS, BLOCKS = N / BLOCK, BESIDE = 0x4e00 };

static uint32_t table[N], several[1 << 16], n_several = 1;

/* The rules of RFC 5892, appendix A, look at what stands beside these. */
static bool has_context(uint32_t c)
{
    return c == 0xb7 || c == 0x375 || c == 0x5f3 || c == 0x5f4 || c == 0x200c ||
           c == 0x200d || c == 0x30fb || (c >= 0x660 && c <= 0x669) ||
           (c >= 0x6f0 && c <= 0x6f9);
}

/* What becomes of code points c[0, n), in memory to be freed; NULL if they are refused.
 */
static uint32_t *ask(const uint32_t *c, int n)
{
    char utf8[4 * RF_UTF8_MAX + 1], *ascii;
    uint32_t *out = NULL;
    size_t len = 0;
    for (int i = 0; i < n; i++)
        len += rf_utf8_encode(c[i], utf8 + len);
    utf8[len] = 0;
    if (idn2_lookup_u8((uint8_t *)utf8, (uint8_t **)&ascii,
                       IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
        return NULL;
    if (idn2_to_unicode_8z4z(ascii, &out, 0) != IDN2_OK) {
        fprintf(stderr, "gen_idna: what is made of U+%04X cannot be read\n", c[n / 2]);
        exit(1);
    }
    idn2_free(ascii);
    return out;
}

static uint32_t word_of(uint32_t c, const uint32_t *to, size_t n)
{
    if (n == 1 && to[0] == c)
        return RF_IDNA_SAME;
    uint32_t at = n_several;
    if (n_several + n + 1 > sizeof several / sizeof *several) {
        fprintf(stderr, "gen_idna: table too small\n");
        exit(1);
    }
    several[n_several++] = (uint32_t)n;
    for (size_t i = 0; i < n; i++)
        several[n_several++] = to[i];
    return (uint32_t)RF_IDNA_MAPPED << RF_IDNA_KIND_SHIFT | at;
}

static size_t length(const uint32_t *s)
{
    size_t n = 0;
    while (s[n])
        n++;
    return n;
}

/* Between two Han letters, or alone where those are in the way (right to left). */
static uint32_t fold_of(uint32_t c)
{
    const uint32_t between[] = {BESIDE, c, BESIDE};
    uint32_t *to = ask(between, 3), *alone = ask(&c, 1);
    uint32_t word =
        has_context(c) ? RF_IDNA_SAME : (uint32_t)RF_IDNA_FORBIDDEN << RF_IDNA_KIND_SHIFT;
    if (to && length(to) >= 2)
        word = word_of(c, to + 1, length(to) - 2);
    else if (alone)
        word = word_of(c, alone, length(alone)) | RF_IDNA_ASK;
    if (has_context(c))
        word |= RF_IDNA_ASK;
    if (!alone)
        word |= RF_IDNA_NOT_FIRST;
    if (u_getIntPropertyValue((UChar32)c, UCHAR_NFC_QUICK_CHECK) != UNORM_YES)
        word |= RF_IDNA_NOT_NFC;
    idn2_free(to);
    idn2_free(alone);
    return word;
}

static void print_words(const char *type, const char *name, const uint32_t *w, uint32_t n)
{
    printf("static const %s %s[] = {", type, name);
    for (uint32_t i = 0; i < n; i++)
        printf("%s0x%x,", i % 12 == 0 ? "\n" : "", w[i]);
    printf("};\n");
}

int main(void)
{
    static uint32_t index[BLOCKS], block[N];
    uint32_t n = 0;
    for (uint32_t c = 0; c < N; c++)
        table[c] = c == 0 || u_charType((UChar32)c) == U_UNASSIGNED ||
                           (c >= 0xd800 && c < 0xf900)
                       ? (uint32_t)RF_IDNA_FORBIDDEN << RF_IDNA_KIND_SHIFT
                       : fold_of(c);
    for (uint32_t b = 0; b < BLOCKS; b++) {
        uint32_t k = 0;
        while (k < n &&
               memcmp(block + k * BLOCK, table + b * BLOCK, sizeof *table * BLOCK))
            k++;
        if (k == n)
            memcpy(block + n++ * BLOCK, table + b * BLOCK, sizeof *table * BLOCK);
        index[b] = k;
    }
    print_words("uint16_t", "idna_index", index, BLOCKS);
    print_words("uint32_t", "idna_block", block, n * BLOCK);
    print_words("uint32_t", "idna_several", several, n_several);
    return 0;
}
