#include "lib/text/find.h"

#include "lib/text/find_parts.h"

void rf_text_find(struct rf_arena *a, const struct rf_find_options *opt,
                  struct rf_str raw, struct rf_finds *out)
{
    memset(out, 0, sizeof *out);
    rf_find_urls(a, raw, out);
    if (opt && opt->possible)
        rf_find_phones(a, opt, raw, out);
}
