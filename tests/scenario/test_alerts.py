"""Alerts: told once when they begin and once when they end, under the names verdicts use."""
import json

from conftest import events_in


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
    log = d.log_events()
    d.start()
    feed = d.connect()
    feed.records({"id": i, "kind": "sms", "text": "hi", "grid": "g7"} for i in range(9))
    assert {r["verdict"] for r in feed.replies(9)} == {"allow"}

    def alerts():
        return events_in(log, "alert")

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
    log = d.log_events()
    d.start()
    one, two = d.connect(), d.connect()

    def send(feed, call, event):
        record = {"id": 1, "kind": "call", "call": call, "event": event,
                  "from": "13800000001", "to": "13900000001", "trunk": "t7"}
        assert feed.ask(record)["verdict"] == "allow"

    def alerts():
        return events_in(log, "alert")

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
        told, _ = d.tool("events", "--json")
        got = [json.loads(e) for e in told.splitlines()]
        begins = [e["key"] for e in got if e.get("state") == "begin"]
        return begins[-1], len(begins), [e["from_key"] for e in got if e["type"] == "verdict"][-1]

    key, begins, verdict = key_of_alert()
    assert begins == 1 and key == verdict
    assert d.control("lookup", value="+8613800000001")["number"]["key"] == key
    assert d.control("forget", number="+8613800000001", reason="x")["ok"]
    assert key_of_alert() == (key, 2, verdict)
