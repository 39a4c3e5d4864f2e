"""Goal: the starter rules are free of mistakes, leave ordinary messages alone, catch the frauds
they are meant for however these are dressed up, and keep their figures on real messages."""
import collections
import glob
import json
import os
import pathlib
import re
import subprocess
import sys

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("RF_BUILD", "build/release")
TOOL = BUILD / "ringfence"
DATA = pathlib.Path(os.environ.get("DATA", ROOT / "../shared/data"))
sys.path.insert(0, str(ROOT / "tests"))
import caught  # noqa: E402
import tsv2ndjson  # noqa: E402

FRAUDS = [
    "尊敬的建行用户：您的账户积分已满10000分，可兑换500元现金，请登录 ccb-jf.example 领取，逾期失效【建设银行】",
    "招聘网络兼职，一部手机即可，点赞员每单5元，日结，加微信 jz0001",
    "Royal Mail: your parcel is held at our depot. Pay the £1.45 shipping fee: https://rm-fees.example/p",
    "NatWest: a new payee was added. If this was not you, cancel here: https://natwest-cancel.example/x",
]
FULL_WIDTH = {c: c + 0xFEE0 for c in range(0x21, 0x7F)}


def run(*args, stdin=None):
    done = subprocess.run([str(TOOL), *map(str, args)], input=stdin, cwd=ROOT, timeout=400,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def judge(texts, kind="sms"):
    lines = [json.dumps({"id": i, "kind": kind, "text": t, "to": "+861380000%04d" % i},
                        ensure_ascii=False) for i, t in enumerate(texts)]
    code, out, err = run("eval", "-r", "rules", stdin=("\n".join(lines) + "\n").encode())
    assert code == 0, err
    replies = [json.loads(line) for line in out.splitlines()]
    assert [r["id"] for r in replies] == list(range(len(texts)))
    return replies


def starter_rules():
    rules = []
    for path in sorted((ROOT / "rules").rglob("*.yaml")):
        with open(path, encoding="utf-8") as f:
            rules += yaml.load(f, yaml.BaseLoader).get("rules") or []
    return rules


def test_check_finds_nothing():
    code, out, err = run("check", "--strict", "rules")
    assert code == 0, out + err


def test_own_tests_pass():
    code, out, err = run("test", "rules")
    assert code == 0, out + err
    assert re.match(r"\d{3} passed, 0 failed$", out.splitlines()[-1]), out


def test_every_rule_is_complete():
    rules = starter_rules()
    assert len(rules) >= 50
    for rule in rules:
        expected = {t["expect"] for t in rule["tests"]}
        assert "none" in expected and len(expected) > 1, rule["id"]
        for key in ("title", "level", "description", "status"):
            assert rule.get(key), (rule["id"], key)
        if rule["action"] != "allow":
            assert rule.get("fraud_type"), rule["id"]
        if rule["action"] == "block" or "block" in rule["action"]:
            assert set(rule["advice"]) == {"en", "zh"}, rule["id"]


def test_ordinary_messages_pass():
    texts = (ROOT / "tests/scenario/ordinary.txt").read_text(encoding="utf-8").splitlines()
    hit = [(r["rule"], texts[r["id"]]) for r in judge(texts) if r["verdict"] != "allow"]
    assert not hit


@pytest.mark.parametrize("dress", [
    lambda t: t,
    lambda t: t.upper(),
    lambda t: t.translate(FULL_WIDTH) if "http" not in t else t,
    lambda t: " ".join(w if ".example" in w else "\u200b".join(w) for w in t.split(" ")),
    lambda t: t.replace(" ", "\u00a0\n"),
    lambda t: t.replace("o", "\u043e") if "http" not in t else t,
    lambda t: "x " * 20000 + t,
    lambda t: t + " x" * 20000,
], ids=["plain", "upper", "full-width", "zero-width", "spaces", "cyrillic", "padded-before",
        "padded-after"])
def test_frauds_are_blocked_in_any_dress(dress):
    assert [r["verdict"] for r in judge([dress(t) for t in FRAUDS])] == ["block"] * len(FRAUDS)


def test_advertising_alone_never_blocks():
    scores = [float(r["action"]["score"]) for r in starter_rules()
              if "advertising" in r.get("tags", []) and "score" in r["action"]]
    assert scores and sum(scores) < 10


def test_sample_traffic_shows_every_kind():
    sample = subprocess.run([sys.executable, "tests/sample.py"], cwd=ROOT, timeout=60, check=True,
                            stdout=subprocess.PIPE).stdout
    code, out, err = run("eval", "-r", "rules", stdin=sample)
    assert code == 0, err
    verdicts = collections.Counter()
    rules = set()
    for record, reply in zip(sample.splitlines(), out.splitlines()):
        kind, reply = json.loads(record)["kind"], json.loads(reply)
        verdicts[kind, reply["verdict"]] += 1
        rules.update(reply.get("rules", []))
    for kind in ("sms", "call", "visit"):
        assert verdicts[kind, "allow"] > 500 and verdicts[kind, "block"] > 50, verdicts
    assert rules >= {"call-one-ring-next", "call-one-ring-back", "call-irsf-subscriber",
                     "call-sequential", "call-sim-box-imei", "sms-bombing", "sms-otp-pumping",
                     "sms-snowshoe-domain", "sms-grid-burst", "visit-after-smishing",
                     "visit-remote-control-after-call"}


def test_figures_on_real_messages(tmp_path):
    paths = sorted(glob.glob(str(DATA / "sms/*.tsv")))
    if not paths:
        pytest.skip("no labelled messages: set DATA")
    records = tmp_path / "records.ndjson"
    with open(records, "wb") as out:
        for path in paths:
            tsv2ndjson.convert(path, out)
    code, out, err = run("eval", "-r", "rules", records)
    assert code == 0, err
    known = caught.read_labels(paths, "odd")
    verdicts, _ = caught.tally(out.splitlines(), known)
    assert sum(sum(c.values()) for c in verdicts.values()) == len(known)
    for (source, label), count in verdicts.items():
        total = sum(count.values())
        if label == "ham":
            assert count["block"] <= 0.003 * total, (source, count)
            assert count["warn"] <= 0.01 * total, (source, count)
    for source, wanted in (("uci_en", 0.5), ("cn800k_fraudcats_zh", 0.5), ("fbs_zh", 0.6)):
        count = verdicts[source, "spam"]
        assert count["block"] + count["warn"] > wanted * sum(count.values()), (source, count)
