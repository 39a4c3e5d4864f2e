"""The configuration's JSON Schema and the daemon's reader judge files alike."""
import json
import pathlib
import subprocess

import jsonschema
import pytest
import yaml
from conftest import BUILD, RULES

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "config/ringfenced.schema.json").read_text())

GOOD = [
    "",
    "feed: {listen: ['unix:/tmp/x'], workers: auto, max_line: 128KiB}",
    "feed: {workers: 4, max_line: 65536, early: 0, stall: 100ms, hello: required}",
    "feed: {listen: ['tcp://0.0.0.0:7110'], insecure: true}",
    "feed: {fields: {cell: ecgi, ref: ''}}",
    "counters: {capacity: 100000, keep: 1y}",
    "verdict: {warn_score: 4.5, block_score: 9, mode: monitor}",
    "numbering: {country: HK, timezone: Asia/Hong_Kong, language: en, trunks: {'hk-*': HK}}",
    "protected: {numbers: ['96110'], from: [onnet, national], trunks: {'96110': [t1]}}",
    "events: {file: null}",
    "redress: 'https://example.com/'",
    "fraud_types: {custom/one: {en: One, zh: 一}}",
]
BAD = [
    "fed: {}",
    "feed: {lisen: []}",
    "feed: {listen: []}",
    "feed: {listen: 'unix:/tmp/x'}",
    "feed: {listen: ['tls://127.0.0.1:7']}",
    "feed: {on_error: block}",
    "feed: {on_late: maybe}",
    "feed: {workers: 0}",
    "feed: {workers: many}",
    "feed: {max_line: 64KB}",
    "feed: {stall: 30}",
    "feed: {insecure: 'true'}",
    "feed: {hello: off}",
    "feed: {fields: {no_such_field: x}}",
    "feed: {tokens_file: null}",
    "feed: []",
    "rules: [10]",
    "counters: {redis: 7}",
    "counters: {slack: 1.5}",
    "counters: {capacity: 1.5}",
    "verdict: {warn_score: high}",
    "verdict: {mode: off}",
    "numbering: {country: CHN}",
    "protected: {numbers: [96110]}",
    "protected: {from: [abroad]}",
    "tls: {cert: x}",
    "privacy: {numbers: masked}",
    "guard: {max_block_share: 5%}",
    "ops: {http: '127.0.0.1:7180'}",
    "redress: 12321",
    "fraud_types: {Upper: {en: a, zh: b}}",
    "fraud_types: {x: {en: a}}",
    "state_dir: ''",
]


def schema_takes(text):
    try:
        jsonschema.validate(yaml.safe_load(text), SCHEMA)
    except jsonschema.ValidationError:
        return False
    return True


def daemon_takes(folder, text):
    """-t, the rules being given by the environment unless the text is about them."""
    config = folder / "c.yaml"
    config.write_text(text)
    (folder / "rules.yaml").write_text(RULES)
    environment = {} if text.startswith("rules") else {
        "RINGFENCE_RULES": str(folder / "rules.yaml")}
    got = subprocess.run([BUILD / "ringfenced", "-t", "-c", config], capture_output=True,
                         env=environment, timeout=60)
    assert got.returncode in (0, 78), got.stderr
    return got.returncode == 0


def test_schema_is_draft_07():
    """The schema is itself valid."""
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    assert "draft-07" in SCHEMA["$schema"]


@pytest.mark.parametrize("text", GOOD)
def test_good(tmp_path, text):
    """Both take it."""
    assert schema_takes(text) and daemon_takes(tmp_path, text)


@pytest.mark.parametrize("text", BAD)
def test_bad(tmp_path, text):
    """Both refuse it."""
    assert not schema_takes(text)
    assert not daemon_takes(tmp_path, text)


def test_sample_file(tmp_path):
    """The sample file is good for both."""
    text = (ROOT / "config/ringfenced.yaml").read_text()
    assert schema_takes(text) and daemon_takes(tmp_path, text)
