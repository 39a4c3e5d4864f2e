// Build-time generator: libphonenumber's compiled-in metadata to flat C tables (plan.inc,
// included by plan.c), so that the daemon neither links the library nor runs a regex.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "lib/record/gen_automaton.h"

// Exported by the library, declared in no installed header.
namespace i18n
{
namespace phonenumbers
{
const void *metadata_get();
int metadata_size();
const void *short_metadata_get();
int short_metadata_size();
} // namespace phonenumbers
} // namespace i18n

// ---- output
// -----------------------------------------------------------------------------

struct Tables {
    std::vector<unsigned> sets;
    std::vector<std::string> prefixes;
    std::vector<std::string> emergency;
};

struct Span {
    int first, n;
    std::array<unsigned, 10> second; // by first digit: digits that may follow in a match
};

// As a row of struct prefix_list.
static std::string list_row(const Span &s)
{
    std::string row = "{" + std::to_string(s.first) + ", " + std::to_string(s.n) + ", {";
    for (unsigned digits : s.second)
        row += std::to_string(digits) + ",";
    return row + "}}";
}

static Span add_prefixes(Tables &t, const std::string &pattern)
{
    Span span{(int)t.prefixes.size(), 0, {}};
    for (auto &w : prefix_ways(pattern)) {
        if (w.sets.empty())
            continue; // strips nothing, and always comes last
        char line[100];
        auto group = [&](int g) { return w.begin[g] < 0 ? 0 : w.begin[g]; };
        auto length = [&](int g) { return w.begin[g] < 0 ? 0 : w.end[g] - w.begin[g]; };
        snprintf(line, sizeof line, "{%zu, %zu, %d, {%d, %d}, {%d, %d}}", t.sets.size(),
                 w.sets.size(), w.at_end, group(0), group(1), length(0), length(1));
        t.prefixes.push_back(line);
        t.sets.insert(t.sets.end(), w.sets.begin(), w.sets.end());
        span.n++;
        for (int d = 0; d < 10; d++)
            if (w.sets[0] >> d & 1)
                span.second[d] |= w.sets.size() > 1 ? w.sets[1] : 0x3ff;
    }
    return span;
}

// Emergency numbers that the metadata does not have.
static std::set<std::string> more_emergency(const std::string &iso)
{
    if (iso == "CN")
        return {"122", "12110"}; // traffic accidents; the police by text message
    return {};
}

static Span add_emergency(Tables &t, const std::string &iso, const std::string &pattern)
{
    std::set<std::string> all = more_emergency(iso);
    all.insert("112");
    all.insert("911");
    for (auto &w : prefix_ways(pattern)) {
        std::vector<std::string> words{""};
        for (unsigned set : w.sets) {
            std::vector<std::string> next;
            for (auto &word : words)
                for (int d = 0; d < 10; d++)
                    if (set >> d & 1)
                        next.push_back(word + (char)('0' + d));
            words.swap(next);
        }
        all.insert(words.begin(), words.end());
    }
    Span span{(int)t.emergency.size(), (int)all.size(), {}};
    t.emergency.insert(t.emergency.end(), all.begin(), all.end());
    return span;
}

static int groups_in(const std::string &pattern)
{
    int n = 0;
    for (size_t i = 0; i < pattern.size(); i++)
        n += pattern[i] == '(' && pattern.compare(i, 3, "(?:") != 0;
    return n;
}

static void print_states(const Shared &shared)
{
    if (shared.rows.size() > 65535)
        die("too many states");
    printf("static const struct state states[] = {\n");
    for (size_t i = 0; i < shared.rows.size(); i++) {
        auto same = shared.same((int)i);
        printf("{{");
        for (int d = 0; d < 10; d++)
            printf("%d,", shared.rows[i][d] < 0 ? (int)i : shared.rows[i][d]);
        printf("}, %d, %d, %d},\n", shared.rows[i][10], same.first, same.second);
    }
    printf("};\n");
}

static void print_tables(const Tables &t)
{
    printf("static const uint16_t sets[] = {");
    for (unsigned s : t.sets)
        printf("%u,", s);
    printf("};\nstatic const struct prefix prefixes[] = {\n");
    for (auto &p : t.prefixes)
        printf("%s,\n", p.c_str());
    printf("};\nstatic const char *const emergency[] = {");
    for (auto &e : t.emergency)
        printf("\"%s\",", e.c_str());
    printf("};\n");
}

int main()
{
    using namespace i18n::phonenumbers;
    PhoneMetadataCollection all, shorts;
    if (!all.ParseFromArray(metadata_get(), metadata_size()) ||
        !shorts.ParseFromArray(short_metadata_get(), short_metadata_size()))
        die("cannot read the metadata");
    std::map<std::string, std::string> emergencies;
    for (auto &m : shorts.metadata())
        emergencies[m.id()] = m.emergency().national_number_pattern();

    std::vector<const PhoneMetadata *> plans;
    for (auto &m : all.metadata())
        plans.push_back(&m);
    std::stable_sort(plans.begin(), plans.end(),
                     [](auto *a, auto *b) { return a->id() < b->id(); });
    std::map<int, std::vector<int>> codes;
    for (auto &m : all.metadata()) { // in the library's own order
        int i = (int)(std::find(plans.begin(), plans.end(), &m) - plans.begin());
        auto &list = codes[m.country_code()];
        list.insert(m.main_country_for_code() ? list.begin() : list.end(), i);
    }

    if (codes.size() > 255 || codes.rbegin()->first > 999)
        die("too many calling codes");
    Shared shared;
    Tables tables;
    std::string code_rows, plan_rows;
    std::map<int, int> code_index;
    shared.sink(0);
    for (auto &c : codes) {
        std::vector<const PhoneMetadata *> regions;
        for (int i : c.second)
            regions.push_back(plans[i]);
        int root = CodeAutomaton(shared, regions, c.second).root;
        code_index[c.first] = (int)code_index.size();
        code_rows += "{" + std::to_string(c.first) + ", " + std::to_string(root) + ", " +
                     std::to_string(c.second[0]) + "},\n";
    }
    for (auto *m : plans) {
        auto &g = m->general_desc();
        Span idd = add_prefixes(tables, m->international_prefix());
        Span national = add_prefixes(tables, m->national_prefix_for_parsing());
        Span em = add_emergency(tables, m->id(), emergencies[m->id()]);
        char row[600];
        snprintf(row, sizeof row,
                 "{\"%s\", \"%s\", \"%s\", %d, %d, %d, %d, 0x%x, 0x%x, "
                 "%s, %s, %d, %d, %d},\n",
                 m->id() == "001" ? "" : m->id().c_str(), m->national_prefix().c_str(),
                 m->national_prefix_transform_rule().c_str(), m->country_code(),
                 code_index[m->country_code()],
                 pattern_automaton(shared, g.national_number_pattern()),
                 set_automaton(shared, Areas(*m).codes), lengths_of(g.possible_length()),
                 lengths_of(g.possible_length_local_only()), list_row(idd).c_str(),
                 list_row(national).c_str(), groups_in(m->national_prefix_for_parsing()),
                 em.first, em.n);
        plan_rows += row;
    }
    printf("/* Made by gen_plan.cc from libphonenumber's metadata. */\n");
    print_states(shared);
    print_tables(tables);
    printf("static const struct code codes[] = {\n%s};\n", code_rows.c_str());
    printf("static const uint8_t code_of[1000] = {"); // calling code to index + 1
    for (int c = 0; c < 1000; c++)
        printf("%d,", code_index.count(c) ? code_index[c] + 1 : 0);
    printf("};\n");
    printf("static const struct rf_plan plans[] = {\n%s};\n", plan_rows.c_str());
    return 0;
}
