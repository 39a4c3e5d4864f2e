"""The feed as clients see it: framing, hello, order, back-pressure, limits."""
import random
import threading
import time

import pytest
from conftest import Lines, free_port, line, traffic, without_ref

N = 2000


def stream(daemon, chunks, expected):
    """Send the chunks on one connection while reading; the replies, one per record."""
    feed = daemon.connect()
    got = []
    reader = threading.Thread(daemon=True, target=lambda: got.extend(feed.rest()))
    reader.start()
    for chunk in chunks:
        feed.send(chunk)
    feed.finish()
    reader.join(120)
    feed.close()
    assert len(got) == expected
    return got


def in_batches(lines, size):
    return [b"".join(lines[i:i + size]) for i in range(0, len(lines), size)]


def in_random_splits(lines, seed):
    data, at, rng = b"".join(lines), 0, random.Random(seed)
    while at < len(data):
        n = rng.choice([1, 2, 3, 50, 700, 9000])
        yield data[at:at + n]
        at += n


def replies_by_id(daemon, records, connections, split):
    shares = [[r for r in records if int(r["from"][-5:]) % connections == k]
              for k in range(connections)]
    got, threads = {}, []

    def run(share):
        lines = [line(r) for r in share]
        replies = stream(daemon, split(lines), len(share))
        got.update((r["id"], without_ref(reply)) for r, reply in zip(share, replies))

    for share in shares:
        threads.append(threading.Thread(daemon=True, target=run, args=(share,)))
        threads[-1].start()
    for t in threads:
        t.join(180)
    assert len(got) == len(records)
    return got


def test_same_reply_however_sent(daemons):
    """Batches of 1, 7 and 256 records and random byte splits, one worker or two, one
    connection or four with disjoint keys: the same reply for each id, byte for byte."""
    records = list(traffic(N))
    ways = [
        (1, 1, lambda lines: in_batches(lines, 1)),
        (1, 1, lambda lines: in_random_splits(lines, 5)),
        (2, 1, lambda lines: in_batches(lines, 7)),
        (2, 4, lambda lines: in_batches(lines, 256)),
        (1, 4, lambda lines: in_random_splits(lines, 6)),
    ]
    results = []
    for workers, connections, split in ways:
        d = daemons(workers=workers).start()
        results.append(replies_by_id(d, records, connections, split))
        assert d.stop() == 0
    verdicts = b"".join(results[0].values())
    for verdict in (b'"allow"', b'"warn"', b'"block"', b'"shadow":["shadow-loan"]'):
        assert verdict in verdicts
    assert b'"rule":"many-from-one"' in verdicts
    for other in results[1:]:
        assert other == results[0]


def test_framing(daemons):
    """CR before LF, blank lines, a byte-order mark and a last line without an end: each
    record gets one reply, in order, then the connection is closed."""
    feed = daemons().start().connect()
    feed.send(b'\xef\xbb\xbf{"id":1,"kind":"sms","text":"a"}\r\n\r\n  \t\n'
              b'{"id":2,"kind":"sms","text":"pay the fee"}\n{"id":3,"kind":"sms","text":"c"}')
    feed.finish()
    got = feed.rest()
    assert len(got) == 3
    assert got[0] == b'{"id":1,"verdict":"allow","gen":1}'
    assert got[1].startswith(b'{"id":2,"verdict":"block","rule":"block-fee"')
    assert got[2] == b'{"id":3,"verdict":"allow","gen":1}'


def test_ref_of_warn_and_block(daemons):
    """A warn or block reply carries a reference of 26 characters; they ascend. An allow
    carries none."""
    feed = daemons(workers=1).start().connect()
    feed.records({"id": i, "kind": "sms", "text": t}
                 for i, t in enumerate(["fee", "hi", "prize", "fee", "fee"]))
    got = feed.replies(5)
    refs = [r["ref"] for r in got if "ref" in r]
    assert [("ref" in r) for r in got] == [True, False, True, True, True]
    assert all(len(r) == 26 for r in refs) and refs == sorted(refs) and len(set(refs)) == 4


def test_hello_and_ping(daemons):
    """A hello is answered with protocol, limits, generation and ruleset; a ping in its
    turn; the client's name is the feed in status."""
    d = daemons().start()
    feed = d.connect()
    feed.send(b'{"hello":{"proto":1,"client":"smsc-3"}}\n{"id":1,"kind":"sms","text":"a"}\n'
              b'{"ping":1}\n{"id":2,"kind":"sms","text":"b"}\n')
    hello = feed.reply()["hello"]
    assert hello["proto"] == 1 and hello["server"].startswith("ringfence ")
    assert hello["max_line"] == 65536 and hello["workers"] == 2 and hello["gen"] == 1
    assert hello["ruleset"] == d.control("status")["ruleset"]
    assert [feed.reply() for _ in range(3)] == [
        {"id": 1, "verdict": "allow", "gen": 1}, {"pong": 1},
        {"id": 2, "verdict": "allow", "gen": 1}]
    feeds = {f["feed"]: f for f in d.control("status")["feeds"]}
    assert feeds["smsc-3"]["connections"] == 1 and feeds["smsc-3"]["records"] == 2
    assert d.totals()["feed:smsc-3:sms:allow"] == 2


@pytest.mark.parametrize("first", [
    b'{"hello":{"proto":99}}\n', b'{"hello":7}\n',
    b'{"id":1,"kind":"sms","text":"a"}\n{"hello":{"proto":1}}\n'])
def test_bad_hello_ends_the_connection(daemons, first):
    """A hello that is wrong, or not the first line, is answered bad_hello and closes; it
    counts as no record."""
    d = daemons().start()
    feed = d.connect()
    feed.send(first + b'{"id":9,"kind":"sms","text":"never judged"}\n')
    got = feed.rest()
    assert b'"code":"bad_hello"' in got[-1] and len(got) == first.count(b'"kind"') + 1
    assert sum(n for k, n in d.totals().items() if k.count(":") == 1) == len(got) - 1


def test_hello_required(daemons):
    """With feed.hello: required a first line that is none is refused."""
    d = daemons(feed=", hello: required").start()
    feed = d.connect()
    feed.send(b'{"id":1,"kind":"sms","text":"a"}\n')
    assert b'"code":"bad_hello"' in feed.line() and feed.line() is None
    feed = d.connect()
    feed.send(b'{"hello":{"proto":1}}\n{"id":1,"kind":"sms","text":"a"}\n')
    assert "hello" in feed.reply() and feed.reply()["id"] == 1


def test_replies_hits(daemons):
    """replies: hits leaves plain allows out; acks tell the records answered so far, at
    least every 1,000 and within 100 ms, and never before the hits they cover."""
    feed = daemons().start().connect()
    feed.send(b'{"hello":{"proto":1,"replies":"hits"}}\n')
    feed.reply()
    records = [{"id": i, "kind": "sms", "text": "fee" if i % 500 == 499 else "hi"}
               for i in range(3000)]
    feed.records(records)
    hits, acks = [], []
    while not acks or acks[-1] < 3000:
        got = feed.reply()
        if "ack" in got:
            acks.append(got["ack"])
            assert [i for i in range(499, acks[-1], 500)] == hits
        else:
            assert got["verdict"] == "block"
            hits.append(got["id"])
    assert len(hits) == 6
    assert all(b - a <= 1000 for a, b in zip([0] + acks, acks))
    began = time.monotonic()
    feed.records(records[:1])
    assert feed.reply() == {"ack": 3001}
    assert time.monotonic() - began < 5


def test_replies_none(daemons):
    """replies: none sends acks only, and a last one before the end."""
    feed = daemons().start().connect()
    feed.send(b'{"hello":{"proto":1,"replies":"none"}}\n')
    feed.reply()
    feed.records({"id": i, "kind": "sms", "text": "fee"} for i in range(1500))
    feed.finish()
    got = feed.rest()
    assert all(r.startswith(b'{"ack":') for r in got) and got[-1] == b'{"ack":1500}'


def test_long_line_is_answered_once(daemons):
    """A line over feed.max_line is answered line_too_long, and those after it are
    judged; after 16 MiB without an end the connection is closed."""
    d = daemons(feed=", max_line: 2KiB").start()
    feed = d.connect()
    feed.send(b'{"id":1,"kind":"sms","text":"' + b"x" * 100_000 + b'"}\n'
              b'{"id":2,"kind":"sms","text":"fee"}\n')
    got = feed.replies(2)
    assert got[0]["id"] is None and got[0]["verdict"] == "allow"
    assert got[0]["error"]["code"] == "line_too_long"
    assert got[1]["id"] == 2 and got[1]["verdict"] == "block"
    endless = d.connect()

    def pour():
        try:
            for _ in range(400):
                endless.send(b"y" * 65536)
        except OSError:
            pass

    t = threading.Thread(daemon=True, target=pour)
    t.start()
    assert endless.reply()["error"]["code"] == "line_too_long"
    assert endless.line() is None
    t.join(60)
    assert d.control("counters")["connections_endless_total"] == 1
    assert d.totals()["none:allow"] == 2


def test_deadline_passed(daemons):
    """A record whose deadline has passed is answered feed.on_late, unjudged."""
    d = daemons(feed=", on_late: warn").start()
    feed = d.connect()
    feed.records([{"id": 1, "kind": "sms", "text": "fee", "deadline": 1000}])
    got = feed.reply()
    assert got["verdict"] == "warn" and got["degraded"] == ["deadline"] and "rule" not in got
    assert d.control("counters")["fail_open_total"]["deadline"] == 1


def rate_of(daemon, chunks, n):
    began = time.monotonic()
    stream(daemon, chunks, n)
    return n / (time.monotonic() - began)


def never_read(daemon):
    """A connection that sends until nothing more is taken, and never reads."""
    deaf = daemon.connect()

    def pour():
        try:
            while True:
                deaf.send(line({"id": "x" * 100, "kind": "sms", "text": "hi"}) * 100)
        except OSError:
            pass

    t = threading.Thread(daemon=True, target=pour)
    t.start()
    return deaf, t


def test_one_that_never_reads_slows_nobody(daemons):
    """Two connections on one worker, one never reading: the other is served at full
    speed, measured by turns beside a daemon that has no such client. Rates on a busy
    machine vary: the best of some rounds count."""
    n = 8000
    chunks = in_batches([line(r) for r in traffic(n, seed=9)], 256)
    free = daemons(workers=1).start()
    held = daemons(workers=1, feed=", stall: 100s").start()
    deaf, _ = never_read(held)
    time.sleep(0.5)
    alone = beside = 0
    for _ in range(12):
        alone = max(alone, rate_of(free, chunks, n))
        beside = max(beside, rate_of(held, chunks, n))
        if beside > alone * 0.7:
            break
    assert beside > alone * 0.7, (alone, beside)
    held.wait_for(lambda: held.control("status")["connections"] == 1)
    deaf.close()


def test_stalled_connection_is_closed(daemons):
    """A connection whose replies are not taken for feed.stall is closed, and counted."""
    d = daemons(feed=", stall: 1s").start()
    deaf, t = never_read(d)
    d.wait_for(lambda: d.control("counters")["connections_stalled_total"] == 1)
    d.wait_for(lambda: d.control("status")["connections"] == 0)
    t.join(30)
    assert not t.is_alive()
    assert d.control("counters")["replies_lost_total"] > 0
    deaf.close()


def test_one_that_floods_starves_nobody(daemons):
    """Beside a connection that sends and reads as fast as it can, a single record on
    another one is answered soon."""
    d = daemons(workers=1).start()
    flood, stop = d.connect(), threading.Event()
    block = b"".join(line(r) for r in traffic(2000))

    def pour():
        try:
            while not stop.is_set():
                flood.send(block)
            flood.finish()
        except OSError:
            pass

    def drink():
        while flood.sock.recv(1 << 20):
            pass

    threads = [threading.Thread(daemon=True, target=pour), threading.Thread(target=drink)]
    for t in threads:
        t.start()
    time.sleep(0.3)
    other, waits = d.connect(), []
    for i in range(50):
        began = time.monotonic()
        other.records([{"id": i, "kind": "sms", "text": "fee"}])
        assert other.reply()["id"] == i
        waits.append(time.monotonic() - began)
    stop.set()
    for t in threads:
        t.join(60)
    assert sorted(waits)[40] < 0.5, waits


def test_max_connections(daemons):
    """Connections over feed.max_connections are closed at once, counted, and a problem;
    when one of the others goes, a new one is served."""
    d = daemons(feed=", max_connections: 3").start()
    held = [d.connect() for _ in range(3)]
    for f in held:
        f.send(b'{"ping":1}\n')
        assert f.reply() == {"pong": 1}
    assert d.connect().line() is None
    assert d.control("counters")["connections_refused_total"] == 1
    assert [p["code"] for p in d.control("status")["problems"]] == ["connections_refused"]
    held[0].close()
    d.wait_for(lambda: d.control("status")["connections"] == 2)
    again = d.connect()
    again.send(b'{"ping":1}\n')
    assert again.reply() == {"pong": 1}


def test_tcp_listener(daemons):
    """A TCP listener on loopback serves as the Unix socket does."""
    port = free_port()
    d = daemons()
    d.start(RINGFENCE_FEED_LISTEN=f"tcp://127.0.0.1:{port}")
    feed = Lines(("127.0.0.1", port))
    feed.records([{"id": 1, "kind": "sms", "text": "fee"}])
    feed.finish()
    assert feed.reply()["verdict"] == "block" and feed.line() is None
