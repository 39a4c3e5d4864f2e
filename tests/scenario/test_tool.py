"""Goal: the tool's commands tell the truth in words, JSON and exit codes."""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree

import conftest
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = ROOT / os.environ.get("RF_BUILD", "build/release") / "ringfence"

RULES = """version: 1
rules:
  - id: fee
    title: Fee
    applies_to: [sms]
    status: stable
    when: {all: [{text: {words: fee}}, {rate: {key: from, window: 1m, over: 1}}]}
    action: [block, alert]
    tests:
"""


def run(*args, stdin=b""):
    done = subprocess.run([str(TOOL), *map(str, args)], input=stdin, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def rules(tmp_path, tests=""):
    path = tmp_path / "rules.yaml"
    path.write_text(RULES.replace("    tests:\n", "") if not tests else
                    RULES + "".join("      - %s\n" % t for t in tests))
    return path


def test_tests_pass_and_fail_by_what_they_expect(tmp_path):
    good = ["{expect: block, repeat: 2, first_hit: 2, record: {text: fee}}",
            "{expect: alert, repeat: 2, record: {text: fee}}",
            "{expect: hit, records: [{at: 0s, text: fee}, {at: 59s, text: a fee}]}",
            "{expect: none, records: [{at: 0s, text: fee}, {at: 5m, text: fee}]}",
            "{expect: none, repeat: 2, record: {text: fee, from: '+86138{8}'}}",
            "{verdict: block, repeat: 2, every: 5s, record: {text: fee}}"]
    code, out, err = run("test", rules(tmp_path, good))
    assert (code, out.splitlines()[-1]) == (0, "6 passed, 0 failed"), out + err
    bad = ["{expect: none, repeat: 2, record: {text: fee}}",
           "{expect: hit, record: {text: fee}}",
           "{first_hit: 1, repeat: 2, record: {text: fee}}",
           "{verdict: allow, repeat: 2, record: {text: fee}}"]
    code, out, _ = run("test", rules(tmp_path, bad + good))
    assert (code, out.splitlines()[-1]) == (1, "6 passed, 4 failed")


@pytest.mark.parametrize("command", ["eval", "explain", "bench"])
def test_records_that_cannot_be_read(tmp_path, command):
    for path, code, why in ((tmp_path, 74, "Is a directory"),
                            (tmp_path / "none", 66, "No such file")):
        got = run(command, "-r", rules(tmp_path), path)
        assert got[:2] == (code, "") and why in got[2] and str(path) in got[2]


def test_reports_of_tests_agree(tmp_path):
    path = rules(tmp_path, ["{expect: hit, repeat: 2, record: {text: fee}}",
                            "{expect: hit, record: {text: '<&fee>'}}"])
    junit = tmp_path / "out.xml"
    code, out, _ = run("test", "--coverage", "--junit", junit, path)
    assert code == 1 and "fee: no test that it does not hit" in out
    suite = xml.etree.ElementTree.parse(junit).getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert [len(c) for c in suite.iter("testcase")] == [0, 1]
    told = json.loads(run("test", "--json", path)[1])
    assert (told["passed"], told["failed"]) == (1, 1)
    assert [t["passed"] for t in told["tests"]] == [True, False]


def test_exit_codes(tmp_path):
    good = rules(tmp_path)
    broken = tmp_path / "broken.yaml"
    broken.write_text("version: 1\nrules: [{id: A}]\n")
    warned = tmp_path / "warned.yaml"
    warned.write_text("version: 1\nlists: [{id: l, type: words, file: l.txt}]\n")
    (tmp_path / "l.txt").write_text("# empty\n")
    for expected, args in [
            (0, ["check", good]), (0, ["check", warned]), (65, ["check", "--strict", warned]),
            (65, ["check", broken]), (66, ["check", tmp_path / "nosuch.yaml"]),
            (64, ["check"]), (64, ["check", "--nosuch", good]), (64, ["nosuch"]), (64, []),
            (0, ["eval", "-r", good]), (65, ["eval", "-r", broken]),
            (66, ["eval", "-r", good, tmp_path / "nosuch.ndjson"]), (64, ["eval"]),
            (65, ["test", broken]), (65, ["explain", "-r", broken]), (0, ["schema"]),
            (69, ["status", "-s", tmp_path / "nosuch.sock"]),
            (69, ["stats", "-s", tmp_path / "nosuch.sock"]),
            (69, ["reload", "-s", tmp_path / "nosuch.sock"]),
            (64, ["send", "-a", "nosuch"]), (78, ["send", "-c", tmp_path / "nosuch.yaml"]),
            (69, ["send", "-a", f"unix:{tmp_path}/nosuch.sock"]),
            (64, ["status", "--force"])]:
        code, out, err = run(*args)
        assert code == expected, (args, code, out, err)
    assert "ringfence: unrecognized option '--nosuch'" in run("check", "--nosuch", good)[2]
    assert "0 errors, 1 warning\n" in run("check", warned)[2]


def test_check_warns_of_costly_regexes_with_their_price(tmp_path):
    path = tmp_path / "costly.yaml"
    regexes = {"free": r"(parcel|快递).{0,20}fee", "digits": r"\d{16}",
               "wordless": r"(\w+)\s+\1{2}[!?]", "repeats": r"invoice.*overdue.*pay.*now",
               "classes": r"a\w{0,40}\w{0,40}\w{0,40}[-!]", "nested": r"((a+)+)+[!?]",
               "whole": r"(\w+\s*)+$", "every": r"\b\w{20,}\b"}
    path.write_text("version: 1\nrules:\n" + "".join(
        f"  - {{id: {name}, title: x, applies_to: sms, when: {{text: {{regex: '{regex}'}}}}, "
        "action: warn}\n" for name, regex in regexes.items()), encoding="utf-8")
    code, out, _ = run("check", "--json", path)
    told = [(d["line"], d["code"]) for d in json.loads(out)]
    assert code == 0 and (3, "RF222") not in told and (4, "RF221") not in told
    assert {(n, "RF222") for n in range(5, 10)} | {(10, "RF221")} <= set(told), told
    code, out, _ = run("check", path)
    assert re.search(r"costly.yaml:5:\d+: warning\[RF222\]: .* about \d+ ms .*not matching", out)
    path.write_text("version: 1\nrules:\n  - {id: many, title: x, applies_to: sms, when: {text: "
                    "{regex: '\\b(?:a|x|p) ?\\d|[a-z]{2}\\d[a-z]{2}|\\w+ ?[@&] ?\\w|\\d{2} ?(?:p|x)\\b|(?:\\w ?){3}[%+]'}}, action: warn}\n")
    code, out, _ = run("check", path)
    assert re.search(r"warning\[RF221\]: .*no text rules it out.* about \d+\.\d\d us", out), out


def test_what_comes_later_says_so():
    for args in (["backtest", "x"], ["rollback"], ["top"], ["why", "x"]):
        code, _, err = run(*args)
        assert code == 64 and "not supported yet" in err, (args, err)


def test_bench_tells_what_each_pattern_list_and_rule_costs(tmp_path):
    path = tmp_path / "priced.yaml"
    path.write_text("""version: 1
lists: [{id: callers, type: numbers, values: ["+8613800000001"]}]
rules:
  - {id: cheap, title: x, status: stable, applies_to: [sms], when: {text: {words: parcel}}, action: warn}
  - {id: dear, title: x, status: stable, applies_to: [sms],
     when: {text: {regex: 'parcel.{0,9}fee'}}, action: block}
  - {id: listed, title: x, status: stable, applies_to: [sms], when: {from: {in: callers}}, action: warn}
""")
    texts = ["parcel due, fee 2", "parcel", "nothing"]
    lines = [json.dumps({"id": i, "kind": "sms", "from": f"+861380000000{i}", "text": t})
             for i, t in enumerate(texts)]
    records = ("\n".join(lines) + "\nbroken\n").encode()
    code, out, err = run("bench", "-r", path, "--json", stdin=records)
    assert code == 0 and err == ""
    told = json.loads(out)
    assert (told["records"], told["unreadable"]) == (4, 1) and told["ns"] > 0
    (pattern,) = told["patterns"]
    assert pattern["pattern"] == "parcel.{0,9}fee" and pattern["literals"]
    assert 1 <= pattern["tried"] <= 2 and pattern["matched"] == 1 and pattern["ns"] > 0
    (listed,) = told["lists"]
    assert (listed["id"], listed["tried"], listed["found"]) == ("callers", 3, 1)
    assert {r["id"]: r["hit"] for r in told["rules"]} == {"cheap": 2, "dear": 1, "listed": 1}
    code, out, _ = run("bench", "-r", path, stdin=records)
    assert code == 0 and out.startswith("4 records, 1 not readable: ")
    assert run("bench", "-r", path, stdin=b"")[0] == 65
    assert run("bench", stdin=records)[0] == 64


def test_explain_points_into_the_original_text(tmp_path):
    path = rules(tmp_path)
    text = "快递 ＦＥ\u00adＥ due"
    line = json.dumps({"id": 1, "kind": "sms", "from": "+8613800000001", "text": text}).encode()
    code, out, err = run("explain", "-r", path, "--json", stdin=line + b"\n" + line + b"\n")
    assert code == 0, err
    first, second = (json.loads(o)["rules"][0] for o in out.splitlines())
    assert (first["state"], second["state"]) == ("no", "hit")
    assert first["failed"].startswith("rate")
    match = second["matches"][0]
    assert match["original"] == "ＦＥ\u00adＥ"
    assert text.encode()[match["begin"]:match["end"]].decode() == match["original"]
    assert second["counters"][0]["value"] == 2


def test_eval_answers_each_record_as_it_comes(tmp_path):
    with subprocess.Popen([str(TOOL), "eval", "-r", str(rules(tmp_path))],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as p:
        for i in range(3):
            p.stdin.write(b'{"id":%d,"kind":"sms","text":"hello"}\n' % i)
            p.stdin.flush()
            assert json.loads(p.stdout.readline())["id"] == i
        p.stdin.write(b'{"id":4,"kind":"sms","text":"hello"}\n \n\r\n')
        p.stdin.flush()
        assert json.loads(p.stdout.readline())["id"] == 4
        p.stdin.write(b"x" * 100_000 + b"\n")
        p.stdin.flush()
        assert json.loads(p.stdout.readline())["error"]["code"] == "line_too_long"


def test_eval_goes_on_behind_an_endless_line(tmp_path):
    good = b'{"id":1,"kind":"sms","text":"hello"}\n'
    for n in (70_000, 16 << 20, (16 << 20) + 1, 20_000_000, 60_000_000):
        code, out, _ = run("eval", "-r", rules(tmp_path), stdin=good + b"x" * n + b"\n" + good)
        replies = [json.loads(line) for line in out.splitlines()]
        assert code == 0 and [r["id"] for r in replies] == [1, None, 1], n
        assert replies[1]["error"]["code"] == "line_too_long"


def test_send_passes_each_record_on_as_it_comes(tmp_path):
    d = conftest.Daemon(tmp_path).start()
    try:
        with subprocess.Popen([str(TOOL), "send", "-a", f"unix:{d.feed_path}"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE) as p:
            for i in range(3):
                p.stdin.write(b'{"id":%d,"kind":"sms","text":"a fee"}\n' % i)
                p.stdin.flush()
                reply = json.loads(p.stdout.readline())
                assert (reply["id"], reply["verdict"]) == (i, "block")
        assert p.returncode == 0
    finally:
        d.signal(signal.SIGTERM)
        assert d.wait() == 0


FORBID_JIT = """import ctypes, os, sys
if ctypes.CDLL(None).prctl(65, 1, 0, 0, 0) != 0:  # PR_SET_MDWE
    sys.exit(77)
os.execv(sys.argv[1], sys.argv[1:])
"""


def test_status_tells_of_interpreted_regexes(tmp_path):
    rule = "  - {id: r, title: R, status: stable, applies_to: [sms], action: block, when: " \
           "{text: {regex: 'pa+rcel'}}}\n"
    d = conftest.Daemon(tmp_path, rules="version: 1\nrules:\n" + rule)
    d.process = subprocess.Popen([sys.executable, "-c", FORBID_JIT,
                                  str(conftest.BUILD / "ringfenced"), "-c", str(d.config)])
    end = time.monotonic() + conftest.WAIT_S
    while d.process.poll() is None and (told := run("status", "-s", d.control_path))[0] == 69:
        assert time.monotonic() < end
        time.sleep(0.05)
    if d.process.poll() == 77:
        pytest.skip("this kernel cannot forbid compiled code")
    try:
        code, out, err = told
        assert code == 1 and "regex_jit" in out, out + err
        line = b'{"id":1,"kind":"sms","text":"a paarcel"}\n'
        code, out, err = run("send", "-a", f"unix:{d.feed_path}", stdin=line)
        assert (code, json.loads(out)["verdict"]) == (0, "block"), err
    finally:
        d.signal(signal.SIGTERM)
        assert d.wait() == 0
