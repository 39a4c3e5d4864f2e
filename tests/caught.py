#!/usr/bin/python3
"""How much of the spam is caught, and how much of the ham is hit, source by source.

    tests/caught.py [--half odd|even|all] [--rules] REPLIES FILE.tsv...

REPLIES are the replies of `ringfence eval` (or of a daemon) to tests/tsv2ndjson.py of the same
files; label and cluster come from the TSV files, joined by id.  The source is the id up to its
last '-'.  Near-duplicates share a cluster, so halves are made of clusters, never of messages: a
cluster is even or odd as the first byte of the SHA-256 of its name is.  Rules are written looking
at the even half only; the figures that count are those of the odd half (the default).

`warned` is the verdict warn alone, `caught` is warned or blocked.  --rules adds, per rule, how
much spam and ham it hit.
"""
import argparse
import collections
import hashlib
import json
import sys

LABELS = ("spam", "ham")


def half_of(cluster):
    """`even` or `odd`, the same on every machine and in every run."""
    return "odd" if hashlib.sha256(cluster.encode("utf-8")).digest()[0] & 1 else "even"


def read_labels(paths, half):
    """id -> (source, label) of the messages in the wanted half."""
    known = {}
    for path in paths:
        with open(path, encoding="utf-8", newline="\n") as lines:
            header = next(lines).rstrip("\n").split("\t")
            for line in lines:
                row = dict(zip(header, line.rstrip("\n").split("\t")))
                if half in ("all", half_of(row["cluster"])):
                    known[row["id"]] = (row["id"].rsplit("-", 1)[0], row["label"])
    return known


def tally(replies, known):
    """Counts of verdicts by (source, label), and of hits by (rule, label)."""
    verdicts = collections.defaultdict(collections.Counter)
    rules = collections.defaultdict(collections.Counter)
    for line in replies:
        reply = json.loads(line)
        if reply["id"] not in known:
            continue
        source, label = known[reply["id"]]
        verdicts[source, label][reply["verdict"]] += 1
        for rule in reply.get("rules", []):
            rules[rule][label] += 1
    return verdicts, rules


def share(part, whole):
    return "%6.2f%%" % (100.0 * part / whole) if whole else "      -"


def print_verdicts(verdicts, out):
    out.write("%-26s %-5s %7s %8s %8s %8s\n"
              % ("source", "label", "records", "blocked", "warned", "caught"))
    for source in sorted({source for source, _ in verdicts}):
        for label in LABELS:
            count = verdicts.get((source, label))
            if not count:
                continue
            total = sum(count.values())
            out.write("%-26s %-5s %7d %8s %8s %8s\n" % (
                source, label, total, share(count["block"], total), share(count["warn"], total),
                share(count["block"] + count["warn"], total)))


def print_rules(rules, out):
    out.write("\n%-40s %7s %7s\n" % ("rule", "spam", "ham"))
    for rule in sorted(rules, key=lambda r: (-sum(rules[r].values()), r)):
        out.write("%-40s %7d %7d\n" % (rule, rules[rule]["spam"], rules[rule]["ham"]))


def main():
    usage = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    usage.add_argument("--half", choices=("odd", "even", "all"), default="odd")
    usage.add_argument("--rules", action="store_true", help="hits by rule as well")
    usage.add_argument("replies")
    usage.add_argument("tsv", nargs="+")
    args = usage.parse_args()
    known = read_labels(args.tsv, args.half)
    with open(args.replies, encoding="utf-8") as replies:
        verdicts, rules = tally(replies, known)
    print_verdicts(verdicts, sys.stdout)
    if args.rules:
        print_rules(rules, sys.stdout)
    judged = sum(sum(count.values()) for count in verdicts.values())
    if judged != len(known):
        print("replies for %d of %d messages" % (judged, len(known)), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
