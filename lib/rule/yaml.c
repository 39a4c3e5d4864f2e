#include "lib/rule/yaml.h"

#include <yaml.h>

#include "lib/base/limits.h"
#include "lib/base/map.h"
#include "lib/base/utf8.h"
#include "lib/rule/code.h"

/* libyaml's marks count characters; every STEP-th one's byte offset is noted. */
#define STEP 64

struct link {
    struct rf_yaml_node *node;
    struct link *next;
};

/* A map or list being read. */
struct open {
    struct rf_yaml_node *node;
    struct link *first, **last;
    uint32_t n; /* nodes in it: of a map, keys and values */
};

struct reader {
    yaml_parser_t parser;
    struct rf_arena *arena;
    struct rf_report *report;
    uint32_t source;
    struct rf_str text;
    uint32_t *steps;
    size_t nsteps;
    struct open open[RF_LIMIT_YAML_DEPTH];
    int depth;
    struct rf_yaml_node *root;
    bool failed;
};

static bool allowed(uint32_t c)
{
    return c == '\t' || c == '\n' || c == '\r' ||
           (c >= 0x20 && c != 0x7f && c != 0xfeff &&
            !(c >= 0x80 && c < 0xa0 && c != 0x85) && c != 0xfffe && c != 0xffff);
}

/* Refuse what is not text, and note the offsets. */
static bool scan(struct reader *rd, size_t skip)
{
    struct rf_str t = rd->text;
    rd->steps = rf_arena_calloc(rd->arena, t.n / STEP + 2, sizeof *rd->steps);
    size_t chars = 0;
    for (size_t i = skip, len; i < t.n; i += len, chars++) {
        uint32_t c = rf_utf8_decode(t.p + i, t.n - i, &len);
        if (c == 0xfffd && !(len == 3 && memcmp(t.p + i, "\xef\xbf\xbd", 3) == 0)) {
            rf_report_add(rd->report, RF_ERROR, RF_CODE_UTF8, rd->source, (uint32_t)i,
                          (uint32_t)(i + len), "the file is not valid UTF-8");
            return false;
        }
        if (!allowed(c)) {
            struct rf_diag *d = rf_report_add(
                rd->report, RF_ERROR, RF_CODE_CONTROL, rd->source, (uint32_t)i,
                (uint32_t)(i + len), "control character U+%04X in the file", (unsigned)c);
            rf_report_hint(rd->report, d, "write it as \"\\u%04X\"", (unsigned)c);
            return false;
        }
        if (chars % STEP == 0)
            rd->steps[rd->nsteps++] = (uint32_t)i;
    }
    rd->steps[rd->nsteps] = (uint32_t)t.n;
    return true;
}

static uint32_t byte_of(const struct reader *rd, const yaml_mark_t *mark)
{
    size_t step = mark->index / STEP;
    if (step >= rd->nsteps)
        return (uint32_t)rd->text.n;
    size_t at = rd->steps[step];
    for (size_t left = mark->index % STEP; left > 0 && at < rd->text.n; left--) {
        size_t len;
        rf_utf8_decode(rd->text.p + at, rd->text.n - at, &len);
        at += len;
    }
    return (uint32_t)at;
}

static struct rf_diag *complain(struct reader *rd, const char *code, uint32_t begin,
                                uint32_t end, const char *message)
{
    return rf_report_add(rd->report, RF_ERROR, code, rd->source, begin, end, "%s",
                         message);
}

static struct rf_yaml_node *new_node(struct reader *rd, enum rf_yaml_kind kind,
                                     const yaml_event_t *e)
{
    struct rf_yaml_node *n = RF_NEW(rd->arena, struct rf_yaml_node);
    n->kind = kind;
    n->source = rd->source;
    n->begin = byte_of(rd, &e->start_mark);
    n->end = byte_of(rd, &e->end_mark);
    return n;
}

/* Hang a finished or just begun node into its parent. */
static void attach(struct reader *rd, struct rf_yaml_node *n)
{
    if (rd->depth == 0) {
        rd->root = n;
        return;
    }
    struct open *o = &rd->open[rd->depth - 1];
    struct link *l = RF_NEW(rd->arena, struct link);
    l->node = n;
    *o->last = l;
    o->last = &l->next;
    o->n++;
}

static void refuse_anchor(struct reader *rd, const struct rf_yaml_node *n,
                          const yaml_char_t *anchor, const yaml_char_t *tag)
{
    if (anchor) {
        struct rf_diag *d = complain(rd, RF_CODE_ALIAS, n->begin, n->begin + 1,
                                     "anchors are not allowed");
        rf_report_hint(rd->report, d, "write a macro and `use` it");
    }
    if (tag) {
        struct rf_diag *d =
            complain(rd, RF_CODE_TAG, n->begin, n->begin + 1, "tags are not allowed");
        rf_report_hint(rd->report, d, "leave it out; quotes make a string");
    }
}

static bool begin_container(struct reader *rd, enum rf_yaml_kind kind,
                            const yaml_event_t *e, bool flow)
{
    struct rf_yaml_node *n = new_node(rd, kind, e);
    n->style = flow ? RF_YAML_FLOW : RF_YAML_PLAIN;
    attach(rd, n);
    if (rd->depth == RF_LIMIT_YAML_DEPTH) {
        complain(rd, RF_CODE_DEPTH, n->begin, n->begin + 1, "nested too deep");
        return false;
    }
    struct open *o = &rd->open[rd->depth++];
    *o = (struct open){.node = n};
    o->last = &o->first;
    return true;
}

/* Where the key stands among the n pairs before it, or n. */
static uint32_t seen_before(struct rf_map *seen, const struct rf_yaml_pair *pairs,
                            uint32_t n, struct rf_str key)
{
    if (n < 16) {
        for (uint32_t i = 0; i < n; i++)
            if (rf_str_eq(pairs[i].key->s, key))
                return i;
        return n;
    }
    for (uint32_t i = (uint32_t)seen->n; i < n; i++)
        rf_map_put(seen, pairs[i].key->s, i);
    uint32_t i = rf_map_get(seen, key);
    return i == RF_MAP_NONE ? n : i;
}

static void refuse_twice(struct reader *rd, const struct rf_yaml_pair *first,
                         const struct rf_yaml_pair *second)
{
    const struct rf_yaml_node *key = second->key, *a = first->value, *b = second->value;
    struct rf_diag *d =
        rf_report_add(rd->report, RF_ERROR, RF_CODE_DUPLICATE, rd->source, key->begin,
                      key->end, "'%.*s' stands twice in this map", RF_STR_FMT(key->s));
    if (a->kind == RF_YAML_SCALAR && b->kind == RF_YAML_SCALAR && a->s.n + b->s.n < 60)
        rf_report_hint(rd->report, d, "write a list: %.*s: [%.*s, %.*s]",
                       RF_STR_FMT(key->s), RF_STR_FMT(a->s), RF_STR_FMT(b->s));
    else
        rf_report_hint(rd->report, d, "write a list: [{%.*s: ...}, {%.*s: ...}]",
                       RF_STR_FMT(key->s), RF_STR_FMT(key->s));
}

static void finish_map(struct reader *rd, struct open *o)
{
    struct rf_yaml_pair *pairs = RF_NEW_ARRAY(rd->arena, struct rf_yaml_pair, o->n / 2);
    struct rf_map seen;
    rf_map_init(&seen);
    uint32_t n = 0;
    for (struct link *l = o->first; l && l->next; l = l->next->next) {
        struct rf_yaml_pair p = {l->node, l->next->node};
        if (p.key->bad)
            continue;
        if (p.key->kind != RF_YAML_SCALAR) {
            complain(rd, RF_CODE_TYPE, p.key->begin, p.key->end,
                     "a key must be a plain word");
            continue;
        }
        uint32_t before = seen_before(&seen, pairs, n, p.key->s);
        if (before < n)
            refuse_twice(rd, &pairs[before], &p);
        else
            pairs[n++] = p;
    }
    rf_map_fini(&seen);
    o->node->pairs = pairs;
    o->node->n = n;
}

static void finish_list(struct reader *rd, struct open *o)
{
    const struct rf_yaml_node **items =
        RF_NEW_ARRAY(rd->arena, const struct rf_yaml_node *, o->n);
    uint32_t n = 0;
    for (struct link *l = o->first; l; l = l->next)
        items[n++] = l->node;
    o->node->items = items;
    o->node->n = n;
}

static void end_container(struct reader *rd, const yaml_event_t *e)
{
    struct open *o = &rd->open[--rd->depth];
    struct link *last = o->first;
    while (last && last->next)
        last = last->next;
    if (o->node->style == RF_YAML_FLOW)
        o->node->end = byte_of(rd, &e->end_mark);
    else if (last)
        o->node->end = last->node->end;
    if (o->node->kind == RF_YAML_MAP)
        finish_map(rd, o);
    else
        finish_list(rd, o);
}

static void take_scalar(struct reader *rd, const yaml_event_t *e)
{
    static const enum rf_yaml_style styles[] = {
        [YAML_ANY_SCALAR_STYLE] = RF_YAML_PLAIN,
        [YAML_PLAIN_SCALAR_STYLE] = RF_YAML_PLAIN,
        [YAML_SINGLE_QUOTED_SCALAR_STYLE] = RF_YAML_SINGLE,
        [YAML_DOUBLE_QUOTED_SCALAR_STYLE] = RF_YAML_DOUBLE,
        [YAML_LITERAL_SCALAR_STYLE] = RF_YAML_LITERAL,
        [YAML_FOLDED_SCALAR_STYLE] = RF_YAML_FOLDED,
    };
    struct rf_yaml_node *n = new_node(rd, RF_YAML_SCALAR, e);
    n->style = styles[e->data.scalar.style];
    n->s = rf_arena_dup(
        rd->arena, rf_str((const char *)e->data.scalar.value, e->data.scalar.length));
    if (memchr(n->s.p, 0, n->s.n)) {
        complain(rd, RF_CODE_CONTROL, n->begin, n->end, "a string may not hold U+0000");
        n->bad = true;
    }
    refuse_anchor(rd, n, e->data.scalar.anchor, e->data.scalar.tag);
    attach(rd, n);
}

static void take_alias(struct reader *rd, const yaml_event_t *e)
{
    struct rf_yaml_node *n = new_node(rd, RF_YAML_SCALAR, e);
    n->bad = true;
    n->s = rf_str("", 0);
    struct rf_diag *d =
        complain(rd, RF_CODE_ALIAS, n->begin, n->end, "aliases are not allowed");
    rf_report_hint(rd->report, d, "write a macro and `use` it");
    attach(rd, n);
}

/* One event into the tree; false at the end or when reading cannot go on. */
static bool take(struct reader *rd, const yaml_event_t *e)
{
    switch (e->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (rd->root) {
            uint32_t at = byte_of(rd, &e->start_mark);
            struct rf_diag *d = complain(rd, RF_CODE_DOCUMENTS, at, at + 3,
                                         "a file holds one document only");
            rf_report_hint(rd->report, d, "put the rest into a file of its own");
            return false;
        }
        return true;
    case YAML_ALIAS_EVENT:
        take_alias(rd, e);
        return true;
    case YAML_SCALAR_EVENT:
        take_scalar(rd, e);
        return true;
    case YAML_MAPPING_START_EVENT:
        rd->failed = !begin_container(
            rd, RF_YAML_MAP, e, e->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE);
        break;
    case YAML_SEQUENCE_START_EVENT:
        rd->failed =
            !begin_container(rd, RF_YAML_LIST, e,
                             e->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE);
        break;
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        end_container(rd, e);
        return true;
    case YAML_STREAM_END_EVENT:
        return false;
    default:
        return true;
    }
    if (rd->failed)
        return false;
    const struct rf_yaml_node *n = rd->open[rd->depth - 1].node;
    if (n->kind == RF_YAML_MAP)
        refuse_anchor(rd, n, e->data.mapping_start.anchor, e->data.mapping_start.tag);
    else
        refuse_anchor(rd, n, e->data.sequence_start.anchor, e->data.sequence_start.tag);
    return true;
}

static void syntax_error(struct reader *rd)
{
    const yaml_parser_t *p = &rd->parser;
    uint32_t at = byte_of(rd, &p->problem_mark);
    struct rf_diag *d =
        rf_report_add(rd->report, RF_ERROR, RF_CODE_SYNTAX, rd->source, at, at + 1,
                      "not YAML: %s%s%s", p->problem ? p->problem : "cannot be read",
                      p->context ? ", " : "", p->context ? p->context : "");
    if (at < rd->text.n && rd->text.p[at] == '\t')
        rf_report_hint(rd->report, d, "indent with spaces, not with tabs");
    else if (p->problem && strstr(p->problem, "cannot start any token"))
        rf_report_hint(rd->report, d, "put the value in quotes");
    else if (p->problem && strstr(p->problem, "mapping values are not allowed"))
        rf_report_hint(rd->report, d,
                       "check the indentation; a value with ': ' in it needs quotes");
    else if (p->context && strstr(p->context, "while parsing a flow"))
        rf_report_hint(rd->report, d, "the bracket opened in line %zu is not closed",
                       p->context_mark.line + 1);
    else if (p->context && strstr(p->context, "quoted scalar") &&
             strstr(p->problem, "end of stream"))
        rf_report_hint(rd->report, d, "the quote opened in line %zu is not closed",
                       p->context_mark.line + 1);
    else if (p->problem && strstr(p->problem, "unknown escape character"))
        rf_report_hint(rd->report, d, "use single quotes, they know no escapes");
    rd->failed = true;
}

const struct rf_yaml_node *rf_yaml_read(struct rf_arena *a, struct rf_report *r,
                                        uint32_t source)
{
    struct reader rd = {.arena = a, .report = r, .source = source};
    rd.text = rf_report_source_text(r, source);
    size_t skip = rf_str_starts(rd.text, RF_STR("\xef\xbb\xbf")) ? 3 : 0;
    if (!scan(&rd, skip))
        return NULL;
    if (!yaml_parser_initialize(&rd.parser))
        return NULL;
    yaml_parser_set_encoding(&rd.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&rd.parser, (const unsigned char *)rd.text.p + skip,
                                 rd.text.n - skip);
    for (bool more = true; more;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&rd.parser, &event)) {
            syntax_error(&rd);
            break;
        }
        more = take(&rd, &event);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&rd.parser);
    if (rd.failed)
        return NULL;
    if (!rd.root) {
        rd.root = RF_NEW(a, struct rf_yaml_node);
        rd.root->source = source;
        rd.root->s = rf_str("", 0);
    }
    return rd.root;
}

const struct rf_yaml_node *rf_yaml_get(const struct rf_yaml_node *n, const char *key)
{
    if (!n || n->kind != RF_YAML_MAP)
        return NULL;
    for (uint32_t i = 0; i < n->n; i++)
        if (rf_str_eqz(n->pairs[i].key->s, key))
            return n->pairs[i].value;
    return NULL;
}

bool rf_yaml_is_null(const struct rf_yaml_node *n)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL"};
    if (n->kind != RF_YAML_SCALAR || n->style != RF_YAML_PLAIN)
        return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (rf_str_eqz(n->s, words[i]))
            return true;
    return false;
}
