#include "lib/text/sift.h"

#include "lib/base/cpu.h"
#include "lib/text/prop.h"

bool rf_sift_keeps(enum rf_fold_kind kind, uint32_t prop)
{
    enum rf_class class = rf_prop_class(prop);
    if (kind == RF_FOLD_TEXT || class == RF_CLASS_LETTER || class == RF_CLASS_MARK)
        return true;
    return kind == RF_FOLD_COMPACT &&
           (class == RF_CLASS_DIGIT || class == RF_CLASS_NUMBER);
}

static uint32_t prop_at(struct rf_str s, size_t i, size_t *len)
{
    return rf_text_prop(rf_text_next(s.p + i, s.n - i, len));
}

static void set_bits(uint64_t *set, size_t i, size_t n)
{
    for (; n > 0; i++, n--)
        set[i / 64] |= UINT64_C(1) << i % 64;
}

void rf_sift_text_portable(struct rf_arena *a, struct rf_str s, struct rf_sift *out)
{
    size_t words = rf_sift_words(s.n), len;
    uint64_t *shape = rf_arena_calloc(a, 2 * words, sizeof *shape);
    uint64_t *compact = shape + words;
    *out = (struct rf_sift){shape, compact};
    for (size_t i = 0; i < s.n; i += len) {
        uint32_t prop = prop_at(s, i, &len);
        if (rf_sift_keeps(RF_FOLD_SHAPE, prop))
            set_bits(shape, i, len);
        if (rf_sift_keeps(RF_FOLD_COMPACT, prop))
            set_bits(compact, i, len);
    }
}

size_t rf_sift_pack_portable(struct rf_str s, const uint64_t *kept, char *out)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        out[n] = s.p[i];
        n += kept[i / 64] >> i % 64 & 1;
    }
    return n;
}

#ifdef __x86_64__

static void clear_bits(uint64_t *set, size_t i, size_t n)
{
    for (; n > 0; i++, n--)
        set[i / 64] &= ~(UINT64_C(1) << i % 64);
}

void rf_sift_text(struct rf_arena *a, struct rf_str s, struct rf_sift *out)
{
    if (!rf_cpu_has_avx2()) {
        rf_sift_text_portable(a, s, out);
        return;
    }
    size_t words = rf_sift_words(s.n), len;
    uint64_t *shape = rf_arena_alloc(a, 3 * words * sizeof *shape);
    uint64_t *compact = shape + words, *others = compact + words;
    rf_sift_text_wide(s, shape, compact, others);
    for (size_t w = 0; w < words; w++) {
        for (uint64_t bits = others[w]; bits; bits &= bits - 1) {
            size_t i = 64 * w + (unsigned)__builtin_ctzll(bits);
            uint32_t prop = prop_at(s, i, &len);
            if (!rf_sift_keeps(RF_FOLD_SHAPE, prop))
                clear_bits(shape, i, len);
            if (!rf_sift_keeps(RF_FOLD_COMPACT, prop))
                clear_bits(compact, i, len);
        }
    }
    *out = (struct rf_sift){shape, compact};
}

size_t rf_sift_pack(struct rf_str s, const uint64_t *kept, char *out)
{
    return rf_cpu_has_avx2() ? rf_sift_pack_wide(s, kept, out)
                             : rf_sift_pack_portable(s, kept, out);
}

#else

void rf_sift_text(struct rf_arena *a, struct rf_str s, struct rf_sift *out)
{
    rf_sift_text_portable(a, s, out);
}

size_t rf_sift_pack(struct rf_str s, const uint64_t *kept, char *out)
{
    return rf_sift_pack_portable(s, kept, out);
}

#endif
