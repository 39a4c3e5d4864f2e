/* ringfence lookup: all that a daemon knows of a number or a host. */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "daemon/cli/cli.h"
#include "daemon/cli/list_change.h"

static bool is(const json_t *o, const char *key)
{
    return json_is_true(json_object_get(o, key));
}

static void print_number(const json_t *n)
{
    size_t i;
    json_t *type;
    bool sender = strcmp(cli_str(n, "form"), "alphanumeric") == 0;
    printf("%s: %s", cli_str(n, "normal"), cli_str(n, "form"));
    printf(sender ? " sender" : " number");
    if (*cli_str(n, "country"))
        printf(", %s", cli_str(n, "country"));
    json_array_foreach(json_object_get(n, "type"), i,
                       type) if (strcmp(json_string_value(type), cli_str(n, "form")) != 0)
        printf(", %s", json_string_value(type));
    printf("%s\n", is(n, "protected") ? ", protected: always allowed" : "");
    printf("in events: %s, key %s\n", cli_str(n, "masked"), cli_str(n, "key"));
}

static void print_host(const json_t *h)
{
    printf("%s: host", cli_str(h, "normal"));
    if (*cli_str(h, "domain"))
        printf(", domain %s", cli_str(h, "domain"));
    puts(is(h, "ip")             ? ", an address"
         : is(h, "shortener")    ? ", a URL shortener"
         : is(h, "mixed_script") ? ", of mixed scripts"
                                 : "");
}

static void print_lists(const json_t *lists)
{
    size_t i;
    json_t *l;
    json_array_foreach(lists, i, l)
    {
        printf("%sin list %s%s%s\n", is(l, "listed") ? "" : "not ", cli_str(l, "name"),
               is(l, "listed") ? ", as " : "", cli_str(l, "by"));
        list_print_sources(l, "  ");
    }
    if (json_array_size(lists) == 0)
        puts("in no list");
}

static void print_thresholds(const json_t *all)
{
    size_t i;
    json_t *o, *value;
    const char *name;
    json_array_foreach(all, i, o) json_object_foreach(o, name, value)
        printf(", %s %.15g", name, json_number_value(value));
}

static void print_counter(const json_t *c)
{
    printf("counted by %s (%s): %s by %s", cli_str(c, "rule"), cli_str(c, "mode"),
           cli_str(c, "behavior"), cli_str(c, "field"));
    if (cli_int(c, "window_ms"))
        printf(" in %lld s", cli_int(c, "window_ms") / 1000);
    /* in thousandths: different values above 1,024 are estimates with many places */
    printf(" = %.15g of %lld records",
           round(json_number_value(json_object_get(c, "value")) * 1000) / 1000,
           cli_int(c, "records"));
    print_thresholds(json_object_get(c, "thresholds"));
    puts(is(c, "met") ? ": met" : "");
}

static void print_mark(const json_t *m)
{
    printf("marked by %s (%s): as %s, %lld times or more within %lld s\n",
           cli_str(m, "rule"), cli_str(m, "mode"), cli_str(m, "field"),
           cli_int(m, "times"), cli_int(m, "within_ms") / 1000);
}

static void print_alert(const json_t *a)
{
    printf("alert of %s since %s: by %s, now %.15g, highest %.15g, over %.15g\n",
           cli_str(a, "rule"), cli_str(a, "since"), cli_str(a, "field"),
           json_number_value(json_object_get(a, "value")),
           json_number_value(json_object_get(a, "peak")),
           json_number_value(json_object_get(a, "over")));
}

static void print_each(const json_t *all, void (*print)(const json_t *o))
{
    size_t i;
    json_t *o;
    json_array_foreach(all, i, o) print(o);
}

static void print_forgotten(const json_t *when)
{
    printf("forgotten at %s: counted anew since\n", json_string_value(when));
}

static void print_elsewhere(const json_t *what)
{
    printf("not searched: %s\n", json_string_value(what));
}

static void print(const json_t *reply)
{
    const json_t *number = json_object_get(reply, "number");
    number ? print_number(number) : print_host(json_object_get(reply, "host"));
    print_lists(json_object_get(reply, "lists"));
    print_each(json_object_get(reply, "counters"), print_counter);
    print_each(json_object_get(reply, "marks"), print_mark);
    print_each(json_object_get(reply, "alerts"), print_alert);
    print_each(json_object_get(reply, "forgotten"), print_forgotten);
    print_each(json_object_get(reply, "not_searched"), print_elsewhere);
}

int cmd_lookup(int argc, char **argv)
{
    struct cli_ask_options o;
    json_t *reply = NULL;
    int rc = cli_ask_options(argc, argv, &o);
    if (rc != 0)
        return rc;
    if (argc - optind != 1)
        return cli_usage("lookup takes one number or host");
    json_t *request = json_pack("{ssss}", "command", "lookup", "value", argv[optind]);
    if (!request)
        return cli_usage("that is not UTF-8");
    rc = cli_asked(&o, request, &reply);
    if (rc == 0 && !o.json)
        print(reply);
    json_decref(reply);
    return rc;
}
