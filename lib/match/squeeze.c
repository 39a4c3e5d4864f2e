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

void rf_lower(struct rf_str text, char *out)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        out[i] = (char)(c | (c >= 'A' && c <= 'Z' ? 0x20 : 0));
    }
}
