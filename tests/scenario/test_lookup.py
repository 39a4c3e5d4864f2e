"""`lookup` answers a complaint: what a number or host is, the lists that know it, what is
counted of it, marks, alerts, and when it was forgotten."""
import json

import pytest

RULES = """\
version: 1
lists:
  - {id: callers, type: numbers, file: callers.txt}
  - {id: names, type: senders, values: [usps, "+86139*"]}
  - {id: sites, type: hosts, values: [bad.example]}
rules:
  - {id: fast, title: Fast caller, status: stable, applies_to: [call], action: warn,
     when: [{event: attempt}, {rate: {key: from, window: 10m, over: 2}}]}
  - {id: slow, title: Slow caller, applies_to: [call], action: warn,
     when: [{event: attempt}, {rate: {key: from, window: 1h, over: 100, min: 5}}]}
  - {id: pair, title: One to one, status: stable, applies_to: [call], action: warn,
     when: [{event: attempt}, {rate: {key: [from, to], window: 10m, over: 9}}]}
  - {id: spread, title: To many, status: stable, applies_to: [call], action: alert,
     when: [{event: attempt}, {distinct: {of: to, key: from, window: 10m, over: 1}}]}
  - {id: marks, title: Marks, status: stable, applies_to: [call], action: mark,
     when: [{event: attempt}]}
  - {id: after, title: After, status: stable, applies_to: [call], action: warn,
     when: [{event: attempt}, {after: {rule: marks, key: from, within: 1h, times: 2}}]}
  - {id: visits, title: Visits, status: stable, applies_to: [visit], action: warn,
     when: {rate: {key: domain, window: 1h, over: 100}}}
"""
CALLER = "+8613900000001"


@pytest.fixture
def daemon(daemons):
    d = daemons(rules=RULES)
    (d.folder / "callers.txt").write_text(f"{CALLER}\tfraud\tpolice\n")
    return d.start()


def lookup(d, value, *args, status=0):
    return d.tool("lookup", *args, value, status=status)[0]


def known(d, value):
    return json.loads(lookup(d, value, "--json"))


def calls(d, n):
    feed = d.connect()
    feed.records([{"kind": "call", "event": "attempt", "from": CALLER,
                   "to": f"+86137{i:08d}"} for i in range(n)])
    feed.replies(n)
    feed.close()


def test_a_number_and_what_is_counted_of_it(daemon):
    got = known(daemon, "139 0000 0001")
    assert (got["counters"], got["marks"], got["alerts"]) == ([], [], [])
    calls(daemon, 3)
    got = known(daemon, "139 0000 0001")
    number = got["number"]
    assert (number["normal"], number["country"]) == (CALLER, "CN")
    assert number["type"] == ["mobile"] and number["form"] == "international"
    assert not number["protected"] and number["masked"].startswith("+86*********01#")
    assert len(number["key"]) == 32
    lists = {x["name"]: x for x in got["lists"]}
    assert set(lists) == {"callers", "names"}
    assert lists["callers"]["sources"][0]["source"] == "police"
    counters = {c["rule"]: c for c in got["counters"]}
    assert set(counters) == {"fast", "slow", "spread"}
    fast, slow = counters["fast"], counters["slow"]
    assert (fast["behavior"], fast["field"], fast["window_ms"]) == ("rate", "from", 600000)
    assert (fast["value"], fast["records"], fast["met"]) == (3, 3, True)
    assert fast["thresholds"] == [{"over": 2}] and fast["mode"] == "enforce"
    assert slow["mode"] == "monitor" and not slow["met"]
    assert slow["thresholds"] == [{"over": 100, "min": 5}]
    mark, = got["marks"]
    assert (mark["rule"], mark["times"], mark["within_ms"]) == ("marks", 2, 3600000)
    alert, = got["alerts"]
    assert (alert["rule"], alert["value"], alert["over"]) == ("spread", 3, 1)
    assert any("events.file" in text for text in got["not_searched"])
    text = lookup(daemon, CALLER)
    for part in ("CN, mobile", "in list callers, as", "callers.txt:1, source police",
                 "counted by fast (enforce): rate by from in 600 s = 3 of 3 records, over 2"
                 ": met", "marked by marks", "alert of spread since", "not searched"):
        assert part in text, text


def test_forgotten(daemon):
    calls(daemon, 3)
    assert daemon.control("forget", number=CALLER, reason="case 7")["ok"]
    got = known(daemon, CALLER)
    assert len(got["forgotten"]) == 1
    assert (got["counters"], got["marks"], got["alerts"]) == ([], [], [])
    assert [x["name"] for x in got["lists"]] == ["callers", "names"]
    calls(daemon, 1)
    assert {c["rule"]: c["value"] for c in known(daemon, CALLER)["counters"]}["fast"] == 1


def test_a_host_and_its_domain(daemon):
    feed = daemon.connect()
    feed.ask({"kind": "visit", "host": "www.bad.example"})
    got = known(daemon, "WWW.bad.example.")
    host = got["host"]
    assert (host["normal"], host["domain"]) == ("www.bad.example", "bad.example")
    listed, = got["lists"]
    assert listed["listed"] and listed["by"] == "bad.example"
    counter, = got["counters"]
    assert (counter["rule"], counter["field"], counter["value"]) == ("visits", "domain", 1)


@pytest.mark.parametrize("value,what,normal", [
    ("110", "number", "110"), ("USPS", "number", "usps"), ("1.2.3.4", "host", "1.2.3.4"),
    ("https://WWW.Bad.example:8/p?q=a.b#f", "host", "www.bad.example"), ("://", "number", None),
    ("010-8888.8888", "number", "+861088888888"), ("xn--fiqs8s", "number", None)])
def test_what_a_value_is_taken_for(daemon, value, what, normal):
    got = known(daemon, value)
    assert what in got
    assert normal in (None, got[what]["normal"])
    assert "protected" in got.get("number", {"protected": 0})
    assert got.get("number", {}).get("protected", False) == (value == "110")
    assert ("built in" in lookup(daemon, value)) == (value == "110")


def test_live_changes_are_seen_at_once(daemon):
    assert daemon.control("list_del", name="callers", entry=CALLER, reason="case 7")["ok"]
    listed = {x["name"]: x for x in known(daemon, CALLER)["lists"]}["callers"]
    assert not listed["listed"]
    assert [s["kind"] for s in listed["sources"]] == ["file", "removed"]
    assert listed["sources"][1]["reason"] == "case 7"


def test_usage(daemon):
    lookup(daemon, "", status=65)
    lookup(daemon, " - ", status=65)
    lookup(daemon, "a", "b", status=64)
