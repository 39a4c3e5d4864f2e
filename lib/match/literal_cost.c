/* Cold: rule loading. */
#include "lib/match/literal_cost.h"

#include <math.h>
#include <stdlib.h>

#define TEXT_BYTES 100.0
#define SURE 2.0 /* stands everywhere */

/* Bits of surprise, times ten, of the letters a to z in running English. */
static const unsigned char letter_bits[26] = {
    36, 61, 52, 45, 30, 55, 56, 41, 38, 94, 70, 46, 53,
    39, 37, 57, 99, 41, 40, 34, 51, 67, 55, 90, 56, 99,
};

/* Of a thousand texts so many hold the word. */
static const char words[] =
    "you=220 your=140 the=180 to=300 for=120 and=110 have=60 will=50 call=60 "
    "free=50 now=60 with=50 this=60 that=50 from=60 our=150 are=60 get=50 can=40 "
    "not=60 text=30 please=50 reply=40 stop=50 mobile=25 account=50 bank=30 "
    "code=40 claim=25 prize=15 win=20 won=15 mail=20 email=12 click=25 link=20 "
    "here=25 order=20 day=50 today=30 time=30 home=15 just=30 know=20 like=20 "
    "love=20 good=20 send=25 message=20 messages=10 phone=20 number=20 service=20 "
    "customer=20 card=20 credit=12 offer=20 offers=10 new=40 all=70 out=35 over=20 "
    "only=20 want=15 http=90 https=60 www=40 com=90 would=15 could=10 there=20 "
    "their=10 these=10 those=5 other=10 before=12 after=12 within=10 until=10 "
    "more=30 info=20 information=8 online=15 money=15 cash=15 pay=25 payment=15 "
    "paid=6 give=10 take=12 make=12 need=20 back=20 what=25 when=25 where=10 "
    "about=20 which=8 been=25 has=35 was=30 contact=15 update=12 details=12 "
    "password=12 security=10 secure=6 delivery=15 transfer=8 week=15 month=12 "
    "year=12 friend=12 friends=6 people=8 work=15 thanks=12 thank=20 dear=25 "
    "hello=12 sorry=12 some=15 going=15 address=8 private=5 personal=6 late=8 "
    "later=12 amount=8 last=12 first=10 next=12 one=35 any=25 who=12 how=25 sum=3 "
    "risk=3 business=5 marketing=2 advertising=2 increase=3 request=8 ";

static double bits_of(unsigned char c)
{
    if (c >= 'A' && c <= 'Z')
        c |= 0x20;
    if (c >= 'a' && c <= 'z')
        return letter_bits[c - 'a'] / 10.0;
    if (c >= '0' && c <= '9')
        return 5;
    if (c >= 0xE0) /* three bytes: one of the 500 most common Chinese characters */
        return 5;
    if (c >= 0x80)
        return c >= 0xC0 ? 10 : 2;
    return c == ' ' ? 2.5 : strchr(".,/:!?-'()&\n", c) ? 6 : 9.5;
}

static struct rf_str trimmed(struct rf_str s)
{
    while (s.n && s.p[0] == ' ')
        s = rf_str_sub(s, 1);
    while (s.n && s.p[s.n - 1] == ' ')
        s.n--;
    return s;
}

static bool all_letters(struct rf_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < 'a' || s.p[i] > 'z')
            return false;
    return true;
}

/* The texts with a word of which s is a part. */
static double of_words(struct rf_str s)
{
    double cost = 0;
    s = trimmed(s);
    if (s.n < 2 || !all_letters(s))
        return 0;
    const char *end = words + sizeof words - 1;
    for (const char *at = words; (at = memmem(at, (size_t)(end - at), s.p, s.n));) {
        at = strchr(at, '=') + 1;
        cost += strtod(at, NULL) / 1000;
    }
    return cost;
}

double rf_literal_cost(struct rf_str s)
{
    double bits = 0;
    if (s.n == 0)
        return SURE;
    /* Neighbors are no independent draws: each later letter surprises less. */
    for (size_t i = 0; i < s.n; i++)
        bits += bits_of((unsigned char)s.p[i]) * (i ? 0.85 : 1);
    double letters = TEXT_BYTES * exp2(-bits), known = of_words(s);
    return letters > known ? letters : known;
}

double rf_literals_cost(struct rf_literals x)
{
    double cost = x.n ? 0 : SURE;
    for (size_t i = 0; i < x.n; i++)
        cost += rf_literal_cost(x.v[i]);
    return cost;
}

/* Most are Chinese: a quarter of all. */
static double beyond_share(const struct rf_set *s)
{
    int chinese = 0, others = 0;
    for (int c = 0xC2; c < 0xF5; c++) {
        bool is = c >= 0xE4 && c <= 0xE9, has = rf_set_has(s, (unsigned char)c);
        chinese += has && is;
        others += has && !is;
    }
    double share = chinese * 0.25 / 6 + others * 0.01;
    return share < 0.3 ? share : 0.3;
}

double rf_set_share(const struct rf_set *s)
{
    double share = beyond_share(s);
    for (int c = 1; c < 0x80; c++)
        if ((c < 'A' || c > 'Z') && rf_set_has(s, (unsigned char)c))
            share += 0.7 * exp2(-bits_of((unsigned char)c));
    return share < 1 ? share : 1;
}
