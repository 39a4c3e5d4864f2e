"""ringfence-feed(7) names every field, error and member of a reply where it belongs, and its
examples are good."""
import json
import re

from papers import FEED, ROOT, items, literals, run, section, words


def record_fields():
    """name: (type, kinds, words) of every row of the table of fields."""
    text = (ROOT / "lib/record/field.h").read_text()
    table = text[text.index("#define RF_FIELDS"):text.index("enum rf_field {")]
    rows = re.findall(r'X\(\w+, "([^"]+)", RF_FT_(\w+), ([\w| \\\n]+?),[\s\\]+"([^"]*)"\)', table)
    assert len(rows) == table.count("\n    X(")
    return {name: (kind, set(re.findall(r"RF_IN_(\w+)", kinds)), names.split())
            for name, kind, kinds, names in rows}


def test_feed_page_has_every_field_where_it_belongs():
    titles = {frozenset({"ALL"}): "Fields of all kinds",
              frozenset({"SMS", "CALL"}): "Fields of sms and call",
              frozenset({"SMS"}): "Fields of sms", frozenset({"CALL"}): "Fields of call",
              frozenset({"VISIT"}): "Fields of visit"}
    documented = {t: items(section(FEED, t, "Ss"), "Li") for t in titles.values()}
    fields = record_fields()
    assert len(fields) > 40
    for name, (_, kinds, _) in fields.items():
        assert name in documented[titles[frozenset(kinds)]], name
    assert sorted(n for names in documented.values() for n in names) == sorted(fields)


def test_feed_page_tells_types_and_words():
    types = {"ID": "string", "TIME": "time", "STR": "string", "TEXT": "text",
             "ADDR": "address", "INT": "integer", "NUM": "number", "BOOL": "boolean",
             "STRS": "list of strings"}
    text = section(FEED, "RECORDS")
    blocks = re.split(r"^\.It ", text, flags=re.M)[1:]
    for name, (kind, _, names) in record_fields().items():
        block = next(b for b in blocks if name in words(".It " + b.splitlines()[0], "Li"))
        if kind == "ENUM":
            for word in names:
                assert word == "none" or re.search(rf"\b{re.escape(word)}\b", block), (name, word)
        else:
            assert block.splitlines()[1].startswith(f"({types[kind]}"), name


def test_feed_page_has_every_error():
    source = (ROOT / "lib/codec/decode.c").read_text()
    codes = re.findall(r'\[RF_RECORD_\w+\] = "(\w+)"', source)
    assert len(codes) == 5
    assert sorted(items(section(FEED, "Errors", "Ss"), "Li")) == sorted(codes)


def test_feed_page_has_everything_that_can_be_degraded():
    source = (ROOT / "lib/codec/encode.c").read_text()
    body = source[source.index("static void add_degraded"):]
    names = re.findall(r'"(\w+)"', re.search(r"names\[\] = \{(.+?)\}", body)[1])
    block = re.search(r"^\.It Li degraded\n(.+?)^\.It ", section(FEED, "REPLIES"), re.M | re.S)
    assert len(names) >= 4 and words(block[1], "Li") == names
    assert "degraded" not in words(section(FEED, "NOT YET"), "Li")


SHOWING = """\
version: 1
rules:
  - {id: block, title: t, status: stable, applies_to: [sms], when: {text: {words: fee}},
     action: block, disposition: reject, fraud_type: phishing/link, advice: {en: Do not.}}
  - {id: score, title: t, status: stable, applies_to: [sms], when: {text: {words: fee}},
     action: {score: 4.5}}
  - {id: shadow, title: t, applies_to: [sms], when: {text: {words: fee}}, action: warn}
"""


def replies_to(lines, *args):
    """Each reply as a list of members in the order they came."""
    out = run("eval", *args, input="".join(lines))
    assert out.count("\n") == len(lines)
    return [json.loads(line, object_pairs_hook=list) for line in out.splitlines()]


def test_examples_of_records_are_good():
    examples = [line + "\n" for d in literals(FEED) for line in d.splitlines()
                if line.startswith('{"id"') and '"kind"' in line]
    assert len(examples) == 3
    for reply in replies_to(examples, "-r", "rules"):
        assert "error" not in dict(reply)


def test_feed_page_has_every_member_of_replies_in_order(tmp_path):
    order = items(re.split(r"^\.Ss ", section(FEED, "REPLIES"), flags=re.M)[0], "Li")
    rules, enforce, monitor = tmp_path / "r.yaml", tmp_path / "e.yaml", tmp_path / "m.yaml"
    rules.write_text(SHOWING)
    enforce.write_text('redress: "10086"\n')
    monitor.write_text("verdict: {mode: monitor}\n")
    records = ['{"id":"a","kind":"sms","text":"fee \\ud800","ref":"x"}\n', "nonsense\n",
               '{"kind":"sms","deadline":1,"text":"a"}\n']
    seen = set()
    for config in enforce, monitor:
        for reply in replies_to(records, "-r", rules, "-c", config):
            keys = [key for key, _ in reply]
            assert keys == [member for member in order if member in keys]
            seen.update(keys)
    assert seen == set(order) - {"ref"}  # which only a daemon gives
