"""Events, one object everywhere: the log, the stream in Redis, `ringfence events`. Numbers
masked, no text; a slow reader loses events, counted, and never holds up a record."""
import json
import signal
import socket
import subprocess
import threading
import time

import pytest

from conftest import BUILD, events_in, with_redis
from redis_servers import wait_for

SECRET = "the fee of a secret parcel"
FEE = {"kind": "sms", "from": "+8613800000001", "to": "+8613900000001", "text": SECRET,
       "grid": "g7"}


def events_of(daemon, *args):
    told, _ = daemon.tool("events", "--json", *args)
    return [json.loads(e) for e in told.splitlines()]


def send(daemon, n=1, record=FEE):
    feed = daemon.connect()
    feed.records([record] * n)
    got = feed.replies(n)
    feed.close()
    return got


def in_redis(r):
    return [json.loads(e[1][1]) for e in r.command("XRANGE", "rf:events", "-", "+")]


def assert_discreet(text):
    for word in ("3800000001", "3900000001", "secret", "parcel"):
        assert word not in text, word


class Follower:
    def __init__(self, daemon, *args):
        self.process = subprocess.Popen(
            [BUILD / "ringfence", "events", "--follow", "-n", "0", "-s", daemon.control_path, *args],
            stdout=subprocess.PIPE, text=True)
        self.lines = []
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        for text in self.process.stdout:
            self.lines.append(text)

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(20)
        self.thread.join(20)
        self.process.stdout.close()


@pytest.fixture
def follow():
    made = []

    def make(daemon, *args):
        made.append(Follower(daemon, *args))
        return made[-1]

    yield make
    for f in made:
        f.stop()


def test_the_last_events_without_any_sink(daemons):
    d = daemons().start()
    send(d, 3)
    got = events_of(d)
    assert [e["type"] for e in got] == ["ops"] + 3 * ["verdict"]
    assert got[0]["code"] == "start"
    e = got[-1]
    assert e["rule"] == "block-fee" and e["mode"] == "enforce" and e["grid"] == "g7"
    assert e["from"].startswith("+86*") and len(e["from_key"]) == 32
    assert_discreet(json.dumps(got))
    assert len(events_of(d, "-n", "2")) == 2 and events_of(d, "-n", "0") == []
    told, _ = d.tool("events", "-n", "1")
    assert "verdict" in told and "rule=block-fee" in told
    # what comes from a record makes up no line and moves no terminal
    send(d, 1, dict(FEE, grid="g\nforged\x1b[2J\u009b\u202e", trunk="国 1"))
    told, _ = d.tool("events", "-n", "1")
    assert told.count("\n") == 1 and "grid=g?forged?[2J?? trunk=国 1 " in told
    # where nobody listens only so many are made as can be shown
    send(d, 2000)
    assert 100 <= len(events_of(d, "-n", "100000")) < 1500


def test_follow(daemons, follow):
    d = daemons().start()
    send(d)
    f, people = follow(d, "--json"), follow(d)
    wait_for(lambda: send(d) and f.lines and people.lines)  # both are there
    n = len(f.lines)
    send(d, 500)
    wait_for(lambda: len(f.lines) >= n + 500)
    assert all(json.loads(e)["type"] == "verdict" for e in f.lines[-500:])
    wait_for(lambda: len(people.lines) >= 500)
    assert "rule=block-fee" in people.lines[-1]
    f.stop()
    send(d, 10)
    d.signal(signal.SIGTERM)
    assert d.wait() == 0
    assert people.process.wait(20) == 69


def test_one_who_follows_and_does_not_read_loses_events(daemons):
    d = daemons().start()
    with socket.socket(socket.AF_UNIX) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        s.connect(str(d.control_path))
        s.sendall(b'{"command":"events","last":0,"follow":true}\n')
        assert s.recv(100).startswith(b'{"ok":true')
        sent = 0
        while d.control("counters")["events_dropped_total"]["follow"] == 0:
            send(d, 2000)
            sent += 2000
            assert sent < 200000
        s.settimeout(0.5)
        data, end = b"", time.monotonic() + 30
        while b'{"dropped":' not in data:
            try:
                data = data[-200:] + s.recv(1 << 20)
            except TimeoutError:  # all was read: what comes next says what was lost
                send(d, 10)
            assert time.monotonic() < end
    assert d.control("status")["state"] == "well"


def test_redis_has_what_the_log_has(daemons, redis_servers, tmp_path):
    r = redis_servers()
    log = tmp_path / "events"
    d = daemons(more=with_redis(r.url) + f"events: {{file: {log}}}\n").start()
    wait_for(lambda: "degraded" not in send(d)[0])
    send(d, 300)
    d.stop()
    logged = events_in(log)
    assert len(logged) > 300
    assert in_redis(r) == logged
    assert {"start", "stop"} <= {e.get("code") for e in logged}
    assert_discreet(log.read_text())


def test_events_wait_for_redis_and_then_are_dropped(daemons, redis_servers):
    r = redis_servers()
    d = daemons(more=with_redis(r.url)).start()
    wait_for(lambda: "degraded" not in send(d)[0])
    r.kill()
    wait_for(lambda: "degraded" in send(d)[0])
    send(d, 200)
    assert d.control("counters")["events_dropped_total"]["redis"] <= 3
    r.start()
    wait_for(lambda: len([e for e in in_redis(r) if e["type"] == "verdict"]) >= 200)
    r.kill()
    wait_for(lambda: "degraded" in send(d)[0])
    sent = 0
    while d.control("counters")["events_dropped_total"]["redis"] < 100:
        assert len(send(d, 4000)) == 4000  # every record is answered
        sent += 4000
        assert sent < 200000
    status = d.control("status")
    assert "events_lost" in {p["code"] for p in status["problems"]}
