"""ringfence-rules(5) names everything rules may have and nothing they may not, and its
examples run as written."""
import json
import re

import pytest
import yaml

from papers import ROOT, RULES, items, literals, run, section, words


@pytest.fixture(scope="module")
def schema():
    return json.loads(run("schema"))["definitions"]


def keys_of(schema, name):
    return set(schema[name]["properties"])


def operators(schema):
    found = set()
    for name, definition in schema.items():
        if name.startswith("test_"):
            for choice in definition["anyOf"]:
                found.update(choice.get("properties", ()))
    return found


def test_rules_page_has_every_field_and_operator(schema):
    conditions = {"all", "any", "none", "not", "use", "pair", "hit", "rate", "distinct",
                  "sum", "average", "ratio", "concurrent", "new", "surge", "after"}
    fields = keys_of(schema, "condition_map") - conditions
    assert keys_of(schema, "condition_map") > conditions and len(fields) > 50
    operands = re.findall(r'X\(\w+, "([^"]+)"', (ROOT / "lib/ruleset/operand.h").read_text())
    assert fields == set(operands) - {"name"}
    assert set(items(section(RULES, "FIELDS"), "Li")) == fields
    text = section(RULES, "OPERATORS")
    have = operators(schema)
    assert {"contains", "not_near", "between"} < have
    marked = set(words(text, "Cm"))
    assert have <= marked
    assert {w for w in marked if re.match("not_.", w)} == {w for w in have if w.startswith("not_")}


def test_rules_page_has_every_key(schema):
    head = items(section(RULES, "RULES"), "Cm")
    assert keys_of(schema, "rule") <= set(head)
    assert keys_of(schema, "list") <= set(items(section(RULES, "Lists", "Ss"), "Cm"))
    assert keys_of(schema, "macro") <= set(words(section(RULES, "Macros", "Ss"), "Cm"))
    tests = set(items(section(RULES, "TESTS"), "Cm"))
    assert keys_of(schema, "test") == tests
    timing = keys_of(schema, "record_at") - keys_of(schema, "record")
    assert timing <= set(words(section(RULES, "TESTS"), "Cm"))
    text = section(RULES, "BEHAVIORS")
    behaviors = set(items(text, "Cm"))
    for name in ("rate", "distinct", "sum", "average", "ratio", "concurrent", "new", "surge"):
        assert name in behaviors
        assert keys_of(schema, name) <= set(words(text, "Cm"))
    assert keys_of(schema, "rate") <= behaviors
    for key in keys_of(schema, "clear"):
        assert f"{key}: " in section(RULES, "Alerts", "Ss")
    assert keys_of(schema, "after") <= set(items(section(RULES, "After", "Ss"), "Cm"))
    assert set(items(section(RULES, "CONDITIONS"), "Cm")) >= {
        "all", "any", "none", "not", "use", "rate", "distinct", "sum", "average", "ratio",
        "concurrent", "new", "surge", "after", "pair", "hit"}
    for key in keys_of(schema, "hit"):
        assert f"{{{key}: " in section(RULES, "PAIRS AND HITS")


def test_rules_page_has_every_word_of_closed_sets(schema):
    text = section(RULES, "RULES")
    marked = set(words(text, "Cm"))
    for name in ("status", "mode", "level", "disposition"):
        definition = schema["rule"]["properties"][name]
        if "$ref" in definition:
            definition = schema[definition["$ref"].rsplit("/", 1)[1]]
        assert set(definition["enum"]) <= marked, name
    assert set(schema["type"]["enum"]) <= set(words(section(RULES, "OPERATORS"), "Cm"))


def test_rules_page_has_every_fraud_type():
    source = (ROOT / "lib/ruleset/fraud_type.c").read_text()
    types = re.findall(r'T\("([^"]+)", "([^"]+)", "([^"]+)"\)', source)
    assert len(types) > 40
    rows = re.findall(r"^\.It Li (\S+) Ta (.+) Ta (.+)$", section(RULES, "FRAUD TYPES"), re.M)
    assert rows == types


def test_rules_page_knows_every_code():
    source = (ROOT / "lib/rule/code.h").read_text()
    codes = sorted(set(re.findall(r'"RF(\d+)"', source)), key=int)
    text = section(RULES, "DIAGNOSTICS")
    ranges = re.findall(r"^\.It Li RF(\d+) Ns \\\(en Ns Li RF(\d+)", text, re.M)
    assert len(ranges) == 7
    for code in codes:
        assert any(int(a) <= int(code) <= int(b) for a, b in ranges), code
    for code in re.findall(r"^\.Li RF(\d+)", text, re.M):
        assert code in codes


def test_what_is_not_yet_there_is_refused_so(tmp_path):
    """Each rule key told under NOT YET is an error that says the same."""
    text = section(RULES, "NOT YET")
    later = [w for w in words(text, "Cm") if w != "not_"]
    assert len(later) == 6
    head = "version: 1\nrules:\n  - {id: a, title: t, applies_to: [call], action: warn, "
    forms = {"looks_like": head + "when: {from: {looks_like: x}}}\n",
             "overrides": "version: 1\noverrides: []\n"}
    for word in later:
        form = forms.get(word) or head + f"{word}: 1, when: {{event: attempt}}}}\n"
        path = tmp_path / f"{word}.yaml"
        path.write_text(form)
        assert f"'{word}' is not supported yet" in run("check", path, status=65), word


def test_example_rules_are_good_and_pass_their_tests(tmp_path):
    examples = [d for d in literals(RULES) if d.startswith("version: 1\n") and "..." not in d]
    assert len(examples) == 3
    for i, text in enumerate(examples):
        path = tmp_path / f"{i}.yaml"
        path.write_text(text)
        run("check", "--strict", path)
        rules = len(yaml.safe_load(text)["rules"])
        assert f"coverage: {rules} of {rules} rules" in run("test", "--coverage", path)
