#!/usr/bin/python3
"""Turn labelled messages (TSV with a header) into Ringfence records, one JSON object a line.

    tests/tsv2ndjson.py FILE.tsv... > records.ndjson

Wanted columns: id, label, text; others are ignored.  A file named calls_* gives calls, whose
transcript is the text and whose `to` is +86138 and the row in 8 digits; any other file gives sms.
Row is the number of the data row in its own file, from 0 (the header is no row).  `ts` is
1767225600000 + 1000 * row, so every file begins at 2026-01-01T00:00:00Z.  `label` is kept as a
field of its own: the engine ignores it, tests/caught.py and `ringfence backtest` read it.
"""
import json
import os
import re
import sys

EPOCH_MS = 1767225600000
ESCAPES = {"\\\\": "\\", "\\n": "\n", "\\t": "\t", "\\r": "\r"}


def unescape(field):
    """Undo the TSV escapes in one pass, so that an escaped backslash never starts another."""
    return re.sub(r"\\[\\ntr]", lambda m: ESCAPES[m.group(0)], field)


def record(row, fields, is_call):
    """The record of one data row."""
    out = {"id": fields["id"], "kind": "call" if is_call else "sms", "ts": EPOCH_MS + 1000 * row}
    if is_call:
        out["to"] = "+86138%08d" % row
    out["text"] = unescape(fields["text"])
    out["label"] = fields["label"]
    return out


def convert(path, out):
    """Write the records of one file."""
    is_call = os.path.basename(path).startswith("calls_")
    with open(path, encoding="utf-8", newline="\n") as lines:
        header = next(lines).rstrip("\n").split("\t")
        for row, line in enumerate(lines):
            fields = dict(zip(header, line.rstrip("\n").split("\t")))
            record_json = json.dumps(
                record(row, fields, is_call), ensure_ascii=False, separators=(",", ":"))
            out.write(record_json.encode("utf-8") + b"\n")


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        print(__doc__.strip(), file=sys.stderr)
        return 0 if len(sys.argv) > 1 else 64
    for path in sys.argv[1:]:
        convert(path, sys.stdout.buffer)
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
