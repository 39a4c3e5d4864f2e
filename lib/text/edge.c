#include "lib/text/edge.h"

#include "lib/text/prop.h"

static uint32_t prop_at(struct rf_str s, size_t i)
{
    size_t len;
    return rf_text_prop(rf_text_next(s.p + i, s.n - i, &len));
}

/* Whether a character with property beside may stand next to an end with property end. */
static bool edge_between(uint32_t end, uint32_t beside)
{
    if (end & RF_PROP_NO_EDGE)
        return true;
    switch (rf_prop_class(beside)) {
    case RF_CLASS_LETTER:
        return rf_prop_script(beside) != rf_prop_script(end);
    case RF_CLASS_MARK:
    case RF_CLASS_DIGIT:
        return false;
    default:
        return true;
    }
}

/* The property of the last character of s[begin, end), a mark of no script of its own
 * counting as the character it stands on. */
static uint32_t last_prop(struct rf_str s, size_t begin, size_t end)
{
    uint32_t prop;
    do {
        end = rf_text_back(s.p, end);
        prop = prop_at(s, end);
    } while (end > begin && rf_prop_class(prop) == RF_CLASS_MARK &&
             rf_prop_script(prop) == RF_SCRIPT_INHERITED);
    return prop;
}

static bool ascii_letter(char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26;
}

/* Most ends: a letter of ASCII beside ASCII needs no look at the tables. */
static bool quick(char end, char beside)
{
    return ascii_letter(end) && (unsigned char)beside < 0x80;
}

static bool quick_edge(char beside)
{
    return !ascii_letter(beside) && (unsigned char)(beside - '0') >= 10;
}

static bool begins_word(struct rf_str view, size_t begin)
{
    if (begin == 0)
        return true;
    if (quick(view.p[begin], view.p[begin - 1]))
        return quick_edge(view.p[begin - 1]);
    return edge_between(prop_at(view, begin), prop_at(view, rf_text_back(view.p, begin)));
}

static bool ends_word(struct rf_str view, size_t begin, size_t end)
{
    if (end == view.n)
        return true;
    if (quick(view.p[end - 1], view.p[end]))
        return quick_edge(view.p[end]);
    return edge_between(last_prop(view, begin, end), prop_at(view, end));
}

bool rf_text_word_edges(struct rf_str view, size_t begin, size_t end)
{
    return begin < end && begins_word(view, begin) && ends_word(view, begin, end);
}
