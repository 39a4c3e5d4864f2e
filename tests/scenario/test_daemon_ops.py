"""Running the daemon: reload, drain, kill, state, event log, control socket."""
import json
import os
import random
import re
import signal
import socket
import subprocess
import threading
import time

from conftest import BUILD, RULES, line, traffic

BROKEN = RULES.replace("words: [fee]", "wrods: [fee]")
MORE = RULES + """\
  - {id: more-hosts, type: hosts, values: [worse.example]}
"""


def records_in(totals):
    return sum(n for field, n in totals.items()
               if re.fullmatch(r"(none|sms|call|visit):(allow|warn|block)", field))


def test_reload_keeps_old_rules_on_errors(daemons):
    """Rules with errors leave the old ones in force; reload, status, log and event log say
    so, with the diagnostics. Mended rules end the problem; the generation goes on only
    when something changed, and outlives a restart."""
    d = daemons()
    log = d.folder / "events"
    d.config.write_text(d.config.read_text() + f"events: {{file: {log}}}\n")
    d.start()
    first = d.control("status")
    assert first["state"] == "well" and first["gen"] == 1 and first["problems"] == []

    d.rules.write_text(BROKEN)
    got = d.control("reload")
    assert not got["ok"] and got["error"]["code"] == "rules_refused" and got["errors"] == 1
    assert "unknown operator 'wrods'" in got["diagnostics"] and "^~~~~" in got["diagnostics"]
    status = d.control("status")
    assert status["state"] == "degraded" and status["ruleset"] == first["ruleset"]
    problem = status["problems"][0]
    assert problem["code"] == "rules_refused" and problem["since"] and problem["what_to_do"]
    assert "unknown operator 'wrods'" in d.log()
    feed = d.connect()
    feed.records([{"id": 1, "kind": "sms", "text": "fee"}])
    assert feed.reply()["verdict"] == "block"

    d.rules.write_text(RULES)
    got = d.control("reload")
    assert got["ok"] and not got["changed"] and got["gen"] == 1
    assert d.control("status")["problems"] == []
    d.rules.write_text(MORE)
    got = d.control("reload")
    assert got["ok"] and got["changed"] and got["gen"] == 2
    feed.records([{"id": 2, "kind": "visit", "host": "x"}])
    assert feed.reply()["gen"] == 2
    assert d.stop() == 0
    codes = [e["code"] for e in map(json.loads, log.read_text().splitlines())
             if e["type"] == "ops"]
    assert codes == ["start", "rules_refused", "reload", "reload", "stop"]
    assert d.start().control("status")["gen"] == 2


def test_reload_under_load_loses_nothing(daemons):
    """Reloads by HUP and by command while records stream: every record is answered, in
    order, and the generation never goes back."""
    d = daemons().start()
    n, feed = 30000, d.connect()
    got, stop = [], threading.Event()

    def reload_on():
        i = 0
        while not stop.is_set():
            i += 1
            d.rules.write_text([RULES, MORE][i % 2])
            if i % 3:
                assert d.control("reload")["ok"]
            else:
                d.signal(signal.SIGHUP)
                time.sleep(0.01)

    threads = [threading.Thread(daemon=True, target=reload_on),
               threading.Thread(daemon=True, target=feed.rest_into, args=(got,))]
    for t in threads:
        t.start()
    records = [line({"id": i, "kind": "sms", "text": "fee" if i % 3 == 0 else "hi"})
               for i in range(n)]
    for at in range(0, n, 100):
        feed.send(b"".join(records[at:at + 100]))
        if at % 1000 == 0:
            time.sleep(0.02)
    feed.finish()
    threads[1].join(120)
    stop.set()
    threads[0].join(60)
    replies = [json.loads(r) for r in got]
    assert [r["id"] for r in replies] == list(range(n))
    assert all(r["verdict"] == ("block" if r["id"] % 3 == 0 else "allow") for r in replies)
    gens = [r["gen"] for r in replies]
    assert gens == sorted(gens) and gens[-1] > 3
    assert records_in(d.totals()) == n


def test_term_drains(daemons):
    """TERM in mid-stream: what was read is answered in order, the sockets are gone, exit
    0; the totals equal the replies."""
    d = daemons().start()
    feed, got = d.connect(), []
    reader = threading.Thread(daemon=True, target=feed.rest_into, args=(got,))
    reader.start()

    def pour():
        try:
            for i in range(0, 200000, 50):
                feed.send(b"".join(line({"id": k, "kind": "sms", "text": "fee"})
                                   for k in range(i, i + 50)))
        except OSError:
            pass

    sender = threading.Thread(daemon=True, target=pour)
    sender.start()
    d.wait_for(lambda: len(got) > 1000)
    assert d.stop() == 0
    reader.join(30)
    sender.join(30)
    assert [json.loads(r)["id"] for r in got] == list(range(len(got)))
    assert not d.feed_path.exists() and not d.control_path.exists()
    assert records_in(d.start().totals()) == len(got)


def test_second_term_ends_at_once(daemons):
    """A client that takes no replies holds the drain up to feed.drain; a second TERM ends
    the daemon at once."""
    d = daemons(feed=", drain: 50s, stall: 50s").start()
    feed = d.connect()
    feed.sock.settimeout(1)
    try:
        while True:
            feed.send(line({"id": "x" * 100, "kind": "sms", "text": "hi"}) * 100)
    except OSError:
        pass
    d.signal(signal.SIGTERM)
    d.wait_for(lambda: "stopping" in d.log())
    time.sleep(0.5)
    assert d.process.poll() is None
    began = time.monotonic()
    d.signal(signal.SIGTERM)
    d.wait()
    assert time.monotonic() - began < 5


def test_drain_is_bounded(daemons):
    """A client that takes no replies holds the end up for feed.drain, not longer."""
    d = daemons(feed=", drain: 1s, stall: 50s").start()
    feed = d.connect()
    feed.sock.settimeout(1)
    try:
        while True:
            feed.send(line({"id": "x" * 100, "kind": "sms", "text": "hi"}) * 100)
    except OSError:
        pass
    began = time.monotonic()
    assert d.stop() == 0
    assert time.monotonic() - began < 15


def test_kill_and_restart_keeps_totals(daemons):
    """kill -9 in mid-stream, restart: the totals equal the replies that had been received,
    plus at most the records whose reply was under way. Sockets left behind are
    replaced."""
    d = daemons()
    block, window, rounds, received = 200, 1000, 3, 0
    data = b"".join(line(r) for r in traffic(block))
    for _ in range(rounds):
        d.start()
        feed, got, killed = d.connect(), [], threading.Event()
        reader = threading.Thread(daemon=True, target=feed.rest_into, args=(got,))
        reader.start()

        def pour():
            sent = 0
            try:
                while not killed.is_set():
                    if sent - len(got) <= window - block:
                        feed.send(data)
                        sent += block
                    else:
                        time.sleep(0.0001)
            except OSError:
                pass

        sender = threading.Thread(daemon=True, target=pour)
        sender.start()
        d.wait_for(lambda: len(got) > 20000)
        d.signal(signal.SIGKILL)
        d.wait()
        killed.set()
        sender.join(30)
        reader.join(30)
        received += len(got)
    totals = d.start().totals()
    assert received <= records_in(totals) <= received + rounds * window
    by_feed = sum(n for k, n in totals.items() if k.startswith("feed:"))
    assert by_feed == records_in(totals)


def test_totals_tell_kind_verdict_rule_and_more(daemons):
    """Totals count each record under kind and verdict, its rules, fraud type, grid, trunk
    and feed; test records are counted nowhere but apart."""
    d = daemons().start()
    feed = d.connect()
    feed.records([
        {"id": 1, "kind": "sms", "text": "fee and a prize, a loan", "grid": "g1", "trunk": "t1"},
        {"id": 2, "kind": "call", "to": "+8613900000000", "grid": "g1"},
        {"id": 3, "kind": "sms", "text": "fee", "test": True},
        {"id": 4, "kind": "nonsense"}])
    assert [r["verdict"] for r in feed.replies(4)] == ["block", "allow", "block", "allow"]
    assert d.totals() == {
        "sms:block": 1, "call:allow": 1, "none:allow": 1,
        "rule:block-fee:enforce": 1, "rule:warn-prize:enforce": 1,
        "rule:shadow-loan:monitor": 1, "fraud:impersonation/logistics:sms:block": 1,
        "grid:g1:sms:block": 1, "grid:g1:call:allow": 1, "trunk:t1:sms:block": 1,
        f"feed:unix:{d.feed_path}:sms:block": 1, f"feed:unix:{d.feed_path}:call:allow": 1,
        f"feed:unix:{d.feed_path}:none:allow": 1}
    counters = d.control("counters")
    assert counters["test_records_total"] == 1
    assert counters["records_total"]["sms"] == {"allow": 0, "warn": 0, "block": 1}
    assert counters["errors_total"]["unknown_kind"] == 1
    assert counters["fail_open_total"]["unknown_kind"] == 1


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


def test_event_log(daemons):
    """One line for each warn and block with the reference of its reply, rule and level;
    numbers are masked, no text is told. USR1 opens the file anew."""
    d = daemons()
    log = d.folder / "events"
    d.config.write_text(d.config.read_text() + f"events: {{file: {log}}}\n")
    d.start()
    feed = d.connect()
    feed.records([
        {"id": 1, "kind": "sms", "from": "+8613800001234", "to": "+8613900005678",
         "text": "pay the fee", "grid": "g1", "trunk": "t1", "peer": "p1"},
        {"id": 2, "kind": "sms", "from": "10690001234", "text": "a prize"},
        {"id": 3, "kind": "sms", "text": "hello"}])
    replies = feed.replies(3)
    d.wait_for(lambda: log.read_text().count("\n") == 3)
    start, block, warn = [json.loads(x) for x in log.read_text().splitlines()]
    assert start["type"] == "ops" and start["code"] == "start"
    assert block["type"] == "verdict" and block["ref"] == replies[0]["ref"]
    assert re.fullmatch(r"\+86\*{9}34#[0-9a-f]{8}", block["from"])
    assert re.fullmatch(r"\+86\*{9}78#[0-9a-f]{8}", block["to"])
    assert block["subscriber"] == block["to"] and len(block["from_key"]) == 32
    assert block["from_key"].startswith(block["from"][-8:])
    for key, value in {"kind": "sms", "verdict": "block", "rule": "block-fee", "rev": 1,
                       "mode": "enforce", "level": "high", "grid": "g1", "trunk": "t1",
                       "fraud_type": "impersonation/logistics", "reason": "Parcel fee",
                       "peer": "p1", "feed": f"unix:{d.feed_path}", "gen": 1}.items():
        assert block[key] == value
    assert warn["ref"] == replies[1]["ref"] and warn["from"].startswith("***")
    text = log.read_text() + d.log()
    assert "13800001234" not in text and "10690001234" not in text and "pay" not in text

    moved = d.folder / "events.1"
    log.rename(moved)
    d.signal(signal.SIGUSR1)
    d.wait_for(log.exists)
    feed.records([{"id": 4, "kind": "sms", "text": "fee"}])
    feed.reply()
    d.wait_for(lambda: log.read_text().count("\n") == 1)
    assert moved.read_text().count("\n") == 3
    assert d.control("counters")["events_dropped_total"]["file"] == 0


def test_full_disk_drops_events_not_records(daemons):
    """An event log on a full disk: records are judged as ever, the events dropped are
    counted, and status says so."""
    d = daemons(more="events: {file: /dev/full}\n").start()
    feed = d.connect()
    feed.records({"id": i, "kind": "sms", "text": "fee"} for i in range(5000))
    assert [r["verdict"] for r in feed.replies(5000)] == ["block"] * 5000
    d.wait_for(lambda: d.control("counters")["events_dropped_total"]["file"] > 0)
    status = d.control("status")
    assert status["state"] == "degraded"
    assert [p["code"] for p in status["problems"]] == ["events_lost"]
    assert "No space left" in status["problems"][0]["detail"]
    assert d.stop() == 0


def test_slow_event_log_drops_beyond_its_queue(daemons):
    """An event log that nobody takes from (a pipe) fills its bounded queue; then events
    are dropped, counted, and records are still answered."""
    d = daemons()
    pipe = d.folder / "events"
    os.mkfifo(pipe)
    d.config.write_text(d.config.read_text() + f"events: {{file: {pipe}}}\n")
    keep = os.open(pipe, os.O_RDWR)
    d.start()
    feed, n = d.connect(), 40000
    reader = threading.Thread(daemon=True, target=lambda: feed.replies(n))
    reader.start()
    for _ in range(n // 100):
        feed.records({"id": i, "kind": "sms", "from": "+8613800001234", "text": "fee"}
                     for i in range(100))
    reader.join(120)
    assert not reader.is_alive()
    assert d.control("counters")["events_dropped_total"]["file"] > 0
    began = time.monotonic()
    assert d.stop() == 0
    assert time.monotonic() - began < 15
    os.close(keep)


def test_alert_begins_once_and_ends(daemons):
    """An alert is told once when it begins, however many records follow, and once when
    its window has passed."""
    d = daemons(rules="""\
version: 1
rules:
  - id: grid-burst
    title: Burst in a grid
    status: stable
    applies_to: [sms]
    when: {rate: {key: grid, window: 2s, over: 5}}
    action: alert
""")
    log = d.folder / "events"
    d.config.write_text(d.config.read_text() + f"events: {{file: {log}}}\n")
    d.start()
    feed = d.connect()
    feed.records({"id": i, "kind": "sms", "text": "hi", "grid": "g7"} for i in range(9))
    assert {r["verdict"] for r in feed.replies(9)} == {"allow"}

    def alerts():
        return [e for e in map(json.loads, log.read_text().splitlines())
                if e["type"] == "alert"]

    d.wait_for(lambda: [a["state"] for a in alerts()][-1:] == ["end"])
    begin, end = alerts()
    assert begin["alert"] == "grid-burst" and begin["key"] == "g7"
    assert begin["state"] == "begin" and begin["threshold"] == 5 and begin["count"] == 6
    assert end["alert"] == "grid-burst" and end["since"] == begin["since"]


def test_alert_of_calls_ends_when_they_do(daemons):
    """Calls on two connections count as one; once released, `clear` ends the alert without
    a further record."""
    d = daemons(rules="""\
version: 1
rules:
  - id: many-calls
    title: Many calls at once
    status: stable
    applies_to: [call]
    when: {all: [{event: [attempt, answer]}, {concurrent: {key: trunk, over: 2}}]}
    action: alert
    clear: {under: 1, for: 1s}
""")
    log = d.folder / "events"
    d.config.write_text(d.config.read_text() + f"events: {{file: {log}}}\n")
    d.start()
    one, two = d.connect(), d.connect()

    def send(feed, call, event):
        feed.records([{"id": 1, "kind": "call", "call": call, "event": event,
                       "from": "13800000001", "to": "13900000001", "trunk": "t7"}])
        assert feed.reply()["verdict"] == "allow"

    def alerts():
        return [e for e in map(json.loads, log.read_text().splitlines())
                if e["type"] == "alert"]

    send(one, "a", "answer")
    send(two, "b", "answer")
    send(one, "c", "answer")
    d.wait_for(lambda: [a["state"] for a in alerts()] == ["begin"])
    for call in "abc":
        send(two, call, "release")
    d.wait_for(lambda: [a["state"] for a in alerts()] == ["begin", "end"])
    begin, end = alerts()
    assert begin["key"] == "t7" and begin["count"] == 3 and begin["threshold"] == 2
    assert end["since"] == begin["since"] and end["count"] == 0


def test_an_alert_names_its_number_as_verdicts_do(daemons):
    """By the same keyed hash, also once the number was forgotten."""
    d = daemons(rules="""\
version: 1
rules:
  - id: fast
    title: Fast
    status: stable
    applies_to: [sms]
    when: {rate: {key: from, window: 10m, over: 2}}
    action: [warn, alert]
""").start()

    def key_of_alert():
        feed = d.connect()
        feed.records([{"kind": "sms", "from": "13800000001", "to": "13900000001",
                       "text": "x"}] * 3)
        assert feed.replies(3)[-1]["verdict"] == "warn"
        p = subprocess.run([BUILD / "ringfence", "events", "--json", "-s", d.control_path],
                           capture_output=True, text=True, timeout=60)
        got = [json.loads(e) for e in p.stdout.splitlines()]
        begins = [e["key"] for e in got if e.get("state") == "begin"]
        return begins[-1], len(begins), [e["from_key"] for e in got if e["type"] == "verdict"][-1]

    key, begins, verdict = key_of_alert()
    assert begins == 1 and key == verdict
    assert d.control("lookup", value="+8613800000001")["number"]["key"] == key
    assert d.control("forget", number="+8613800000001", reason="x")["ok"]
    assert key_of_alert() == (key, 2, verdict)


def test_list_file_is_read_again(daemons):
    """A list with `refresh` is read again when its file changed: the verdict changes, the
    generation goes on; an unchanged file makes no generation. `list` shows its
    entries."""
    d = daemons()
    hosts = d.folder / "hosts.txt"
    hosts.write_text("bad.example\tphishing\n")
    d.rules.write_text(RULES.replace(
        "values: [bad.example]}", "file: hosts.txt, refresh: 1s, max_shrink: 100%}"))
    d.start()
    feed = d.connect()

    def verdict(host):
        feed.records([{"id": 1, "kind": "visit", "host": host}])
        return feed.reply()["verdict"]

    assert verdict("a.bad.example") == "block" and verdict("worse.example") == "allow"
    got = d.control("list", name="bad-hosts")
    assert got["rows"] == [{"entry": "bad.example", "reason": "phishing"}]
    assert got["lists"][0]["type"] == "hosts" and got["lists"][0]["entries"] == 1
    assert not d.control("list", name="none")["ok"]
    time.sleep(2.5)
    assert d.control("status")["gen"] == 1
    hosts.write_text("bad.example\nworse.example\n")
    d.wait_for(lambda: verdict("worse.example") == "block")
    assert d.control("status")["gen"] == 2


def test_state_dir_has_one_daemon(daemons):
    """A second daemon on the same state_dir or socket refuses to start and does not harm
    the first."""
    d = daemons().start()
    second = daemons()
    second.config.write_text(second.config.read_text().replace(
        str(second.state), str(d.state)))
    second.start(ready=False)
    assert second.wait() == 71 and "another daemon uses it" in second.log()
    third = daemons()
    third.config.write_text(third.config.read_text().replace(
        str(third.feed_path), str(d.feed_path)))
    third.start(ready=False)
    assert third.wait() == 71 and "Address already in use" in third.log()
    assert d.connect() and d.control("status")["state"] == "well"


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


def test_program_options(daemons):
    """-t tests configuration and rules (0 or 78), -V and -h answer, other use is 64."""
    def run(*args):
        return subprocess.run([BUILD / "ringfenced", *args], capture_output=True, text=True,
                              timeout=60)

    d = daemons()
    assert run("-c", d.config, "-t").returncode == 0
    d.rules.write_text(BROKEN)
    got = run("-c", d.config, "-t")
    assert got.returncode == 78 and "unknown operator 'wrods'" in got.stderr
    assert run("-c", d.config).returncode == 78
    d.rules.unlink()
    got = run("-c", d.config, "-t")
    assert got.returncode == 78 and "No such file" in got.stderr
    d.config.write_text("feed: {lisen: []}\n")
    got = run("-c", d.config, "-t")
    assert got.returncode == 78 and "did you mean 'listen'?" in got.stderr
    d.config.write_text('feed: {listen: ["tcp://0.0.0.0:0"]}\n')
    got = run("-c", d.config)
    assert got.returncode == 78 and "loopback is refused" in got.stderr
    assert run("-c", d.folder / "none").returncode == 78
    assert run("-V").stdout.startswith("ringfenced ")
    assert run("-h").stdout.startswith("usage: ringfenced")
    assert run("-x").returncode == 64 and run("extra").returncode == 64
