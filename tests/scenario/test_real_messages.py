"""Labelled real messages, where DATA has them: the tool and the daemon answer alike."""
import os
import pathlib
import subprocess
import sys

import pytest

from conftest import BUILD, without_ref

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = pathlib.Path(os.environ.get("DATA", ROOT / "../shared/data"))
TABLES = sorted((DATA / "sms").glob("*.tsv"))
# Sanitizer builds judge a part of the messages, every one of them by turns of 20.
EVERY = 1 if BUILD.name == "release" else 20


@pytest.fixture(scope="module")
def messages(tmp_path_factory):
    if not TABLES:
        pytest.skip("no real messages: DATA is not there")
    lines = subprocess.run([sys.executable, ROOT / "tests/tsv2ndjson.py", *TABLES],
                           check=True, capture_output=True).stdout.splitlines(True)
    path = tmp_path_factory.mktemp("messages") / "all.ndjson"
    path.write_bytes(b"".join(lines[::EVERY]))
    return path


def test_daemon_and_eval_answer_alike(messages, daemons):
    """Every message goes through `ringfence eval` and through a daemon with an empty
    state_dir: one reply each, the same bytes but for `ref`."""
    evaluated = subprocess.run([BUILD / "ringfence", "eval", "-r", ROOT / "rules", messages],
                               check=True, capture_output=True).stdout.splitlines()
    d = daemons(workers=2)
    d.config.write_text(d.config.read_text().replace(str(d.rules), str(ROOT / "rules")))
    d.start()
    sent = subprocess.run([BUILD / "ringfence", "send", "-q", "-a", f"unix:{d.feed_path}",
                           messages], check=True, capture_output=True).stdout.splitlines()
    count = messages.read_bytes().count(b"\n")
    assert len(evaluated) == len(sent) == count
    for a, b in zip(evaluated, sent):
        assert a == without_ref(b)
    assert sum(n for k, n in d.totals().items()
               if k.startswith(("sms:", "call:", "visit:", "none:"))) == count


def test_explain_agrees_with_eval(tmp_path):
    """`explain` tries every rule, `eval` those that can hit: the same replies on sample
    traffic of all three kinds."""
    sample = subprocess.run([sys.executable, ROOT / "tests/sample.py"], check=True,
                            capture_output=True).stdout
    path = tmp_path / "sample.ndjson"
    path.write_bytes(b"".join(sample.splitlines(True)[::EVERY]))
    run = lambda *args: subprocess.run(  # noqa: E731
        [BUILD / "ringfence", *args, "-r", ROOT / "rules", path], check=True,
        capture_output=True).stdout.splitlines()
    replies = run("eval")
    explained = run("explain", "--json", "--rule", "ad-promo-zh")
    assert len(replies) == len(explained) > 100
    for reply, why in zip(replies, explained):
        assert why.startswith(b'{"reply":' + reply)
