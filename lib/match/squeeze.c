#include "lib/match/squeeze.h"

#define D(c) [c] = (c)
#define L(c) [c] = (c), [(c) & ~0x20] = (c)
const unsigned char rf_squeeze_table[256] = {
    D('0'), D('1'), D('2'), D('3'), D('4'), D('5'), D('6'), D('7'), D('8'),
    D('9'), L('a'), L('b'), L('c'), L('d'), L('e'), L('f'), L('g'), L('h'),
    L('i'), L('j'), L('k'), L('l'), L('m'), L('n'), L('o'), L('p'), L('q'),
    L('r'), L('s'), L('t'), L('u'), L('v'), L('w'), L('x'), L('y'), L('z'),
};

size_t rf_squeeze(struct rf_str text, char *out)
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
