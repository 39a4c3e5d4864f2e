/* Prints the folding tables (prop.h) from ICU: for every code point what the steps of
 * folding make of it alone, and its properties. Run at build time. */
#include "lib/text/gen_fold_print.h"

#include <stdlib.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/uspoof.h>
#include <unicode/ustring.h>
#include <unicode/utrans.h>

enum { MAX = 64 };

struct list {
    uint32_t c[MAX];
    int n;
};

static const UNormalizer2 *nfd, *nfc, *casefold;
static USpoofChecker *spoof;
static UTransliterator *simplify;

static uint32_t prop[N], fold[N], several[1 << 16];
static uint32_t n_several = 1;
static bool held[N], held_folded[N];
static struct rf_text_pair pairs[4096];
static uint32_t n_pairs;

static void must(UErrorCode e, const char *what)
{
    if (U_SUCCESS(e))
        return;
    fprintf(stderr, "gen_fold: %s: %s\n", what, u_errorName(e));
    exit(1);
}

static void fail(const char *what, uint32_t c)
{
    fprintf(stderr, "gen_fold: %s: U+%04X\n", what, c);
    exit(1);
}

static void from_utf16(const UChar *u, int32_t n, struct list *out)
{
    out->n = 0;
    for (int32_t i = 0; i < n;) {
        UChar32 c;
        U16_NEXT(u, i, n, c);
        out->c[out->n++] = (uint32_t)c;
    }
}

static int32_t to_utf16(const struct list *in, UChar *u)
{
    int32_t n = 0;
    for (int i = 0; i < in->n; i++)
        U16_APPEND_UNSAFE(u, n, (UChar32)in->c[i]);
    return n;
}

static void normalize(const UNormalizer2 *form, struct list *l)
{
    UErrorCode e = U_ZERO_ERROR;
    UChar in[2 * MAX], out[2 * MAX];
    int32_t n = unorm2_normalize(form, in, to_utf16(l, in), out, 2 * MAX, &e);
    must(e, "normalize");
    from_utf16(out, n, l);
}

/* ---- properties ---- */

static enum rf_class class_of(UChar32 c)
{
    uint32_t m = U_GET_GC_MASK(c);
    if (u_hasBinaryProperty(c, UCHAR_WHITE_SPACE))
        return RF_CLASS_SPACE;
    if (m & U_GC_L_MASK)
        return RF_CLASS_LETTER;
    if (m & U_GC_M_MASK)
        return RF_CLASS_MARK;
    if (m & U_GC_ND_MASK)
        return RF_CLASS_DIGIT;
    return m & U_GC_N_MASK ? RF_CLASS_NUMBER : RF_CLASS_OTHER;
}

static uint32_t script_of(UChar32 c)
{
    UErrorCode e = U_ZERO_ERROR;
    UScriptCode s = uscript_getScript(c, &e);
    must(e, "script");
    switch (s) {
    case USCRIPT_COMMON:
    case USCRIPT_UNKNOWN:
        return RF_SCRIPT_COMMON;
    case USCRIPT_INHERITED:
        return RF_SCRIPT_INHERITED;
    case USCRIPT_LATIN:
        return RF_SCRIPT_LATIN;
    case USCRIPT_GREEK:
        return RF_SCRIPT_GREEK;
    case USCRIPT_CYRILLIC:
        return RF_SCRIPT_CYRILLIC;
    case USCRIPT_HAN:
        return RF_SCRIPT_HAN;
    case USCRIPT_HIRAGANA:
        return RF_SCRIPT_HIRAGANA;
    case USCRIPT_KATAKANA:
        return RF_SCRIPT_KATAKANA;
    case USCRIPT_BOPOMOFO:
        return RF_SCRIPT_BOPOMOFO;
    case USCRIPT_HANGUL:
        return RF_SCRIPT_HANGUL;
    default:
        return RF_SCRIPT_OTHER + (uint32_t)s;
    }
}

/* A letter or mark common to several scripts (the prolonged sound mark) counts too. */
static bool has_no_edge(UChar32 c, enum rf_class class)
{
    static const UScriptCode scripts[] = {
        USCRIPT_HAN,  USCRIPT_HIRAGANA, USCRIPT_KATAKANA, USCRIPT_HANGUL,
        USCRIPT_THAI, USCRIPT_LAO,      USCRIPT_KHMER,    USCRIPT_MYANMAR};
    UErrorCode e = U_ZERO_ERROR;
    bool common = script_of(c) <= RF_SCRIPT_INHERITED;
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        if (uscript_getScript(c, &e) == scripts[i])
            return true;
        if (common && class == RF_CLASS_LETTER && uscript_hasScript(c, scripts[i]))
            return true;
    }
    return false;
}

static uint32_t prop_of(UChar32 c)
{
    enum rf_class class = class_of(c);
    uint32_t script = script_of(c), p = class | script << RF_PROP_SCRIPT_SHIFT;
    if (script > 255)
        fail("script number too large", (uint32_t)c);
    p |= (uint32_t)u_getCombiningClass(c) << RF_PROP_CCC_SHIFT;
    if (has_no_edge(c, class))
        p |= RF_PROP_NO_EDGE;
    if (u_charType(c) == U_NON_SPACING_MARK)
        p |= RF_PROP_MN;
    if (class == RF_CLASS_LETTER && script >= RF_SCRIPT_LATIN &&
        script <= RF_SCRIPT_CYRILLIC)
        p |= RF_PROP_BARE;
    return p;
}

/* ---- folding of one code point alone, steps as the contract numbers them ---- */

static bool dropped(UChar32 c)
{
    if (u_hasBinaryProperty(c, UCHAR_WHITE_SPACE))
        return false;
    return u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) ||
           u_hasBinaryProperty(c, UCHAR_VARIATION_SELECTOR) ||
           U_GET_GC_MASK(c) & (U_GC_CF_MASK | U_GC_CC_MASK);
}

static void drop_marks(struct list *l)
{
    bool bare = false;
    int n = 0;
    for (int i = 0; i < l->n; i++) {
        uint32_t p = prop[l->c[i]];
        if (bare && p & RF_PROP_MN)
            continue;
        if (rf_prop_class(p) != RF_CLASS_MARK)
            bare = p & RF_PROP_BARE;
        l->c[n++] = l->c[i] == 0x131 ? 'i' : l->c[i];
    }
    l->n = n;
}

static void steps_1_to_4(uint32_t c, struct list *l)
{
    l->n = 0;
    if (dropped((UChar32)c) || (c >= 0xd800 && c < 0xe000))
        return;
    l->c[l->n++] = c;
    normalize(casefold, l);
    for (int i = 0; i < l->n; i++) {
        int32_t d = u_charDigitValue((UChar32)l->c[i]);
        if (d >= 0 && u_charType((UChar32)l->c[i]) == U_DECIMAL_DIGIT_NUMBER)
            l->c[i] = (uint32_t)('0' + d);
    }
    normalize(nfd, l);
    drop_marks(l);
    normalize(nfc, l);
    for (int i = 0; i < l->n; i++)
        if (rf_prop_class(prop[l->c[i]]) == RF_CLASS_SPACE)
            l->c[i] = ' ';
}

static uint32_t simplified_once(uint32_t c)
{
    if (rf_prop_script(prop[c]) != RF_SCRIPT_HAN)
        return c;
    UErrorCode e = U_ZERO_ERROR;
    struct list l = {{c}, 1};
    UChar u[2 * MAX];
    int32_t n = to_utf16(&l, u), limit = n;
    utrans_transUChars(simplify, u, &n, 2 * MAX, 0, &limit, &e);
    must(e, "simplify");
    from_utf16(u, n, &l);
    if (l.n != 1)
        fail("simplified to several", c);
    return l.c[0];
}

/* To the end of the chain. ICU swaps U+82CE and U+82E7; then the lesser is the end, so
 * that the simplified character stays itself and a fold of a fold is the same. */
static uint32_t simplified(uint32_t c)
{
    uint32_t next = simplified_once(c), after = simplified_once(next);
    if (after == next)
        return next;
    if (simplified_once(after) == next)
        return next < after ? next : after;
    return simplified(next);
}

static char looks_like(uint32_t c)
{
    UErrorCode e = U_ZERO_ERROR;
    struct list l = {{c}, 1};
    UChar in[4], out[MAX];
    int32_t n = uspoof_getSkeleton(spoof, 0, in, to_utf16(&l, in), out, MAX, &e);
    must(e, "skeleton");
    if (n != 1 || out[0] > 0x7f || !u_isalpha(out[0]))
        return 0;
    return (char)(out[0] | 0x20);
}

static uint32_t looks_prop(uint32_t c)
{
    if (c <= 0x7f || c >= N || rf_prop_class(prop[c]) != RF_CLASS_LETTER)
        return 0;
    char looks = looks_like(c);
    return looks ? (uint32_t)(looks - 'a' + 1) << RF_PROP_LOOKS_SHIFT : 0;
}

/* May the fold that begins with c act on what stands before it? */
static bool acts_back(uint32_t c)
{
    return rf_prop_class(prop[c]) == RF_CLASS_MARK || rf_prop_ccc(prop[c]) != 0 ||
           u_getIntPropertyValue((UChar32)c, UCHAR_NFC_QUICK_CHECK) == UNORM_MAYBE;
}

/* The flags for the views that keep c. */
static uint32_t kept_in(uint32_t c)
{
    enum rf_class class = rf_prop_class(prop[c]);
    if (class == RF_CLASS_LETTER || class == RF_CLASS_MARK)
        return RF_FOLD_IN_COMPACT | RF_FOLD_IN_SHAPE;
    bool number = class == RF_CLASS_DIGIT || class == RF_CLASS_NUMBER;
    return number ? RF_FOLD_IN_COMPACT : 0;
}

/* Whether c loses its marks, or is one that is quiet, and of what rank: these few
 * combining classes are enough for the scripts whose words have a mark on every second
 * letter. */
static uint32_t marks_of(uint32_t c)
{
    static const uint32_t classes[] = {0, 9, 103, 107};
    if (prop[c] & RF_PROP_BARE)
        return RF_FOLD_BARE;
    if (rf_prop_class(prop[c]) != RF_CLASS_MARK ||
        u_getIntPropertyValue((UChar32)c, UCHAR_NFC_QUICK_CHECK) != UNORM_YES)
        return 0;
    for (uint32_t rank = 0; rank < sizeof classes / sizeof *classes; rank++)
        if (rf_prop_ccc(prop[c]) == classes[rank])
            return RF_FOLD_QUIET | rank * (RF_FOLD_RANK & -RF_FOLD_RANK);
    return 0;
}

static uint32_t fold_of(uint32_t c)
{
    struct list l;
    steps_1_to_4(c, &l);
    if (l.n == 0)
        return (uint32_t)RF_TO_NONE << RF_FOLD_KIND_SHIFT;
    for (int i = 0; i < l.n; i++) {
        uint32_t s = simplified(l.c[i]);
        if (s != l.c[i] && (looks_like(s) || looks_like(l.c[i])))
            fail("steps 5 and 6 both act", l.c[i]);
        l.c[i] = s;
        held[s] = true;
    }
    uint32_t flags = acts_back(l.c[0]) ? RF_FOLD_BACK : 0;
    for (int i = 0; i < l.n; i++)
        if (rf_prop_looks(looks_prop(l.c[i])))
            flags |= RF_FOLD_LOOKS;
    if (l.n == 1)
        return (l.c[0] == c ? 0 : l.c[0]) | flags | kept_in(l.c[0]) | marks_of(l.c[0]);
    uint32_t at = n_several;
    several[n_several++] = (uint32_t)l.n;
    for (int i = 0; i < l.n; i++)
        several[n_several++] = l.c[i];
    if (n_several > sizeof several / sizeof *several - MAX)
        fail("too many long folds", c);
    return at | flags | (uint32_t)RF_TO_SEVERAL << RF_FOLD_KIND_SHIFT;
}

/* ---- canonical pairs, without Hangul (computed) and letters that lose their marks ----
 */

static void add_pair(UChar32 c)
{
    UErrorCode e = U_ZERO_ERROR;
    UChar u[8];
    struct list l;
    int32_t n = unorm2_getRawDecomposition(nfc, c, u, 8, &e);
    if (n <= 0 || U_FAILURE(e) || (c >= 0xac00 && c < 0xd7a4))
        return;
    from_utf16(u, n, &l);
    if (l.n != 2 || unorm2_composePair(nfc, (UChar32)l.c[0], (UChar32)l.c[1]) != c)
        return;
    struct list base = {{l.c[0]}, 1};
    normalize(nfd, &base);
    if (prop[base.c[0]] & RF_PROP_BARE)
        return;
    if (looks_prop((uint32_t)c))
        fail("a composed letter looks like an ASCII one", (uint32_t)c);
    pairs[n_pairs++] = (struct rf_text_pair){l.c[0], l.c[1], (uint32_t)c};
}

static int by_ab(const void *x, const void *y)
{
    const struct rf_text_pair *p = x, *q = y;
    if (p->a != q->a)
        return p->a < q->a ? -1 : 1;
    return (p->b > q->b) - (p->b < q->b);
}

static int by_c(const void *x, const void *y)
{
    const struct rf_text_pair *p = x, *q = y;
    return (p->c > q->c) - (p->c < q->c);
}

static void print_pairs(const char *name, int (*order)(const void *, const void *))
{
    qsort(pairs, n_pairs, sizeof *pairs, order);
    printf("const uint32_t rf_text_n_%s = %u;\n", name, n_pairs);
    printf("const struct rf_text_pair rf_text_%s[] = {\n", name);
    for (uint32_t i = 0; i < n_pairs; i++)
        printf("{0x%x,0x%x,0x%x},\n", pairs[i].a, pairs[i].b, pairs[i].c);
    printf("};\n");
}

/* What a folded text can hold: results alone, what they compose to, case variants. */
static void mark_held(void)
{
    for (bool more = true; more;) {
        more = false;
        for (uint32_t i = 0; i < n_pairs; i++)
            if (held[pairs[i].a] && held[pairs[i].b] && !held[pairs[i].c])
                more = held[pairs[i].c] = true;
    }
    for (uint32_t c = 0; c < N; c++)
        if (held[c])
            held_folded[u_foldCase((UChar32)c, U_FOLD_CASE_DEFAULT)] = true;
    for (uint32_t c = 0; c < N; c++)
        if (held_folded[u_foldCase((UChar32)c, U_FOLD_CASE_DEFAULT)])
            prop[c] |= RF_PROP_HELD;
}

/* None of them may act on what is before it, or be dropped. */
static void check_han(void)
{
    for (uint32_t c = RF_HAN_FIRST; c < RF_HAN_END; c++)
        if (fold[c] >> RF_FOLD_KIND_SHIFT != RF_TO_ONE || fold[c] & RF_FOLD_BACK)
            fail("not a plain ideograph", c);
}

static void open_icu(void)
{
    UErrorCode e = U_ZERO_ERROR;
    nfc = unorm2_getNFCInstance(&e);
    nfd = unorm2_getNFDInstance(&e);
    casefold = unorm2_getNFKCCasefoldInstance(&e);
    spoof = uspoof_open(&e);
    UChar id[32];
    u_uastrcpy(id, "Traditional-Simplified");
    simplify = utrans_openU(id, -1, UTRANS_FORWARD, NULL, 0, NULL, &e);
    must(e, "opening ICU");
}

int main(void)
{
    open_icu();
    for (uint32_t c = 0; c < N; c++)
        prop[c] = prop_of((UChar32)c);
    for (uint32_t c = 0; c < N; c++)
        fold[c] = fold_of(c);
    for (uint32_t c = 0; c < N; c++) {
        add_pair((UChar32)c);
        if (held[c])
            prop[c] |= looks_prop(c);
    }
    mark_held();
    check_han();
    print_table("prop", prop);
    print_table("fold", fold);
    print_words("uint32_t", "several", several, n_several);
    print_han(fold);
    print_ascii(fold);
    print_wide(fold, several);
    print_latin(fold);
    print_pairs("join", by_ab);
    print_pairs("split", by_c);
    uspoof_close(spoof);
    utrans_close(simplify);
    return 0;
}
