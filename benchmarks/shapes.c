#include "benchmarks/shapes.h"

#include <stdlib.h>

static const struct shape shapes[] = {
    /* alternations */
    {12, ENGLISH, "\\b(?:%1|%2|%3) (?:%4|%5)\\b", "%2 %5", "%2 %6"},
    {10, CHINESE, "(?:%1|%2|%3).{0,8}(?:%4|%5)", "%3，%4", "%3，%6"},
    {6, ENGLISH, "\\b%1(?:s|ed|ing)? (?:your|my|our) %2\\b", "%1ing your %2",
     "%1 the %2"},
    /* gaps */
    {12, ENGLISH, "%1.{0,20}%2", "%1 now the %2", "%1 now the %3"},
    {8, CHINESE, "%1.{1,12}%2", "%1请您%2", "%1请您%3"},
    {4, ENGLISH, "%1\\W+(?:\\w+\\W+){0,3}%2", "%1, to the %2", "%1, to the %3"},
    /* classes */
    {8, ENGLISH, "%1[ :#-]*[0-9]{4,6}\\b", "%1: 48213", "%1: 48"},
    {6, CHINESE, "%1[0-9]+(?:\\.[0-9]+)?(?:元|万|块)", "%18800.50元", "%1元"},
    {5, ENGLISH, "\\b[%1]{4,}%2\\d", "%1%1%27", "%1%1%2"},
    {4, ENGLISH, "%1 (?:[$€£¥]|usd|rmb) ?\\d[\\d,.]*", "%1 $ 1,200", "%1 1,200"},
    /* look-around */
    {6, ENGLISH, "%1(?! %2)\\s+%3", "%1 %3", "%1 %2"},
    {4, ENGLISH, "(?<!%2 )%1\\s+%3\\b", "%1 %3", "%2 %1"},
    {3, CHINESE, "(?=.*%1)(?=.*%2).*%3", "%3%2%1", "%3%2"},
    /* back-references */
    {3, ENGLISH, "\\b(%1|%2)\\W+\\1\\b", "%2 %2", "%2 %3"},
    {2, ENGLISH, "%1 (\\d)\\1{2,}", "%1 888", "%1 818"},
    /* word edges beside letters that are not ASCII */
    {4, CHINESE, "\\b%1\\b|%2\\b", " %1 ", "%3"},
    {3, ENGLISH, "\\b(?:срочно|приз|код)\\b.{0,10}%1", "срочно %1", "срочно %2"},
};

const struct shape *shape_draw(struct random *r)
{
    unsigned x = (unsigned)random_below(r, 100);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        if (x < shapes[i].share)
            return &shapes[i];
        x -= shapes[i].share;
    }
    abort(); /* the shares make 100 */
}

void shape_write(struct rf_buf *out, const char *template,
                 const struct rf_str words[SHAPE_WORDS])
{
    for (const char *s = template; *s; s++) {
        if (s[0] == '%' && s[1] >= '1' && s[1] < '1' + SHAPE_WORDS)
            rf_buf_adds(out, words[*++s - '1']);
        else
            rf_buf_addc(out, *s);
    }
}
