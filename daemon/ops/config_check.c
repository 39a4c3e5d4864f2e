#include "daemon/ops/config_table.h"

#include <sys/un.h>

#include "daemon/address.h"
#include "daemon/store/redis.h"
#include "lib/record/plan.h"
#include "lib/ruleset/zone.h"

#define PREFIX_BYTES 64

void config_check_listen(struct config_reader *r, const struct config_key *key,
                         const struct rf_yaml_node *n)
{
    struct address a;
    const char *why;
    (void)key;
    if (address_parse(&a, n->s, &why) != RF_OK)
        config_error(
            r, n, rf_str_starts(n->s, RF_STR("tls://")) ? RF_CODE_LATER : RF_CODE_VALUE,
            "%s", why);
}

void config_check_country(struct config_reader *r, const struct config_key *key,
                          const struct rf_yaml_node *n)
{
    (void)key;
    if (!rf_plan_find(n->s)) {
        struct rf_diag *d =
            config_error(r, n, RF_CODE_VALUE, "no country '%.*s'", RF_STR_FMT(n->s));
        rf_report_hint(r->report, d, "ISO 3166-1, such as CN or HK");
    }
}

void config_check_timezone(struct config_reader *r, const struct config_key *key,
                           const struct rf_yaml_node *n)
{
    struct rf_zone z;
    struct rf_arena a;
    (void)key;
    rf_arena_init(&a, 0);
    if (rf_zone_init(&z, &a, n->s) != RF_OK)
        config_error(r, n, RF_CODE_VALUE, "no time zone '%.*s'", RF_STR_FMT(n->s));
    rf_arena_fini(&a);
}

void config_check_filled(struct config_reader *r, const struct config_key *key,
                         const struct rf_yaml_node *n)
{
    if (n->s.n == 0)
        config_error(r, n, RF_CODE_EMPTY, "%s is empty", key->name);
}

void config_check_socket(struct config_reader *r, const struct config_key *key,
                         const struct rf_yaml_node *n)
{
    if (n->s.n == 0 || n->s.n >= sizeof((struct sockaddr_un *)0)->sun_path)
        config_error(r, n, RF_CODE_VALUE, "%s takes a path of 1 to 107 bytes", key->name);
}

void config_check_number(struct config_reader *r, const struct config_key *key,
                         const struct rf_yaml_node *n)
{
    size_t plus = n->s.n && n->s.p[0] == '+';
    bool digits = n->s.n > plus && n->s.n - plus <= 21;
    for (size_t i = plus; i < n->s.n; i++)
        digits &= n->s.p[i] >= '0' && n->s.p[i] <= '9';
    if (!digits)
        config_error(r, n, RF_CODE_VALUE, "%s takes numbers, digits after a + or not",
                     key->name);
}

void config_check_redis(struct config_reader *r, const struct config_key *key,
                        const struct rf_yaml_node *n)
{
    const char *why;
    (void)key;
    if (redis_check_address(n->s, &why) != RF_OK)
        config_error(r, n, RF_CODE_VALUE, "%s", why);
}

/* What braces enclose would decide about a key's place in a Cluster. */
void config_check_prefix(struct config_reader *r, const struct config_key *key,
                         const struct rf_yaml_node *n)
{
    bool plain = n->s.n > 0 && n->s.n <= PREFIX_BYTES;
    for (size_t i = 0; i < n->s.n; i++)
        plain &= n->s.p[i] > ' ' && n->s.p[i] < 127 && !strchr("{}*?[]\\", n->s.p[i]);
    if (!plain)
        config_error(r, n, RF_CODE_VALUE,
                     "%s takes 1 to 64 ASCII characters, none of them a space or one of "
                     "{}*?[]\\",
                     key->name);
}

static void check_exposed(struct config_reader *r, const struct rf_yaml_node *n)
{
    struct address a;
    const char *why;
    if (address_parse(&a, n->s, &why) != RF_OK || !address_exposed(&a))
        return;
    struct rf_diag *d =
        config_error(r, n, RF_CODE_VALUE,
                     "a tcp:// listener without TLS on an address other than "
                     "loopback is refused");
    rf_report_hint(r->report, d, "feed.insecure: true allows it");
}

void config_check_all(struct config_reader *r)
{
    const struct rf_settings *s = &r->c->settings;
    for (uint32_t i = 0; r->listen && !r->c->insecure && i < r->listen->n; i++)
        check_exposed(r, r->listen->items[i]);
    if (r->listen && r->listen->n == 0)
        config_error(r, r->listen, RF_CODE_EMPTY, "listen is empty");
    if (s->warn_score > s->block_score)
        rf_report_add(r->report, RF_ERROR, RF_CODE_VALUE, RF_NO_SOURCE, 0, 0,
                      "verdict.warn_score is above verdict.block_score");
}
