/* ringfence lookup: all that a daemon knows of a number or a host. */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "daemon/cli/cli.h"
#include "daemon/cli/list_change.h"

static const char *get(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

static long long whole(const json_t *o, const char *key)
{
    return (long long)json_integer_value(json_object_get(o, key));
}

static bool is(const json_t *o, const char *key)
{
    return json_is_true(json_object_get(o, key));
}

static void print_number(const json_t *n)
{
    size_t i;
    json_t *type;
    bool sender = strcmp(get(n, "form"), "alphanumeric") == 0;
    printf("%s: %s", get(n, "normal"), get(n, "form"));
    printf(sender ? " sender" : " number");
    if (*get(n, "country"))
        printf(", %s", get(n, "country"));
    json_array_foreach(json_object_get(n, "type"), i,
                       type) if (strcmp(json_string_value(type), get(n, "form")) != 0)
        printf(", %s", json_string_value(type));
    printf("%s\n", is(n, "protected") ? ", protected: always allowed" : "");
    printf("in events: %s, key %s\n", get(n, "masked"), get(n, "key"));
}

static void print_host(const json_t *h)
{
    printf("%s: host", get(h, "normal"));
    if (*get(h, "domain"))
        printf(", domain %s", get(h, "domain"));
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
        printf("%sin list %s%s%s\n", is(l, "listed") ? "" : "not ", get(l, "name"),
               is(l, "listed") ? ", as " : "", get(l, "by"));
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
    printf("counted by %s (%s): %s by %s", get(c, "rule"), get(c, "mode"),
           get(c, "behavior"), get(c, "field"));
    if (whole(c, "window_ms"))
        printf(" in %lld s", whole(c, "window_ms") / 1000);
    /* in thousandths: different values above 1,024 are estimates with many places */
    printf(" = %.15g of %lld records",
           round(json_number_value(json_object_get(c, "value")) * 1000) / 1000,
           whole(c, "records"));
    print_thresholds(json_object_get(c, "thresholds"));
    puts(is(c, "met") ? ": met" : "");
}

static void print_mark(const json_t *m)
{
    printf("marked by %s (%s): as %s, %lld times or more within %lld s\n", get(m, "rule"),
           get(m, "mode"), get(m, "field"), whole(m, "times"),
           whole(m, "within_ms") / 1000);
}

static void print_alert(const json_t *a)
{
    printf("alert of %s since %s: by %s, now %.15g, highest %.15g, over %.15g\n",
           get(a, "rule"), get(a, "since"), get(a, "field"),
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
