"""The JSON Schema of rules agrees with the parser: what `ringfence check` takes, the schema
takes; mistakes of structure (unknown keys, wrong types, missing quotes) both refuse."""
import glob
import json
import os
import re
import subprocess

import jsonschema
import pytest
import yaml

BUILD = os.environ.get("RF_BUILD", "build/release")
TOOL = os.path.join(BUILD, "ringfence")
SHIPPED = "config/ringfence-rules.schema.json"
# Codes of mistakes that a schema can see.
STRUCTURE = {"RF010", "RF011", "RF012", "RF013", "RF014", "RF015", "RF018", "RF019"}
# Codes of mistakes that YAML readers hide from a schema (tags, keys twice, aliases).
HIDDEN = {"RF005", "RF006", "RF009"}


class Core(yaml.SafeLoader):
    """YAML 1.2 core schema, as editors read rule files: `no` is a string, 010 a number."""


Core.yaml_implicit_resolvers = {}


def _resolve(tag, regex, first):
    Core.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(regex), list(first))


_resolve("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""])
_resolve("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF")
_resolve("int", r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", "-+0123456789")
_resolve("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+0123456789.")
Core.add_constructor("tag:yaml.org,2002:int",
                     lambda _, n: int(n.value, 0 if n.value[:2] in ("0x", "0o") else 10))
Core.add_constructor("tag:yaml.org,2002:float", lambda _, n: float(n.value))


@pytest.fixture(scope="module")
def validator():
    with open(SHIPPED, encoding="utf-8") as f:
        schema = json.load(f)
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def check(path):
    """Codes of the errors that the parser finds, by file."""
    done = subprocess.run([TOOL, "check", path], capture_output=True, timeout=60)
    assert done.returncode in (0, 65), done.stderr
    text = (done.stdout + done.stderr).decode()
    codes = re.findall(r"error\[(RF\d+)\]", text)
    assert bool(codes) == (done.returncode == 65), text
    return set(codes)


def load(path):
    try:
        with open(path, "rb") as f:
            return yaml.load(f, Core)
    except yaml.YAMLError:
        return None


def refused(validator, path):
    return [e.message for e in validator.iter_errors(load(path))]


def test_tool_prints_the_shipped_schema():
    with open(SHIPPED, "rb") as f:
        assert subprocess.check_output([TOOL, "schema"]) == f.read()


@pytest.mark.parametrize("path", sorted(glob.glob("tests/golden/rules/*.yaml")))
def test_mistakes(validator, path):
    codes = check(path)
    if load(path) is None:
        assert codes
    elif not codes:
        assert not refused(validator, path)
    elif codes & STRUCTURE and not codes & HIDDEN:
        assert refused(validator, path)


def test_starter_rules(validator):
    paths = glob.glob("rules/**/*.yaml", recursive=True)
    assert paths
    assert not check("rules")
    for path in paths:
        assert not refused(validator, path), path


def test_schema_refuses_what_only_looks_right(validator):
    rule = {"id": "a", "title": "A", "applies_to": ["sms"], "action": "block",
            "when": {"text": {"contains": "x"}}}
    ok = {"version": 1, "rules": [rule]}
    assert not list(validator.iter_errors(ok))
    for change in ({"when": {"from": 95588}}, {"when": {"text": {"contains": []}}},
                   {"when": {"rate": {"key": "from", "window": "10m"}}},
                   {"action": ["block", "warn", "alert"]}, {"rollout": "10%"},
                   {"when": {"host": {"looks_like": "couriers"}}}, {"id": "A_b"}):
        assert list(validator.iter_errors({"version": 1, "rules": [{**rule, **change}]})), change
