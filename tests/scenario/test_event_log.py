"""The event log: what its lines tell and mask, and that a full disk or a slow reader costs
events, counted, and no record."""
import os
import re
import signal
import threading
import time

from conftest import events_in


def test_event_log(daemons):
    """One line for each warn and block with the reference of its reply, rule and level;
    numbers are masked, no text is told. USR1 opens the file anew."""
    d = daemons()
    log = d.log_events()
    d.start()
    feed = d.connect()
    feed.records([
        {"id": 1, "kind": "sms", "from": "+8613800001234", "to": "+8613900005678",
         "text": "pay the fee", "grid": "g1", "trunk": "t1", "peer": "p1"},
        {"id": 2, "kind": "sms", "from": "10690001234", "text": "a prize"},
        {"id": 3, "kind": "sms", "text": "hello"}])
    replies = feed.replies(3)
    d.wait_for(lambda: log.read_text().count("\n") == 3)
    start, block, warn = events_in(log)
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
    feed.ask({"id": 4, "kind": "sms", "text": "fee"})
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
    pipe = d.log_events()
    os.mkfifo(pipe)
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
