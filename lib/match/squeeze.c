#include "lib/match/squeeze.h"

#include "lib/base/cpu.h"

#define D(c) [c] = (c)
#define L(c) [c] = (c), [(c) & ~0x20] = (c)
const unsigned char rf_squeeze_table[256] = {
    D('0'), D('1'), D('2'), D('3'), D('4'), D('5'), D('6'), D('7'), D('8'),
    D('9'), L('a'), L('b'), L('c'), L('d'), L('e'), L('f'), L('g'), L('h'),
    L('i'), L('j'), L('k'), L('l'), L('m'), L('n'), L('o'), L('p'), L('q'),
    L('r'), L('s'), L('t'), L('u'), L('v'), L('w'), L('x'), L('y'), L('z'),
};

size_t rf_squeeze_plain(struct rf_str text, char *out)
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) { /* no branch: what comes next is a guess */
        unsigned char c = rf_squeeze_table[(unsigned char)text.p[i]];
        out[n] = (char)c;
        n += c != 0;
    }
    return n;
}

typedef unsigned char bytes16 __attribute__((vector_size(16)));

#ifdef __x86_64__
__attribute__((target("avx2,bmi2,popcnt"))) static inline size_t squeeze_16(bytes16 v,
                                                                            char *out)
{
    bytes16 letter = (bytes16)((v | 0x20) - 'a' < 26), digit = (bytes16)(v - '0' < 10);
    bytes16 low = v | (letter & 0x20), kept = letter | digit;
    uint64_t eight[2], mask[2];
    memcpy(eight, &low, sizeof low);
    memcpy(mask, &kept, sizeof kept);
    size_t n = 0;
    for (int i = 0; i < 2; i++) {
        uint64_t some = __builtin_ia32_pext_di(eight[i], mask[i]);
        memcpy(out + n, &some, sizeof some);
        n += (size_t)__builtin_popcountll(mask[i]) / 8;
    }
    return n;
}

__attribute__((target("avx2,bmi2,popcnt"))) size_t rf_squeeze_bmi2(struct rf_str text,
                                                                   char *out)
{
    size_t i = 0, n = 0;
    bytes16 v;
    for (; i + sizeof v <= text.n; i += sizeof v) {
        memcpy(&v, text.p + i, sizeof v);
        n += squeeze_16(v, out + n);
    }
    char last[sizeof v] = {0};
    for (size_t k = 0; i + k < text.n; k++)
        last[k] = text.p[i + k];
    memcpy(&v, last, sizeof v);
    return n + squeeze_16(v, out + n);
}
#endif

size_t rf_squeeze(struct rf_str text, char *out)
{
#ifdef __x86_64__
    if (rf_cpu_has_avx2())
        return rf_squeeze_bmi2(text, out);
#endif
    return rf_squeeze_plain(text, out);
}

static void lower_16(const char *from, char *to)
{
    bytes16 v;
    memcpy(&v, from, sizeof v);
    v |= (bytes16)(v - 'A' < 26) & 0x20;
    memcpy(to, &v, sizeof v);
}

void rf_lower(struct rf_str text, char *out)
{
    size_t i = 0;
    for (; i + sizeof(bytes16) <= text.n; i += sizeof(bytes16))
        lower_16(text.p + i, out + i);
    if (i && i < text.n) { /* the last ones once more */
        i = text.n - sizeof(bytes16);
        lower_16(text.p + i, out + i);
        return;
    }
    for (; i < text.n; i++) {
        char c = text.p[i];
        out[i] = (char)(c | (c >= 'A' && c <= 'Z' ? 0x20 : 0));
    }
}
