// Part of gen_plan.cc (C++, build time only): the regexes of the metadata. Patterns over
// digits with bounded repeats are parsed to trees; prefixes with capturing groups become
// ordered lists of digit sets, first match first, as a backtracking matcher tries them.
#ifndef RF_RECORD_GEN_REGEX_H
#define RF_RECORD_GEN_REGEX_H

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

[[noreturn]] static void die(const std::string &what)
{
    fprintf(stderr, "gen_plan: %s\n", what.c_str());
    exit(1);
}

// ---- regexes
// ----------------------------------------------------------------------------

struct Node {
    enum Kind { SET, CAT, ALT, REPEAT, GROUP, END } kind;
    unsigned set = 0; // bit d: digit d
    int min = 0, max = 0, group = 0;
    std::vector<std::shared_ptr<Node>> kids;
};
using NodePtr = std::shared_ptr<Node>;

static NodePtr make(Node::Kind kind)
{
    auto n = std::make_shared<Node>();
    n->kind = kind;
    return n;
}

// The subset of regular expressions that the metadata uses; anything else stops the
// build.
class Parser
{
  public:
    explicit Parser(const std::string &pattern) : s(pattern)
    {
    }
    NodePtr parse()
    {
        NodePtr n = alt();
        if (at < s.size())
            die("cannot read pattern " + s);
        return n;
    }

  private:
    std::string s;
    size_t at = 0;
    int groups = 0;

    bool eat(const char *what)
    {
        size_t n = std::char_traits<char>::length(what);
        if (s.compare(at, n, what))
            return false;
        at += n;
        return true;
    }
    int number()
    {
        int v = 0;
        if (at >= s.size() || !isdigit(s[at]))
            die("number expected in pattern " + s);
        while (at < s.size() && isdigit(s[at]))
            v = v * 10 + (s[at++] - '0');
        return v;
    }
    NodePtr alt()
    {
        NodePtr n = make(Node::ALT);
        do
            n->kids.push_back(cat());
        while (eat("|"));
        return n;
    }
    NodePtr cat()
    {
        NodePtr n = make(Node::CAT);
        while (at < s.size() && s[at] != '|' && s[at] != ')')
            n->kids.push_back(repeat(atom()));
        return n;
    }
    NodePtr repeat(NodePtr of)
    {
        int min, max;
        if (eat("?")) {
            min = 0;
            max = 1;
        } else if (eat("{")) {
            min = max = number();
            if (eat(","))
                max = number();
            if (!eat("}"))
                die("} expected in pattern " + s);
        } else {
            return of;
        }
        NodePtr n = make(Node::REPEAT);
        n->min = min;
        n->max = max;
        n->kids.push_back(of);
        return n;
    }
    NodePtr atom()
    {
        if (eat("(?:") || eat("(")) {
            bool capture = s[at - 1] == '(';
            int group = capture ? ++groups : 0;
            NodePtr inner = alt();
            if (!eat(")"))
                die(") expected in pattern " + s);
            if (!capture)
                return inner;
            NodePtr n = make(Node::GROUP);
            n->group = group;
            n->kids.push_back(inner);
            return n;
        }
        if (eat("$"))
            return make(Node::END);
        NodePtr n = make(Node::SET);
        n->set = eat("[") ? set() : digit();
        return n;
    }
    unsigned digit()
    {
        if (eat("\\d"))
            return 0x3ff;
        if (at >= s.size() || !isdigit(s[at]))
            die("digit expected in pattern " + s);
        return 1u << (s[at++] - '0');
    }
    unsigned set()
    {
        unsigned set = 0;
        while (!eat("]")) {
            char from = at < s.size() ? s[at] : '\0';
            set |= digit();
            if (from != '\\' && eat("-")) {
                char to = at < s.size() ? s[at] : '\0';
                digit();
                for (char c = from; c <= to; c++)
                    set |= 1u << (c - '0');
            }
        }
        return set;
    }
};

// A way through a prefix pattern.
struct Way {
    std::vector<unsigned> sets;
    std::array<int, 2> begin{{-1, -1}}, end{{-1, -1}}; // groups 1 and 2
    bool at_end = false;
};

// All ways through n behind `before`, in the order a backtracking matcher tries them.
static std::vector<Way> ways(const Node &n, const Way &before)
{
    std::vector<Way> out;
    switch (n.kind) {
    case Node::SET:
        out.push_back(before);
        out[0].sets.push_back(n.set);
        break;
    case Node::END:
        out.push_back(before);
        out[0].at_end = true;
        break;
    case Node::CAT:
        out.push_back(before);
        for (auto &k : n.kids) {
            std::vector<Way> next;
            for (auto &w : out)
                for (auto &v : ways(*k, w))
                    next.push_back(v);
            out.swap(next);
        }
        break;
    case Node::ALT:
        for (auto &k : n.kids)
            for (auto &w : ways(*k, before))
                out.push_back(w);
        break;
    case Node::REPEAT:
        for (int times = n.max; times >= n.min; times--) {
            Node cat;
            cat.kind = Node::CAT;
            cat.kids.assign(times, n.kids[0]);
            for (auto &w : ways(cat, before))
                out.push_back(w);
        }
        break;
    case Node::GROUP:
        if (n.group > 2)
            die("more than two groups");
        for (auto w : ways(*n.kids[0], before)) {
            w.begin[n.group - 1] = (int)before.sets.size();
            w.end[n.group - 1] = (int)w.sets.size();
            out.push_back(w);
        }
        break;
    }
    return out;
}

static std::vector<Way> prefix_ways(const std::string &pattern)
{
    return pattern.empty() ? std::vector<Way>() : ways(*Parser(pattern).parse(), Way());
}

#endif
