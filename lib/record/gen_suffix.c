/* Build-time generator: the public suffix list (publicsuffix.org, Debian's package) and
 * the names of URL shorteners to one flat hash table (suffix.inc, included by
 * suffix.c). */
#include <idn2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/record/gen_suffix.h"

#define LIST "/usr/share/publicsuffix/public_suffix_list.dat"

enum { NODES = 30000 };

/* Well-known URL shorteners: the name alone says nothing of where the link leads. */
static const char *const shorteners[] = {
    "bit.ly",      "bitly.com",    "bitly.ws",    "j.mp",          "t.co",
    "tinyurl.com", "goo.gl",       "is.gd",       "v.gd",          "ow.ly",
    "buff.ly",     "rebrand.ly",   "cutt.ly",     "rb.gy",         "shorturl.at",
    "tiny.cc",     "t.ly",         "s.id",        "bl.ink",        "t.cn",
    "url.cn",      "dwz.cn",       "suo.im",      "mrw.so",        "sourl.cn",
    "u.nu",        "soo.gd",       "clck.ru",     "goo.su",        "vk.cc",
    "lnkd.in",     "adf.ly",       "shorte.st",   "bc.vc",         "ouo.io",
    "lnk.to",      "lnk.bio",      "tr.im",       "po.st",         "mcaf.ee",
    "dlvr.it",     "ift.tt",       "trib.al",     "snip.ly",       "short.io",
    "shrtco.de",   "tny.im",       "hyperurl.co", "qr.ae",         "surl.li",
    "n9.cl",       "acortar.link", "urlz.fr",     "kutt.it",       "han.gl",
    "me2.do",      "tinyurl.is",   "shorturl.gg", "shorturl.asia", "shrtm.nu",
    "clk.im",      "lihi.cc",      "reurl.cc",    "pse.is",        "ppt.cc",
    "tinu.be",     "t2m.io",       "qps.ru",      "shor.by",       "gg.gg",
};

static struct {
    char *name;
    unsigned flags;
} nodes[NODES];
static size_t n_nodes;
static uint16_t slots[RF_SUFFIX_SLOTS];

static void die(const char *what)
{
    fprintf(stderr, "gen_suffix: %s\n", what);
    exit(1);
}

static uint32_t hash_name(const char *name)
{
    uint32_t h = RF_SUFFIX_HASH;
    for (size_t i = strlen(name); i > 0; i--)
        h = rf_suffix_hash(h, name[i - 1]);
    return h;
}

/* Add flags to the name's node. */
static void flag(const char *name, unsigned flags)
{
    uint32_t i = rf_suffix_slot(hash_name(name));
    while (slots[i] && strcmp(nodes[slots[i] - 1].name, name) != 0)
        i = (i + 1) % RF_SUFFIX_SLOTS;
    if (!slots[i]) {
        if (n_nodes == NODES || strlen(name) > 255)
            die("table too small");
        nodes[n_nodes].name = strdup(name);
        slots[i] = (uint16_t)++n_nodes;
    }
    nodes[slots[i] - 1].flags |= flags;
}

/* The name, and that something lies below each name it lies below. */
static void add(const char *name, unsigned flags)
{
    flag(name, flags);
    for (const char *p = strchr(name, '.'); p; p = strchr(p + 1, '.'))
        flag(p + 1, RF_SUFFIX_DEEPER);
}

static void add_rule(char *rule)
{
    unsigned flags = RF_SUFFIX_RULE;
    char *ascii;
    if (*rule == '!')
        flags = RF_SUFFIX_EXCEPTION, rule++;
    else if (strncmp(rule, "*.", 2) == 0)
        flags = RF_SUFFIX_WILDCARD, rule += 2;
    if (strchr(rule, '*') ||
        idn2_lookup_u8((uint8_t *)rule, (uint8_t **)&ascii,
                       IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
        die(rule);
    add(ascii, flags);
    idn2_free(ascii);
}

static void read_list(void)
{
    char line[1024];
    FILE *f = fopen(LIST, "r");
    if (!f)
        die("cannot read " LIST ": install the package publicsuffix");
    while (fgets(line, sizeof line, f)) {
        line[strcspn(line, " \t\r\n")] = 0;
        if (*line && strncmp(line, "//", 2) != 0)
            add_rule(line);
    }
    fclose(f);
}

static void print(void)
{
    size_t at = 0;
    printf("static const char pool[] =\n");
    for (size_t i = 0; i < n_nodes; i++)
        printf("    \"%s\"\n", nodes[i].name);
    printf(";\nstatic const struct node nodes[] = {\n");
    for (size_t i = 0; i < n_nodes; i++) {
        printf("    {%zu, %zu, %u},\n", at, strlen(nodes[i].name), nodes[i].flags);
        at += strlen(nodes[i].name);
    }
    printf("};\nstatic const uint16_t slots[RF_SUFFIX_SLOTS] = {");
    for (size_t i = 0; i < RF_SUFFIX_SLOTS; i++)
        printf("%s%u,", i % 16 ? " " : "\n    ", slots[i]);
    printf("\n};\n");
}

int main(void)
{
    read_list();
    if (n_nodes < 5000)
        die(LIST " has too few rules");
    for (size_t i = 0; i < sizeof shorteners / sizeof *shorteners; i++)
        add(shorteners[i], RF_SUFFIX_SHORTENER);
    print();
    return 0;
}
