/* Hot: 64 bytes at once where they are ASCII, fullwidth forms of it, accented letters
 * that become it, ideographs that stay themselves and usual symbols, else 16 characters
 * at once by the tables. */
#include "lib/text/weave.h"

#ifdef __x86_64__

#include <immintrin.h>

#include "lib/text/prop.h"

#define FAST                                                                             \
    __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,popcnt,"     \
                          "bmi,bmi2")))
#define INLINE static inline __attribute__((always_inline))

enum { LANES = 16 };

FAST INLINE uint64_t first_bits(size_t n)
{
    return _bzhi_u64(UINT64_MAX, (unsigned)n);
}

/* The last bit of some. */
FAST INLINE unsigned last_bit(uint64_t some)
{
    return 63 - (unsigned)__builtin_clzll(some);
}

FAST INLINE __m512i all(uint32_t x)
{
    return _mm512_set1_epi32((int)x);
}

/* The four bytes of v from each of the first 16 leads on. */
FAST INLINE __m512i four_bytes(__m512i v, uint64_t leads)
{
    const __m512i places =
        _mm512_set_epi8(63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48,
                        47, 46, 45, 44, 43, 42, 41, 40, 39, 38, 37, 36, 35, 34, 33, 32,
                        31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16,
                        15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    const __m512i ahead = all(0x03020100);
    __m512i at = _mm512_cvtepu8_epi32(
        _mm512_castsi512_si128(_mm512_maskz_compress_epi8(leads, places)));
    at = _mm512_mullo_epi32(at, all(0x01010101));
    return _mm512_permutexvar_epi8(_mm512_add_epi8(at, ahead), v);
}

/* The 64 bits from raw offset i on of what is cut. */
FAST INLINE uint64_t cut_from(const struct rf_weaver *w, size_t i)
{
    if (!w->cut)
        return 0;
    uint64_t low = w->cut[i / 64] >> i % 64;
    return i % 64 ? low | w->cut[i / 64 + 1] << (64 - i % 64) : low;
}

FAST INLINE void add(struct rf_weaver *w, enum rf_fold_kind kind, uint64_t kept,
                     __m512i bytes)
{
    _mm512_storeu_si512(w->room + (size_t)kind * w->stride + w->n[kind],
                        _mm512_maskz_compress_epi8(kept, bytes));
    w->n[kind] += (size_t)__builtin_popcountll(kept);
}

/* Of the bytes `inside`, without those `dropped`, the spaces that follow one. */
FAST INLINE uint64_t spaces_again(uint64_t spaces, uint64_t inside, uint64_t dropped,
                                  bool after_space)
{
    if (!(dropped & inside))
        return spaces & (spaces << 1 | after_space);
    uint64_t left = inside & ~dropped, of_those = _pext_u64(spaces, left);
    return _pdep_u64(of_those & (of_those << 1 | after_space), left);
}

/* 64 bytes of a text, of which some are changed, and of which bytes what is true. */
struct block {
    __m512i v;
    uint64_t leads; /* characters begin */
    uint64_t three; /* of them, those of three bytes that stay themselves, */
    uint64_t han;   /* of these, ideographs */
    uint64_t other; /* those that take another way */
    size_t n;       /* bytes to read, whole characters */
};

FAST INLINE __m512i load(const char *p, size_t n)
{
    return _mm512_maskz_loadu_epi8(first_bits(n < 64 ? n : 64), p);
}

FAST INLINE __mmask64 equal(__m512i v, unsigned char c)
{
    return _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8((char)c));
}

/* A table of 64 bytes. */
FAST INLINE __m512i table(const unsigned char *p)
{
    return _mm512_loadu_si512(p);
}

/* The bytes that have one of these two bits, the highest of a byte being 0: shifted to
 * where a mask is taken from, as a constant to test with would be made each time. */
FAST INLINE __mmask64 either(__m512i v, unsigned bit, unsigned other)
{
    return _mm512_movepi8_mask(
        _mm512_or_si512(_mm512_slli_epi16(v, bit), _mm512_slli_epi16(v, other)));
}

FAST INLINE __mmask64 one(__m512i v, unsigned bit)
{
    return _mm512_movepi8_mask(_mm512_slli_epi16(v, bit));
}

/* Fullwidth forms, at those places, become ASCII in the first of their bytes. */
FAST INLINE __m512i narrow(__m512i v, __m512i wide, __mmask64 forms, __m512i third)
{
    __mmask64 high = one(wide, 5);
    v = _mm512_mask_sub_epi8(v, forms, third, _mm512_set1_epi8(0x60));
    return _mm512_mask_sub_epi8(v, high, third, _mm512_set1_epi8(0x20));
}

/* Accented letters, at those places, become ASCII in the first of their bytes; *latin
 * gets which. */
FAST INLINE __m512i bare(__m512i v, __m512i second, uint64_t *latin)
{
    __m512i to =
        _mm512_maskz_permutexvar_epi8(equal(v, 0xc3), second, table(rf_text_latin));
    to = _mm512_mask_permutexvar_epi8(to, equal(v, 0xc4), second,
                                      table(rf_text_latin + 64));
    to = _mm512_mask_permutexvar_epi8(to, equal(v, 0xc5), second,
                                      table(rf_text_latin + 128));
    *latin = _mm512_test_epi8_mask(to, to);
    return _mm512_mask_mov_epi8(v, *latin, to);
}

/* The bytes of characters of three. */
FAST INLINE uint64_t whole(uint64_t leads)
{
    return leads | leads << 1 | leads << 2;
}

/* The code points, without their lowest bits, and those, of three bytes in each lane. */
FAST INLINE __m512i decode_han(__m512i c)
{
    c = _mm512_and_si512(c, all(0x003f3f0f));
    c = _mm512_maddubs_epi16(c, all(0x00010140));
    c = _mm512_madd_epi16(c, all(0x00010040));
    return _mm512_sub_epi32(c, all(RF_HAN_FIRST));
}

/* Three bytes at 3 * i for lane i. */
#define TRIPLE(i) (i) * 3, (i)*3 + 1, (i)*3 + 2, (i)*3 + 3

/* Of the ideographs at those places of v those that become another. */
FAST INLINE uint64_t han_changed(__m512i v, uint64_t leads)
{
    static const unsigned char places[128] = {
        TRIPLE(0),  TRIPLE(1),  TRIPLE(2),  TRIPLE(3),  TRIPLE(4),  TRIPLE(5),
        TRIPLE(6),  TRIPLE(7),  TRIPLE(8),  TRIPLE(9),  TRIPLE(10), TRIPLE(11),
        TRIPLE(12), TRIPLE(13), TRIPLE(14), TRIPLE(15), TRIPLE(16), TRIPLE(17),
        TRIPLE(18), TRIPLE(19), TRIPLE(20)};
    const int *same = (const int *)rf_text_han_same;
    unsigned n = (unsigned)__builtin_popcountll(leads);
    __m512i bytes = _mm512_maskz_compress_epi8(whole(leads), v);
    __m512i at = decode_han(_mm512_permutexvar_epi8(table(places), bytes));
    __mmask16 lanes = (__mmask16)first_bits(n < LANES ? n : LANES);
    __m512i words = _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), lanes,
                                                _mm512_srli_epi32(at, 5), same, 4);
    __m512i bit = _mm512_sllv_epi32(all(1), _mm512_and_si512(at, all(31)));
    uint64_t changed = _mm512_mask_testn_epi32_mask(lanes, words, bit);
    if (n > LANES) {
        at = decode_han(_mm512_permutexvar_epi8(table(places + 64), bytes));
        __m256i few = _mm512_castsi512_si256(at);
        lanes = (__mmask16)first_bits(n - LANES);
        __m256i more = _mm256_mmask_i32gather_epi32(
            _mm256_setzero_si256(), (__mmask8)lanes, _mm256_srli_epi32(few, 5), same, 4);
        bit = _mm512_sllv_epi32(all(1), _mm512_and_si512(at, all(31)));
        changed |= (uint64_t)_mm256_mask_testn_epi32_mask((__mmask8)lanes, more,
                                                          _mm512_castsi512_si256(bit))
                   << LANES;
    }
    return changed ? _pdep_u64(changed, leads) : 0;
}

/* What stands in the block beyond ASCII. */
FAST INLINE void look_beyond(struct block *b, const char *p, size_t left)
{
    const __m512i first = _mm512_set1_epi8('\xc3'), span = _mm512_set1_epi8(2);
    __m512i second = load(p + 1, left - 1), third = load(p + 2, left - 2);
    __m512i v = b->v;
    uint64_t inside = first_bits(left < 64 ? left : 64);
    uint64_t beyond = _mm512_movepi8_mask(v);
    b->leads = inside & _mm512_cmpge_epi8_mask(v, _mm512_set1_epi8(-64));
    __m512i wide = _mm512_and_si512(
        _mm512_maskz_permutexvar_epi8(b->leads & beyond, v, table(rf_text_wide_first)),
        _mm512_and_si512(_mm512_permutexvar_epi8(second, table(rf_text_wide_second)),
                         _mm512_permutexvar_epi8(third, table(rf_text_wide_third))));
    uint64_t han = either(wide, 0, 1), symbols = either(wide, 2, 3);
    uint64_t forms = either(wide, 4, 5);
    uint64_t dots = one(wide, 6);
    uint64_t latin = inside & _mm512_cmple_epu8_mask(_mm512_sub_epi8(v, first), span);
    b->v = narrow(v, wide, forms, third);
    if (dots)
        b->v = _mm512_mask_mov_epi8(b->v, whole(dots), _mm512_set1_epi8('.'));
    if (latin)
        b->v = bare(b->v, second, &latin);
    if (left > 64 && (signed char)p[64] < 0) /* the last may go on there */
        b->n = last_bit(b->leads);
    b->han = han & first_bits(b->n);
    b->three = b->han | symbols;
    b->other = b->leads & beyond & ~(han | symbols | forms | dots | latin) &
               first_bits(b->n + 1);
    if (b->han)
        b->other |= han_changed(v, b->han);
}

/* Write what b->n bytes become; if another way goes on there, the last that stays is left
 * to be looked at with what is behind it. How many bytes were read. */
FAST INLINE size_t weave_block(struct rf_weaver *w, const struct block *b)
{
    uint64_t inside = first_bits(b->n), three = whole(b->three);
    __mmask64 ascii = (__mmask64)(inside & ~(uint64_t)_mm512_movepi8_mask(b->v));
    __m512i v = _mm512_mask2_permutex2var_epi8(table(rf_text_ascii_to), b->v, ascii,
                                               table(rf_text_ascii_to + 64));
    __m512i is = _mm512_maskz_permutex2var_epi8(ascii, table(rf_text_ascii_kept), b->v,
                                                table(rf_text_ascii_kept + 64));
    uint64_t stays = _mm512_movepi8_mask(is), spaces = one(is, 3);
    uint64_t kept =
        (stays & ~spaces_again(spaces, inside, ascii & ~stays, w->after_space)) |
        (inside & three);
    size_t read = b->n;
    if (b->other) {
        read = _tzcnt_u64(b->other);
        kept &= first_bits(read);
        read = kept ? last_bit(kept & b->leads) : 0;
        kept &= first_bits(read);
    }
    if (kept)
        w->after_space = spaces >> last_bit(kept) & 1;
    uint64_t han = whole(b->han);
    add(w, RF_FOLD_TEXT, kept, v);
    add(w, RF_FOLD_COMPACT, kept & (one(is, 1) | han), v);
    add(w, RF_FOLD_SHAPE, kept & (one(is, 2) | han) & ~cut_from(w, w->at), v);
    return read;
}

/* What becomes of 16 characters: code points, and of which lanes what is true. */
struct folded {
    __m512i to;
    __mmask16 compact, shape; /* these views keep them */
    __mmask16 looks;
    __mmask16 stop; /* what becomes of them is to be found the long way */
    __mmask16 acts; /* so it is with those before them */
    __mmask16 back; /* not to be begun with, as they may act on those before them */
};

/* The code points whose first four bytes these are. */
FAST INLINE __m512i decode(__m512i bytes)
{
    const __m512i mask_by_nibble =
        _mm512_setr_epi32(0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0, 0, 0, 0,
                          0x3f1f, 0x3f1f, 0x3f3f0f, 0x3f3f3f07);
    const __m512i shift_by_nibble =
        _mm512_setr_epi32(18, 18, 18, 18, 18, 18, 18, 18, 18, 18, 18, 18, 12, 12, 6, 0);
    __m512i nibble = _mm512_srli_epi32(bytes, 4);
    __m512i c = _mm512_and_si512(bytes, _mm512_permutexvar_epi32(nibble, mask_by_nibble));
    c = _mm512_maddubs_epi16(c, all(0x01400140));
    c = _mm512_madd_epi16(c, all(0x00011000));
    return _mm512_srlv_epi32(c, _mm512_permutexvar_epi32(nibble, shift_by_nibble));
}

/* Of those characters, which are marks that act on nothing after all. */
FAST INLINE __mmask16 quiet_of(__m512i words)
{
    __mmask16 quiet = _mm512_test_epi32_mask(words, all(RF_FOLD_QUIET));
    if (!quiet)
        return 0;
    __m512i rank = _mm512_and_si512(words, all(RF_FOLD_RANK));
    __m512i before = _mm512_alignr_epi32(rank, _mm512_setzero_si512(), LANES - 1);
    uint32_t firm = _mm512_testn_epi32_mask(
        words, all(3u << RF_FOLD_KIND_SHIFT | RF_FOLD_BACK | RF_FOLD_BARE));
    return quiet & (__mmask16)((firm | quiet) << 1) &
           (_mm512_cmple_epu32_mask(before, rank) | _mm512_testn_epi32_mask(rank, rank));
}

/* What becomes of the characters c. */
FAST INLINE struct folded look_up(__m512i c, __mmask16 lanes)
{
    const __m512i none = _mm512_setzero_si512(), payload = all(RF_FOLD_PAYLOAD);
    __m512i block =
        _mm512_mask_i32gather_epi32(none, lanes, _mm512_srli_epi32(c, RF_TABLE_BITS),
                                    rf_text_fold_index, sizeof *rf_text_fold_index);
    block = _mm512_slli_epi32(_mm512_and_si512(block, all(0xffff)), RF_TABLE_BITS);
    __m512i at = _mm512_and_si512(c, all((1 << RF_TABLE_BITS) - 1));
    __m512i words = _mm512_mask_i32gather_epi32(none, lanes, _mm512_or_si512(block, at),
                                                rf_text_fold_block, 4);
    uint32_t dropped = (uint32_t)RF_TO_NONE << RF_FOLD_KIND_SHIFT;
    __mmask16 loud = (__mmask16)~quiet_of(words);
    return (struct folded){
        .to = _mm512_mask_and_epi32(c, _mm512_test_epi32_mask(words, payload), words,
                                    payload),
        .compact = _mm512_test_epi32_mask(words, all(RF_FOLD_IN_COMPACT)),
        .shape = _mm512_test_epi32_mask(words, all(RF_FOLD_IN_SHAPE)),
        .looks = _mm512_test_epi32_mask(words, all(RF_FOLD_LOOKS)),
        .stop = loud & _mm512_test_epi32_mask(
                           words, all(3u << RF_FOLD_KIND_SHIFT | RF_FOLD_BACK)),
        .acts = loud & _mm512_test_epi32_mask(words, all(dropped | RF_FOLD_BACK)),
        .back = _mm512_test_epi32_mask(words, all(RF_FOLD_BACK)),
    };
}

/* Their UTF-8, each in the last bytes of its lane; *used has the high bit of those. */
FAST INLINE __m512i encode(__m512i c, __m512i *used)
{
    const __m512i low6 = _mm512_set1_epi32(63);
    __mmask16 two = _mm512_cmpge_epu32_mask(c, _mm512_set1_epi32(0x80));
    __mmask16 three = _mm512_cmpge_epu32_mask(c, _mm512_set1_epi32(0x800));
    __mmask16 four = _mm512_cmpge_epu32_mask(c, _mm512_set1_epi32(0x10000));
    __m512i bytes = _mm512_srli_epi32(c, 18);
    bytes = _mm512_or_si512(
        bytes, _mm512_slli_epi32(_mm512_and_si512(_mm512_srli_epi32(c, 12), low6), 8));
    bytes = _mm512_or_si512(
        bytes, _mm512_slli_epi32(_mm512_and_si512(_mm512_srli_epi32(c, 6), low6), 16));
    bytes = _mm512_or_si512(bytes, _mm512_slli_epi32(_mm512_and_si512(c, low6), 24));
    __m512i marks = _mm512_set1_epi32((int)0x80c00000);
    marks = _mm512_mask_mov_epi32(marks, three, _mm512_set1_epi32((int)0x8080e000));
    marks = _mm512_mask_mov_epi32(marks, four, _mm512_set1_epi32((int)0x808080f0));
    bytes = _mm512_or_si512(bytes, marks);
    __m512i last = _mm512_set1_epi32((int)0x80000000);
    *used = _mm512_mask_mov_epi32(last, two, marks);
    return _mm512_mask_mov_epi32(_mm512_slli_epi32(c, 24), two, bytes);
}

FAST INLINE void add_lanes(struct rf_weaver *w, enum rf_fold_kind kind, __mmask16 kept,
                           __m512i bytes, __m512i used)
{
    add(w, kind, _mm512_movepi8_mask(_mm512_maskz_mov_epi32(kept, used)), bytes);
}

/* Up to 16 characters of v, of which `left` bytes are text; false at one that takes the
 * long way. */
FAST INLINE bool weave_lanes(struct rf_weaver *w, __m512i v, size_t left)
{
    uint64_t leads = _mm512_cmpge_epi8_mask(v, _mm512_set1_epi8(-64));
    leads &= first_bits(left < 64 ? left : 64);
    unsigned n = (unsigned)__builtin_popcountll(leads);
    bool whole = n <= LANES && left <= 64;
    __mmask16 lanes = (__mmask16)first_bits(n < LANES ? n : LANES);
    struct folded f = look_up(decode(four_bytes(v, leads)), lanes);
    unsigned last = whole ? n : LANES - 1; /* the others wait for what is behind them */
    uint32_t stop = (f.stop | (uint32_t)f.acts >> 1) & (uint32_t)first_bits(last);
    if (stop)
        last = (unsigned)_tzcnt_u32(stop);
    if (last < n && f.back >> last & 1) {
        uint32_t bases = ~(uint32_t)f.back & (uint32_t)first_bits(last);
        last = bases ? last_bit(bases) : 0;
    }
    lanes = (__mmask16)first_bits(last);
    __mmask16 spaces = _mm512_mask_cmpeq_epi32_mask(lanes, f.to, all(' '));
    if (w->cut)
        f.shape &= (__mmask16)~_pext_u64(cut_from(w, w->at), leads);
    if (f.looks & lanes && w->looks > w->n[RF_FOLD_TEXT])
        w->looks = w->n[RF_FOLD_TEXT];
    __m512i used, bytes = encode(f.to, &used);
    add_lanes(w, RF_FOLD_TEXT,
              lanes & (__mmask16) ~(spaces & (spaces << 1 | w->after_space)), bytes,
              used);
    add_lanes(w, RF_FOLD_COMPACT, lanes & f.compact, bytes, used);
    add_lanes(w, RF_FOLD_SHAPE, lanes & f.shape, bytes, used);
    if (last)
        w->after_space = spaces >> (last - 1) & 1;
    w->at +=
        last == n && whole ? left : _tzcnt_u64(_pdep_u64(UINT64_C(1) << last, leads));
    return !stop && last > 0;
}

/* 64 bytes, or what is left; false where that did not take it further. */
FAST INLINE bool weave_bytes(struct rf_weaver *w, __m512i v, size_t left)
{
    const char *p = w->raw.p + w->at;
    struct block b = {.v = v, .leads = UINT64_MAX, .n = left < 64 ? left : 64};
    if (_mm512_movepi8_mask(v) || (left > 64 && (signed char)p[64] < 0))
        look_beyond(&b, p, left);
    size_t read = weave_block(w, &b);
    w->at += read;
    return read > 0;
}

/* w stays in registers; what comes of it goes to *out. */
FAST INLINE enum rf_weave_stop weave(struct rf_weaver w, struct rf_weaver *out)
{
    enum rf_weave_stop stop = RF_WEAVE_END;
    while (w.at < w.raw.n && stop == RF_WEAVE_END) {
        size_t left = w.raw.n - w.at;
        __m512i v = load(w.raw.p + w.at, left);
        if (weave_bytes(&w, v, left))
            continue;
        if (w.n[RF_FOLD_TEXT] > w.at + RF_WEAVE_AHEAD)
            stop = RF_WEAVE_ROOM;
        else if (!weave_lanes(&w, v, left))
            stop = RF_WEAVE_LONG;
    }
    out->at = w.at;
    for (int k = 0; k < RF_FOLD_KINDS; k++)
        out->n[k] = w.n[k];
    out->looks = w.looks;
    out->after_space = w.after_space;
    return stop;
}

FAST enum rf_weave_stop rf_weave_begin(struct rf_weaver *w, struct rf_str raw)
{
    return weave((struct rf_weaver){.raw = raw,
                                    .cut = w->cut,
                                    .room = w->room,
                                    .stride = w->stride,
                                    .looks = SIZE_MAX},
                 w);
}

FAST enum rf_weave_stop rf_weave_on(struct rf_weaver *w, struct rf_str raw)
{
    struct rf_weaver on = *w;
    on.raw = raw;
    return weave(on, w);
}

#endif
