/* For gen_fold.c: what it found of each code point, printed as C tables (prop.h). */
#ifndef RF_TEXT_GEN_FOLD_PRINT_H
#define RF_TEXT_GEN_FOLD_PRINT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text/prop.h"

enum { N = 0x110000, BLOCK = 1 << RF_TABLE_BITS, BLOCKS = N / BLOCK };

static void print_words(const char *type, const char *name, const uint32_t *w, uint32_t n)
{
    printf("const %s rf_text_%s[] = {", type, name);
    for (uint32_t i = 0; i < n; i++)
        printf("%s0x%x,", i % 12 == 0 ? "\n" : "", w[i]);
    printf("};\n");
}

static void print_table(const char *name, const uint32_t *t)
{
    static uint32_t index[BLOCKS], block[N];
    uint32_t n = 0;
    for (uint32_t b = 0; b < BLOCKS; b++) {
        uint32_t k = 0;
        while (k < n && memcmp(block + k * BLOCK, t + b * BLOCK, BLOCK * sizeof *t))
            k++;
        if (k == n)
            memcpy(block + n++ * BLOCK, t + b * BLOCK, BLOCK * sizeof *t);
        index[b] = k;
    }
    char full[64];
    snprintf(full, sizeof full, "%s_index", name);
    print_words("uint16_t", full, index, BLOCKS);
    snprintf(full, sizeof full, "%s_block", name);
    print_words("uint32_t", full, block, n * BLOCK);
}

static void print_bytes(const char *name, const unsigned char *v, size_t n)
{
    printf("const unsigned char rf_text_%s[%zu] = {", name, n);
    for (size_t i = 0; i < n; i++)
        printf("%d,", v[i]);
    printf("};\n");
}

/* Which ideographs stay themselves. */
static void print_han(const uint32_t *fold)
{
    static uint32_t words[(RF_HAN_END - RF_HAN_FIRST) / 32];
    for (uint32_t c = RF_HAN_FIRST; c < RF_HAN_END; c++) {
        uint32_t i = c - RF_HAN_FIRST;
        words[i / 32] |= (uint32_t)((fold[c] & RF_FOLD_PAYLOAD) == 0) << i % 32;
    }
    print_words("uint32_t", "han_same", words, sizeof words / sizeof *words);
}

/* ---- what is woven 64 bytes at once ---- */

/* A byte, and what the views keep, of each character of ASCII. */
static void print_ascii(const uint32_t *fold)
{
    static unsigned char to[128], kept[128];
    for (uint32_t c = 0; c < 128; c++) {
        uint32_t payload = fold[c] & RF_FOLD_PAYLOAD;
        if (fold[c] >> RF_FOLD_KIND_SHIFT == RF_TO_NONE)
            continue;
        to[c] = (unsigned char)(payload ? payload : c);
        kept[c] =
            (unsigned char)(RF_ASCII_IN_TEXT | (to[c] == ' ' ? RF_ASCII_SPACE : 0) |
                            (fold[c] & RF_FOLD_IN_COMPACT ? RF_ASCII_IN_COMPACT : 0) |
                            (fold[c] & RF_FOLD_IN_SHAPE ? RF_ASCII_IN_SHAPE : 0));
    }
    print_bytes("ascii_to", to, sizeof to);
    print_bytes("ascii_kept", kept, sizeof kept);
}

static void add_wide(unsigned char wide[3][64], int rule, uint32_t c)
{
    wide[0][(0xe0 | c >> 12) & 63] |= (unsigned char)rule;
    wide[1][c >> 6 & 63] |= (unsigned char)rule;
    wide[2][c & 63] |= (unsigned char)rule;
}

/* Of characters of three bytes, what each byte may be a part of. */
static void print_wide(const uint32_t *fold, const uint32_t *several)
{
    static unsigned char wide[3][64];
    for (uint32_t c = 0x5000; c < RF_HAN_END; c++)
        add_wide(wide, RF_WIDE_HAN, c);
    for (uint32_t c = 0x4e00; c < 0x5000; c++)
        add_wide(wide, RF_WIDE_HAN_FIRST, c);
    for (uint32_t i = 0; i < 64; i++) {
        if (fold[RF_PLAIN_FIRST + i] == 0)
            add_wide(wide, RF_WIDE_PLAIN_FIRST, RF_PLAIN_FIRST + i);
        if (fold[RF_PLAIN_SECOND + i] == 0)
            add_wide(wide, RF_WIDE_PLAIN_SECOND, RF_PLAIN_SECOND + i);
    }
    for (uint32_t c = 0xff01; c <= 0xff3f; c++)
        add_wide(wide, RF_WIDE_NARROW, c);
    for (uint32_t c = 0xff40; c <= 0xff5e; c++)
        add_wide(wide, RF_WIDE_NARROW_HIGH, c);
    const uint32_t *dots = several + (fold[0x2026] & RF_FOLD_PAYLOAD);
    if (dots[0] != 3 || dots[1] != '.' || dots[2] != '.' || dots[3] != '.')
        abort(); /* weave_avx512.c writes that */
    add_wide(wide, RF_WIDE_DOTS, 0x2026);
    print_bytes("wide_first", wide[0], 64);
    print_bytes("wide_second", wide[1], 64);
    print_bytes("wide_third", wide[2], 64);
}

static void print_latin(const uint32_t *fold)
{
    static unsigned char latin[192];
    for (uint32_t i = 0; i < sizeof latin; i++) {
        uint32_t word = fold[0xc0 + i], acts = RF_FOLD_BACK | RF_FOLD_LOOKS;
        uint32_t to = word & RF_FOLD_PAYLOAD;
        if (word >> RF_FOLD_KIND_SHIFT == RF_TO_ONE && !(word & acts) && to < 0x80)
            latin[i] = (unsigned char)to;
    }
    print_bytes("latin", latin, sizeof latin);
}

#endif
