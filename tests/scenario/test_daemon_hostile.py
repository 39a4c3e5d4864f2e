"""Nonsense on the feed and on the control socket, and texts made to annoy regexes: an
answer each, bounded memory, and the others are served."""
import json
import os
import random
import re
import socket
import subprocess
import threading

from conftest import BUILD, line, records_in, without_ref


def mutate(data, rng):
    data, how = bytearray(data), rng.randrange(8)
    at = rng.randrange(len(data))
    if how == 0:
        del data[at:]
    elif how == 1:
        data[at] ^= 1 << rng.randrange(8)
    elif how == 2:
        data[at:at] = rng.choice([b"\xff", b"\xc3", b"\xed\xa0\x80", b"\x00", b"\t"])
    elif how == 3:
        data = bytearray(data.replace(b'"sms"', rng.choice([b"7", b"[]", b"null", b"{}"])))
    elif how == 4:
        data[-1:-1] = b',"deep":' + b"[" * rng.randrange(2000)
    elif how == 5:
        data[-1:-1] = b',"text":"twice","kind":"call"'
    elif how == 6:
        data = bytearray(b'{"a":{"b":[}]},' + data[1:])
    else:
        data = bytearray(rng.randbytes(rng.randrange(200)))
    return bytes(data).replace(b"\n", b" ").replace(b"\r", b" ")


def rss_kib(pid):
    with open(f"/proc/{pid}/status") as f:
        return int(re.search(r"VmRSS:\s+(\d+)", f.read()).group(1))


def test_mutated_lines(daemons):
    """10,000 broken lines and one of 14 MiB get one reply each; memory stays bounded, the
    good lines between them keep their verdicts. A line of 100 MB closes its connection
    and no other."""
    d = daemons().start()
    rng = random.Random(11)
    good = [line({"id": f"g{i}", "kind": "sms", "from": f"+86138{i:08d}",
                  "text": ["pay the fee", "hi"][i % 2]}) for i in range(10000)]
    chunks, expected = [], 0
    for i, one in enumerate(good):
        bad = mutate(one[:-1], rng)
        blank = not bad.strip(b" \t\r\n\v\f\0") and not bad.strip(b" \t\r")
        chunks.append(bad + b"\n" + one)
        expected += 1 + (not blank)
        if i == 5000:
            chunks.append(b'{"text":"' + b"z" * (14 << 20) + b'"}\n')
            expected += 1
    feed, got = d.connect(), []
    before = rss_kib(d.process.pid)
    reader = threading.Thread(daemon=True, target=feed.rest_into, args=(got,))
    reader.start()
    for at in range(0, len(chunks), 50):
        feed.send(b"".join(chunks[at:at + 50]))
    feed.finish()
    reader.join(180)
    assert len(got) == expected
    replies = [json.loads(r) for r in got]
    assert all(r["verdict"] in ("allow", "warn", "block") for r in replies)
    judged = {}
    for r in replies:
        if isinstance(r["id"], str) and "error" not in r and "repaired" not in r:
            judged.setdefault(r["id"], []).append(r)
    for i in range(10000):
        want = "block" if i % 2 == 0 else "allow"
        assert any(r["verdict"] == want for r in judged[f"g{i}"]), i
    big = d.connect()
    try:
        for _ in range(100):
            big.send(b"w" * 1_000_000)
    except OSError:
        pass
    feed = d.connect()
    feed.records([{"id": 1, "kind": "sms", "text": "fee"}])
    assert feed.reply()["verdict"] == "block"
    if "Sanitizer" not in os.environ.get("RF_BUILD", "") and BUILD.name == "release":
        assert rss_kib(d.process.pid) - before < 64 * 1024
    assert records_in(d.totals()) >= expected


HOSTILE = r"""version: 1
rules:
""" + "".join(f"""  - {{id: {name}, title: x, status: stable, applies_to: [sms], action: block,
     when: {{text: {{regex: '{regex}'}}}}}}
""" for name, regex in {
    "repeated": r"(\w+)\s+\1{2}[!?]", "gaps": r"a.{0,60}a.{0,60}[xy]", "nested": r"((a+)+)+[!?]",
    "classes": r"a\w{0,40}\w{0,40}\w{0,40}[-!]"}.items()) + """
  - {id: fee, title: x, status: stable, applies_to: [sms], action: warn, when: {text: {words: fee}}}
"""


def test_texts_made_against_regexes(daemons):
    """16 KiB against nested repeats, back-references and gaps: each is answered as the contract
    says and counted, the records around it as ever, and all the same the next time, in other
    batches and from `eval`."""
    d = daemons(rules=HOSTILE).start()
    units = ["a", "ab", "a ", "word ", "a1", "aa bb ", "a中", "Z", "a" * 59 + "b", "a-b ", "a\n"]
    records = []
    for i, unit in enumerate(units):
        long = unit * (16384 // len(unit.encode()) - 1)
        records += [{"id": f"h{i}", "kind": "sms", "text": "? " + long[:-8]},
                    {"id": f"g{i}", "kind": "sms", "text": "no fee"},
                    {"id": f"f{i}", "kind": "sms", "text": "? fee " + long[:-12]}]
    lines = [line(r) for r in records]
    feed = d.connect()
    feed.send(b"".join(lines))
    together = [without_ref(feed.line()) for _ in lines]
    alone = []
    for one in lines:
        feed.send(one)
        alone.append(without_ref(feed.line()))
    done = subprocess.run([BUILD / "ringfence", "eval", "-r", d.rules], input=b"".join(lines),
                          capture_output=True, timeout=60, check=True)
    assert together == alone == done.stdout.splitlines()
    replies = [json.loads(r) for r in together]
    spent = [r for r in replies if r.get("degraded") == ["regex"]]
    for r in replies:
        assert "error" not in r and "repaired" not in r
        assert r not in spent or r["verdict"] == "warn"
    assert len(spent) > len(units) and all(r["id"][0] in "hf" for r in spent)
    assert all(r["rule"] == "fee" for r in replies if r["id"][0] == "g" or
               (r in spent and r["id"][0] == "f"))
    counted = d.control("counters")["fail_open_total"]
    assert counted.pop("regex") == 2 * len(spent) and not any(counted.values())


def test_control_socket_survives_nonsense(daemons):
    """Requests that are none are answered with an error; an endless one is cut off; the
    next client is served."""
    d = daemons().start()
    for request in (b"nonsense\n", b"[]\n", b'{"command":7}\n', b'{"command":"\xff"}\n'):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(30)
            s.connect(str(d.control_path))
            s.sendall(request)
            assert json.loads(s.recv(65536))["error"]["code"] == "bad_request"
    assert d.control("fly")["error"]["code"] == "unknown_command"
    assert d.control("stats", since="yesterday")["error"]["code"] == "bad_request"
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(30)
        s.connect(str(d.control_path))
        try:
            s.sendall(b"x" * 1_000_000)
            assert s.recv(10) == b""
        except OSError:
            pass
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(30)
        s.connect(str(d.control_path))
        s.sendall(b'{"command":"version"}\n{"command":"reload"}\n{"command":"version"}\n')
        data = b""
        while data.count(b"\n") < 3:
            data += s.recv(65536)
        first, reload, last = map(json.loads, data.splitlines())
        assert "version" in first and reload["ok"] and first == last
