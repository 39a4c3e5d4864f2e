// Part of gen_plan.cc (C++, build time only): automata of national numbers. The languages
// are finite, so each automaton is acyclic but for its dead ends, and all share their
// equal states. One automaton per calling code tells region and type at once.
#ifndef RF_RECORD_GEN_AUTOMATON_H
#define RF_RECORD_GEN_AUTOMATON_H

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include <phonenumbers/phonemetadata.pb.h>

#include "lib/record/gen_regex.h"

using i18n::phonenumbers::PhoneMetadata;
using i18n::phonenumbers::PhoneNumberDesc;

// ---- automata
// ---------------------------------------------------------------------------

struct Nfa {
    struct State {
        unsigned set = 0; // digits that lead to `next`
        int next = -1;
        std::vector<int> eps;
        int accept = -1; // component
    };
    std::vector<State> states;

    int add()
    {
        states.emplace_back();
        return (int)states.size() - 1;
    }
    // Adds n between a new state, returned, and `to`.
    int before(const Node &n, int to)
    {
        int s = -1;
        switch (n.kind) {
        case Node::SET:
            s = add();
            states[s].set = n.set;
            states[s].next = to;
            return s;
        case Node::CAT:
            for (size_t i = n.kids.size(); i-- > 0;)
                to = before(*n.kids[i], to);
            return to;
        case Node::ALT:
            s = add();
            for (auto &k : n.kids) {
                int b = before(*k, to);
                states[s].eps.push_back(b);
            }
            return s;
        case Node::REPEAT: {
            int end = to;
            for (int i = n.max; i > 0; i--) {
                int b = before(*n.kids[0], to);
                to = b;
                if (i > n.min) {
                    to = add();
                    states[to].eps = {b, end};
                }
            }
            return to;
        }
        case Node::GROUP:
            return before(*n.kids[0], to);
        case Node::END:
            break;
        }
        die("$ in a number pattern");
    }
    int accept(int component)
    {
        int s = add();
        states[s].accept = component;
        return s;
    }
    void close(std::set<int> &set, int s) const
    {
        if (!set.insert(s).second)
            return;
        for (int e : states[s].eps)
            close(set, e);
    }
};

// States of all automata, equal ones once. State 0 is dead without a label.
struct Shared {
    using Row = std::array<int, 11>; // ten successors (-1: itself) and the label
    std::vector<Row> rows;
    std::map<Row, int> index;

    int get(const Row &r)
    {
        auto found = index.find(r);
        if (found != index.end())
            return found->second;
        rows.push_back(r);
        return index[r] = (int)rows.size() - 1;
    }
    // Where any digits lead, and how many, at most up to a valid number: (0, 0) where the
    // next one matters.
    std::pair<int, int> same(int state) const
    {
        for (int n = 0;; n++) {
            const Row &r = rows[state];
            bool valid = r[10] & 15;
            if (r[0] < 0 || (n && valid) || std::count(&r[0], &r[10], r[0]) < 10)
                return {n ? state : 0, n};
            state = r[0];
        }
    }
    int sink(int label)
    {
        Row r;
        r.fill(-1);
        r[10] = label;
        return get(r);
    }
};

static const int MAX_DIGITS = 17; // of a national number, as the library has it

enum Component {
    GENERAL,
    FIXED,
    MOBILE,
    TOLL_FREE,
    PREMIUM,
    SHARED_COST,
    VOIP,
    PERSONAL,
    PAGER,
    UAN,
    VOICEMAIL,
    LEADING,
    COMPONENTS
};
// What a label's type says; the order stands in plan.c too (label_types).
enum Type {
    T_NONE,
    T_FIXED,
    T_MOBILE,
    T_BOTH,
    T_TOLL_FREE,
    T_PREMIUM,
    T_SHARED_COST,
    T_VOIP,
    T_OTHER
};

static const PhoneNumberDesc &desc_of(const PhoneMetadata &m, int component)
{
    switch (component) {
    case GENERAL:
        return m.general_desc();
    case FIXED:
        return m.fixed_line();
    case MOBILE:
        return m.mobile();
    case TOLL_FREE:
        return m.toll_free();
    case PREMIUM:
        return m.premium_rate();
    case SHARED_COST:
        return m.shared_cost();
    case VOIP:
        return m.voip();
    case PERSONAL:
        return m.personal_number();
    case PAGER:
        return m.pager();
    case UAN:
        return m.uan();
    case VOICEMAIL:
        return m.voicemail();
    }
    die("no such description");
}

static unsigned
lengths_of(const google::protobuf::RepeatedField<google::protobuf::int32> &f)
{
    unsigned mask = 0;
    for (int n : f)
        if (n > 0 && n <= MAX_DIGITS)
            mask |= 1u << n;
    return mask;
}

// The automaton of all regions that share a calling code, main region first.
class CodeAutomaton
{
  public:
    CodeAutomaton(Shared &s, const std::vector<const PhoneMetadata *> &of,
                  const std::vector<int> &indexes)
        : shared(s), regions(of), region_index(indexes)
    {
        std::set<int> start;
        for (size_t r = 0; r < regions.size(); r++)
            for (int c = 0; c < COMPONENTS; c++)
                add(start, (int)r, c);
        root = build({std::vector<int>(start.begin(), start.end()), 0, 0});
    }
    int root;

  private:
    struct Key {
        std::vector<int> set;
        int depth, best; // best: the region alive longest so far
        bool operator<(const Key &o) const
        {
            return std::tie(depth, best, set) < std::tie(o.depth, o.best, o.set);
        }
    };
    Shared &shared;
    const std::vector<const PhoneMetadata *> &regions;
    const std::vector<int> &region_index;
    Nfa nfa;
    std::vector<int> owner; // of each NFA state: region * COMPONENTS + component
    std::map<Key, int> memo;

    void add(std::set<int> &start, int r, int c)
    {
        const PhoneMetadata &m = *regions[r];
        std::string pattern =
            c == LEADING ? m.leading_digits() : desc_of(m, c).national_number_pattern();
        if (pattern.empty())
            return;
        int accept = nfa.accept(r * COMPONENTS + c);
        if (c == LEADING) { // a prefix is enough
            nfa.states[accept].set = 0x3ff;
            nfa.states[accept].next = accept;
        }
        nfa.close(start, nfa.before(*Parser(pattern).parse(), accept));
        owner.resize(nfa.states.size(), r * COMPONENTS + c);
    }
    bool length_fits(int r, int c, int depth) const
    {
        auto &lengths = desc_of(*regions[r], c).possible_length();
        return lengths.empty() || (lengths_of(lengths) >> depth & 1);
    }
    Type type_of(int r, const std::set<int> &accepted) const
    {
        auto is = [&](int c) { return accepted.count(r * COMPONENTS + c) > 0; };
        if (!is(GENERAL))
            return T_NONE;
        if (is(PREMIUM))
            return T_PREMIUM;
        if (is(TOLL_FREE))
            return T_TOLL_FREE;
        if (is(SHARED_COST))
            return T_SHARED_COST;
        if (is(VOIP))
            return T_VOIP;
        if (is(PERSONAL) || is(PAGER) || is(UAN) || is(VOICEMAIL))
            return T_OTHER;
        bool same = regions[r]->same_mobile_and_fixed_line_pattern();
        if (is(FIXED))
            return same || is(MOBILE) ? T_BOTH : T_FIXED;
        return !same && is(MOBILE) ? T_MOBILE : T_NONE;
    }
    // Region and type as the library finds them.
    int label(const Key &k, int best) const
    {
        std::set<int> accepted;
        for (int s : k.set) {
            int a = nfa.states[s].accept;
            if (a >= 0 && (a % COMPONENTS == LEADING ||
                           length_fits(a / COMPONENTS, a % COMPONENTS, k.depth)))
                accepted.insert(a);
        }
        if (regions.size() == 1)
            return region_index[0] << 4 | type_of(0, accepted);
        for (size_t r = 0; r < regions.size(); r++) {
            Type t = type_of((int)r, accepted);
            if (regions[r]->has_leading_digits()
                    ? accepted.count((int)r * COMPONENTS + LEADING)
                    : t != T_NONE)
                return region_index[r] << 4 | t;
        }
        return region_index[best] << 4 | T_NONE;
    }
    int build(const Key &k)
    {
        auto found = memo.find(k);
        if (found != memo.end())
            return found->second;
        int best = -1;
        bool alive = false;
        for (int s : k.set) {
            int c = owner[s] % COMPONENTS, r = owner[s] / COMPONENTS;
            alive = alive || c != LEADING || nfa.states[s].accept < 0;
            if (c != LEADING && c != GENERAL && (best < 0 || r < best))
                best = r;
        }
        if (best < 0)
            best = k.best;
        int mine = label(k, best);
        if (!alive || k.depth == MAX_DIGITS)
            return memo[k] = end(k, mine, best);
        Shared::Row row;
        for (int d = 0; d < 10; d++)
            row[d] = build(step(k, d, best));
        row[10] = mine;
        return memo[k] = shared.get(row);
    }
    // A state from which no further digit changes the label for the better.
    int end(const Key &k, int mine, int best)
    {
        if (k.depth < MAX_DIGITS)
            return shared.sink(mine);
        Shared::Row row;
        Key beyond = k;
        beyond.depth++;
        row.fill(shared.sink((label(beyond, best) & ~15) | T_NONE));
        row[10] = mine;
        return shared.get(row);
    }
    Key step(const Key &k, int d, int best) const
    {
        std::set<int> to;
        for (int s : k.set)
            if (nfa.states[s].set >> d & 1)
                nfa.close(to, nfa.states[s].next);
        return {std::vector<int>(to.begin(), to.end()), k.depth + 1, best};
    }
};

// The automaton of one pattern: label 1 where it matches all of the number.
static int pattern_automaton(Shared &shared, const std::string &pattern)
{
    Nfa nfa;
    std::set<int> start;
    std::map<std::set<int>, int> memo;
    if (!pattern.empty())
        nfa.close(start, nfa.before(*Parser(pattern).parse(), nfa.accept(0)));
    auto build = [&](auto &self, const std::set<int> &set) -> int {
        if (set.empty())
            return shared.sink(0);
        auto found = memo.find(set);
        if (found != memo.end())
            return found->second;
        Shared::Row row;
        row[10] = 0;
        for (int s : set)
            if (nfa.states[s].accept >= 0)
                row[10] = 1;
        for (int d = 0; d < 10; d++) {
            std::set<int> to;
            for (int s : set)
                if (nfa.states[s].set >> d & 1)
                    nfa.close(to, nfa.states[s].next);
            row[d] = self(self, to);
        }
        return memo[set] = shared.get(row);
    };
    return build(build, start);
}

// The automaton of a finite set of strings: label 1 where one of them ends.
static int set_automaton(Shared &shared, const std::set<std::string> &set,
                         const std::string &prefix = "")
{
    auto from = set.lower_bound(prefix);
    if (from == set.end() || from->compare(0, prefix.size(), prefix) != 0)
        return shared.sink(0);
    Shared::Row row;
    for (int d = 0; d < 10; d++)
        row[d] = set_automaton(shared, set, prefix + (char)('0' + d));
    row[10] = set.count(prefix) > 0;
    return shared.get(row);
}

// Area codes as the formats of numbers show them: first groups, up to four digits, of
// numbers written with a trunk prefix (where the plan has any such) that fixed lines
// begin with.
class Areas
{
  public:
    explicit Areas(const PhoneMetadata &m)
    {
        int fixed = pattern_automaton(shared, m.fixed_line().national_number_pattern());
        bool trunk = false;
        for (auto &f : m.number_format())
            trunk = trunk || !f.national_prefix_formatting_rule().empty();
        for (auto &f : m.number_format()) {
            int n = f.leading_digits_pattern_size();
            if (!trunk || !f.national_prefix_formatting_rule().empty())
                add(f.pattern(), n ? f.leading_digits_pattern(n - 1) : "", fixed);
        }
    }
    std::set<std::string> codes;

  private:
    Shared shared;

    void add(const std::string &pattern, const std::string &leading, int fixed)
    {
        int k = 0, end = 0;
        if (sscanf(pattern.c_str(), "(\\d{%d})(%n", &k, &end) != 1 || !end || k > 4)
            return;
        descend("", k, fixed, leading.empty() ? -1 : pattern_automaton(shared, leading));
    }
    // leading -1: satisfied.
    void descend(const std::string &area, int k, int fixed, int leading)
    {
        if (leading >= 0 && shared.rows[leading][10])
            leading = -1;
        if (dead(fixed) || (leading >= 0 && dead(leading)))
            return;
        if (k == 0) {
            codes.insert(area);
            return;
        }
        for (int d = 0; d < 10; d++)
            descend(area + (char)('0' + d), k - 1, shared.rows[fixed][d],
                    leading < 0 ? -1 : shared.rows[leading][d]);
    }
    bool dead(int state) const
    {
        return shared.rows[state][0] == -1;
    }
};

#endif
