"""Real messages through the daemon and through `ringfence eval`: the same replies."""
import collections
import os
import pathlib
import subprocess
import sys
import threading

import pytest
from conftest import BUILD, without_ref

ROOT = pathlib.Path(__file__).resolve().parents[2]
MESSAGES = sorted(pathlib.Path(os.environ.get("DATA", "/nonexistent")).glob("sms/*.tsv"))


@pytest.mark.skipif(not MESSAGES, reason="SKIP: no message corpora (DATA)")
def test_daemon_answers_as_eval_does(daemons, tmp_path):
    """All message corpora under the starter rules, on one connection, an empty state_dir
    and wide feed.early and feed.late: byte for byte the replies of `eval`, `ref` apart;
    totals equal the replies."""
    lines = subprocess.run(
        [sys.executable, ROOT / "tests/tsv2ndjson.py", *MESSAGES],
        capture_output=True, check=True).stdout.splitlines(keepends=True)
    if BUILD.name != "release":
        lines = lines[::20]
    records = tmp_path / "records"
    records.write_bytes(b"".join(lines))
    want = subprocess.run([BUILD / "ringfence", "eval", "-r", ROOT / "rules", records],
                          capture_output=True, check=True).stdout.splitlines()
    d = daemons()
    d.start(RINGFENCE_RULES=str(ROOT / "rules"))
    feed, got = d.connect(), []
    reader = threading.Thread(daemon=True, target=feed.rest_into, args=(got,))
    reader.start()
    feed.send(records.read_bytes())
    feed.finish()
    reader.join(300)
    assert len(want) == len(got) == len(lines)
    for one, other in zip(got, want):
        assert without_ref(one) == other
    totals, seen = d.totals(), collections.Counter()
    for reply in want:
        seen[reply.split(b'"verdict":"')[1].split(b'"')[0].decode()] += 1
    for verdict, n in seen.items():
        assert totals[f"sms:{verdict}"] + totals.get(f"call:{verdict}", 0) == n
    assert seen["block"] > 0
