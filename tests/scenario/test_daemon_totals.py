"""Interception totals of one daemon: what they tell, and that kill -9 loses none of them."""
import signal
import threading
import time

from conftest import line, records_in, traffic


def test_kill_and_restart_keeps_totals(daemons):
    """kill -9 in mid-stream, restart: the totals, by kind and by feed, equal the replies
    that had been received, plus at most the records whose reply was under way. Sockets left
    behind are replaced."""
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
    by_feed = sum(n for k, n in totals.items() if k.startswith("feed:"))
    for n in records_in(totals), by_feed:
        assert received <= n <= received + rounds * window


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
