/* Prints the table by which eight bytes are packed (sift_avx2.c): for each set of them,
 * a bit a byte, which byte goes where. Run at build time. */
#include <stdio.h>

int main(void)
{
    printf("static const unsigned char pack_order[256][8] = {\n");
    for (unsigned set = 0; set < 256; set++) {
        printf("{");
        unsigned n = 0;
        for (unsigned i = 0; i < 8; i++)
            if (set >> i & 1)
                n += printf("%u,", i) > 0;
        for (; n < 8; n++)
            printf("0,");
        printf("},\n");
    }
    printf("};\n");
    return 0;
}
