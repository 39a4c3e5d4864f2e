#include "tests/unit/record/address_oracle.h"

#include <cstring>
#include <set>
#include <string>
#include <vector>

#include <phonenumbers/phonenumberutil.h>

// In C++ a function hides the constructor of the struct of its name: no matter here.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#include "lib/record/plan.h"
#pragma GCC diagnostic pop

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

static unsigned types_of(PhoneNumberUtil::PhoneNumberType type)
{
    switch (type) {
    case PhoneNumberUtil::FIXED_LINE:
        return RF_TYPE_FIXED;
    case PhoneNumberUtil::MOBILE:
        return RF_TYPE_MOBILE;
    case PhoneNumberUtil::FIXED_LINE_OR_MOBILE:
        return RF_TYPE_FIXED | RF_TYPE_MOBILE;
    case PhoneNumberUtil::TOLL_FREE:
        return RF_TYPE_TOLL_FREE;
    case PhoneNumberUtil::PREMIUM_RATE:
        return RF_TYPE_PREMIUM;
    case PhoneNumberUtil::SHARED_COST:
        return RF_TYPE_SHARED_COST;
    case PhoneNumberUtil::VOIP:
        return RF_TYPE_VOIP;
    default:
        return 0;
    }
}

bool oracle_parse(const char *s, const char *region, struct oracle *out)
{
    PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
    PhoneNumber n;
    memset(out, 0, sizeof *out);
    if (util.Parse(s, region, &n) != PhoneNumberUtil::NO_PARSING_ERROR)
        return false;
    std::string e164, country;
    util.Format(n, PhoneNumberUtil::E164, &e164);
    util.GetRegionCodeForNumber(n, &country);
    strncpy(out->e164, e164.c_str(), sizeof out->e164 - 1);
    if (country.size() == 2 && country != "ZZ")
        memcpy(out->country, country.c_str(), 2);
    out->possible = util.IsPossibleNumberWithReason(n) == PhoneNumberUtil::IS_POSSIBLE;
    PhoneNumberUtil::PhoneNumberType type = util.GetNumberType(n);
    out->valid = type != PhoneNumberUtil::UNKNOWN; // as IsValidNumber has it
    out->types = types_of(type);
    return true;
}

bool oracle_example(const char *region, int type, char out[40])
{
    PhoneNumberUtil &util = *PhoneNumberUtil::GetInstance();
    PhoneNumber n;
    std::string national;
    if (!util.GetExampleNumberForType(region, (PhoneNumberUtil::PhoneNumberType)type, &n))
        return false;
    util.GetNationalSignificantNumber(n, &national);
    strncpy(out, national.c_str(), 39);
    out[39] = '\0';
    return true;
}

const char *oracle_region(unsigned i)
{
    static const std::vector<std::string> regions = [] {
        std::set<std::string> set;
        PhoneNumberUtil::GetInstance()->GetSupportedRegions(&set);
        return std::vector<std::string>(set.begin(), set.end());
    }();
    return i < regions.size() ? regions[i].c_str() : nullptr;
}
