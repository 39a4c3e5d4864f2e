"""Lists that change while the daemon runs: `list add`, `del` and `get`; in force within a
second, on all daemons that share a Redis, over restarts of daemons and of a Redis that
lost its data, until they expire; without a Redis, too."""
import json
import subprocess
import time

import pytest

from conftest import BUILD, events_in, with_redis
from redis_servers import wait_for

RULES = """\
version: 1
lists:
  - {id: callers, type: numbers, file: callers.txt}
  - {id: senders, type: senders, values: [usps]}
  - {id: sites, type: hosts, values: [bad.example]}
  - {id: bait, type: words, values: [parcel]}
  - {id: routes, type: pairs, values: [95588 t1]}
rules:
  - {id: a, title: t, status: stable, applies_to: [call], action: block,
     when: {from: {in: callers}}}
  - {id: b, title: t, status: stable, applies_to: [sms], action: block,
     when: {from: {in: senders}}}
  - {id: c, title: t, status: stable, applies_to: [visit], action: block,
     when: {host: {in: sites}}}
  - {id: d, title: t, status: stable, applies_to: [sms], action: block,
     when: {text: {words: {list: bait}}}}
  - {id: e, title: t, status: stable, applies_to: [sms], action: block,
     when: {pair: {of: [from, trunk], not_in: routes}}}
"""
QUICK = 3  # seconds for one change on a machine with much else to do; most take less than one
FILE = "+8613800000001\tfraud\tpolice\n+86139*\n+8613700000000-+8613700000099\n"


def call(number):
    return {"kind": "call", "from": number, "to": "+8613600000000"}


def sms(text="x", **more):
    return {"kind": "sms", "to": "+8613600000000", "text": text, **more}


def visit(host):
    return {"kind": "visit", "host": host}


class Listed:
    """A daemon with the lists above, a connection to it, and the tool."""

    def __init__(self, daemons, redis=None):
        self.daemon = daemons(rules=RULES, more=with_redis(redis.url) if redis else "")
        (self.daemon.folder / "callers.txt").write_text(FILE)
        self.start()

    def start(self):
        self.daemon.start()
        self.feed = self.daemon.connect()
        return self

    def restart(self):
        self.feed.close()
        assert self.daemon.stop() == 0
        return self.start()

    def verdict(self, record):
        return self.feed.ask(record)["verdict"]

    def tool(self, *args, status=0):
        stdout, stderr = self.daemon.tool("list", *args, status=status)
        return stdout if status == 0 else stderr

    def soon(self, record, verdict, seconds=QUICK):
        """Within seconds of now; how many it took."""
        began = time.monotonic()
        while self.verdict(record) != verdict:
            assert time.monotonic() - began < seconds, (record, self.daemon.log())
            time.sleep(0.01)
        return time.monotonic() - began


@pytest.fixture
def listed(daemons):
    return lambda *a: Listed(daemons, *a)


CHANGES = [
    ("callers", "138 0000 0002", call("+8613800000002"), "block"),
    ("callers", "+86135*", call("+8613512345678"), "block"),
    ("callers", "+8613400000000-+8613400000009", call("+8613400000007"), "block"),
    ("callers", "95*", call("95588"), "block"),
    ("senders", "PostNL", sms(**{"from": "postnl"}), "block"),
    ("sites", "evil.example", visit("www.evil.example"), "block"),
    ("bait", "Lottery", sms("a LOTTERY for you"), "block"),
    ("routes", "95588 t2", sms(**{"from": "95588", "trunk": "t2"}), "allow"),
]


def other(verdict):
    return {"block": "allow", "allow": "block"}[verdict]


@pytest.mark.parametrize("name,entry,record,verdict", CHANGES)
def test_alone(listed, name, entry, record, verdict):
    """Without a Redis: in force within a second, kept over a restart, and taken back."""
    d = listed()
    assert d.verdict(record) == other(verdict)
    d.tool("add", name, entry, "--reason", "why")
    d.soon(record, verdict)
    d.restart()
    assert d.verdict(record) == verdict
    d.tool("del", name, entry)
    d.soon(record, other(verdict))
    d.tool("del", name, entry, status=65)
    d.restart()
    assert d.verdict(record) == other(verdict)


def test_what_a_file_has_is_taken_out_and_put_back(listed):
    d = listed()
    for number in ("+8613800000001", "+8613900000001", "+8613700000050"):
        assert d.verdict(call(number)) == "block"
        d.tool("del", "callers", number, "--who", "li", "--reason", "not him")
        d.soon(call(number), "allow")
    assert d.verdict(call("+8613900000002")) == "block"
    d.daemon.control("reload")
    d.restart()
    assert d.verdict(call("+8613700000050")) == "allow"
    d.tool("add", "callers", "+8613800000001")
    d.soon(call("+8613800000001"), "block")
    d.tool("del", "sites", "=www.bad.example")
    d.soon(visit("www.bad.example"), "allow")
    assert d.verdict(visit("bad.example")) == "block"
    d.tool("del", "bait", "PARCEL")
    d.soon(sms("a parcel"), "allow")


def test_who_when_and_why(listed):
    d = listed()
    d.tool("add", "callers", "+8613900000001", "--reason", "case 7", "--expires", "7d")
    got = json.loads(d.tool("get", "--json", "callers", "139 0000 0001"))
    assert got["entry"] == "+8613900000001" and got["listed"]
    assert got["by"] == "+8613900000001"
    added, = [s for s in got["sources"] if s["kind"] == "added"]
    user = subprocess.run(["id", "-un"], capture_output=True, text=True).stdout.strip()
    assert added["who"].startswith(f"{user}@") and added["reason"] == "case 7"
    assert added["since"] and added["expires"] > added["since"]
    filed, = [s for s in got["sources"] if s["kind"] == "file"]
    assert filed["entry"] == "+86139*" and filed["line"] == 2
    assert filed["path"].endswith("callers.txt")
    got = json.loads(d.tool("get", "--json", "callers", "+8613800000001"))
    filed, = got["sources"]
    assert (filed["reason"], filed["source"], filed["line"]) == ("fraud", "police", 1)
    got = json.loads(d.tool("get", "--json", "bait", "parcel"))
    value, = got["sources"]
    assert value["kind"] == "values" and value["line"] == 6
    assert value["path"].endswith("rules.yaml")
    text = d.tool("get", "callers", "+8613900000001")
    assert "is in callers, as +8613900000001" in text and "reason: case 7" in text
    rows = d.tool("callers").splitlines()
    assert rows[-1].split("\t")[:3] == ["+8613900000001", "case 7", added["who"]]
    assert "callers" in d.tool() and "+1 -0" in d.tool()


def test_log_and_events_tell_how_many_by_whom(listed):
    """One line a second and list, and no entry in clear."""
    d = listed()
    d.feed.close()
    d.daemon.stop()
    events = d.daemon.log_events()
    d.start()
    for i in range(50):
        assert d.daemon.control("list_add", name="callers", entry=f"+86138000001{i:02}",
                                who="li", reason="+8613800000100")["ok"]

    def told():
        return [e for e in events_in(events) if e.get("code") == "list"]
    d.daemon.wait_for(lambda: sum(int(e["text"].split()[2]) for e in told()) == 50)
    assert len(told()) < 10
    assert all("list callers: " in e["text"] and "(li)@" in e["text"] for e in told())
    assert "13800000100" not in events.read_text() + d.daemon.log()


def test_explain_tells_it_too(listed):
    """Against the configuration of a daemon, running or not; else lists are as filed."""
    d = listed()
    d.tool("add", "callers", "+8613500000001", "--reason", "case 7", "--who", "li")
    d.tool("del", "callers", "+8613900000001", "--reason", "case 8")
    d.tool("add", "bait", "lottery")
    records = d.daemon.folder / "records"
    records.write_text("".join(json.dumps(r) + "\n" for r in (
        call("+8613500000001"), call("+8613900000001"), sms("a lottery"))))

    def explain(*args):
        done = subprocess.run([BUILD / "ringfence", "explain", "-r", d.daemon.rules, *args,
                               records], capture_output=True, text=True, check=True)
        assert done.stderr == ""
        return done.stdout

    text = explain("-c", d.daemon.config)
    assert "in list callers: +8613500000001 as +8613500000001 case 7 (added by " in text
    assert "not in list callers: +8613900000001 as +8613900000001 case 8 (removed" in text
    got = [json.loads(x) for x in explain("-c", d.daemon.config, "--json").splitlines()]
    assert [x["reply"]["verdict"] for x in got] == ["block", "allow", "block"]
    assert "(li)@" in got[0]["lists"][0]["who"] and got[0]["lists"][0]["since"] > 0
    assert got[1]["lists"][0]["removed"]
    got = [json.loads(x) for x in explain("--json").splitlines()]
    assert [x["reply"]["verdict"] for x in got] == ["allow", "block", "allow"]


@pytest.mark.parametrize("name,entry,more,says", [
    ("callers", "usps", [], "RF301"), ("callers", "+86x*", [], "RF301"),
    ("callers", "+861-+86", [], "RF302"), ("sites", "https://x.example/", [], "RF303"),
    ("routes", "one", [], "RF304"), ("caller", "+8613800000001", [], "mean 'callers'"),
    ("protected", "110", [], "built in"),
    ("sites", "x.example", ["--expires", "yesterday"], "expires"),
    ("sites", "x.example", ["--expires", "2020-01-01T00:00:00Z"], "expires"),
    ("sites", "x.example", ["--reason", "a\tb"], "one line"),
    ("sites", "", [], "entry"), ("bait", "w" * 1000, [], "entry"),
])
def test_mistakes_are_refused(listed, name, entry, more, says):
    d = listed()
    assert says in d.tool("add", name, entry, *more, status=65)
    assert not (d.daemon.state / "lists.ledger").read_text().count("\n") > 1


def test_usage():
    for args in (["add"], ["add", "x"], ["get", "a", "b", "c"], ["a", "b"],
                 ["get", "a", "b", "--reason", "x"], ["--who", "x"],
                 ["add", "x", "y", "--who", ""], ["add", "x", "y", "--who", "li xin"],
                 ["add", "x", "y", "--who", "li\nxin"], ["add", "x", "y", "--who", "x" * 65]):
        assert subprocess.run([BUILD / "ringfence", "list", *args],
                              capture_output=True).returncode == 64


def test_expires_by_itself(listed):
    """Also a removal, and where a load is needed."""
    d = listed()
    for command, name, entry in (("list_add", "callers", "+8613800000009"),
                                 ("list_add", "bait", "lottery"),
                                 ("list_del", "callers", "+8613800000001"),
                                 ("list_del", "bait", "parcel")):
        assert d.daemon.control(command, name=name, entry=entry, expires="4s")["ok"]
    d.soon(call("+8613800000009"), "block")
    d.soon(call("+8613800000001"), "allow")
    d.soon(sms("lottery"), "block")
    d.soon(sms("parcel"), "allow")
    d.soon(call("+8613800000009"), "allow", 9)
    d.soon(sms("lottery"), "allow", 9)
    d.soon(call("+8613800000001"), "block", 9)
    d.soon(sms("parcel"), "block", 9)
    assert d.daemon.control("status")["gen"] == 1
    d.restart()
    assert d.verdict(call("+8613800000009")) == "allow"


def test_a_word_does_not_bring_half_edited_rules_into_force(listed):
    d = listed()
    rules, callers = d.daemon.rules, d.daemon.folder / "callers.txt"
    rules.write_text(RULES.replace("action: block", "action: warn"))
    callers.write_text("")
    d.tool("add", "bait", "lottery")
    d.soon(sms("lottery"), "block")
    assert d.verdict(call("+8613800000001")) == "block"
    rules.write_text("broken")
    d.tool("del", "bait", "lottery")
    d.soon(sms("lottery"), "allow")
    status = d.daemon.control("status")
    assert status["problems"] == [] and status["gen"] == 1
    assert not d.daemon.control("reload")["ok"]
    d.tool("add", "bait", "lottery")  # the problem stays: the files are as bad as before
    d.soon(sms("lottery"), "block")
    assert d.daemon.control("status")["problems"][0]["code"] == "rules_refused"
    rules.write_text(RULES)
    callers.write_text(FILE)
    assert d.daemon.control("reload")["ok"]
    assert d.verdict(sms("lottery")) == "block"


def test_many_changes_in_a_row(listed):
    """3,000 of them, while records stream: none is waited for, all are in force soon
    after the last."""
    d, n = listed(), 3000
    with d.daemon.control_socket() as s:
        lines = b"".join(json.dumps({"command": "list_add", "name": "callers",
                                     "entry": f"+861330{i:07d}"}).encode() + b"\n"
                         for i in range(n))
        begun = time.monotonic()
        got, sent = b"", 0
        while got.count(b"\n") < n:
            if sent < len(lines):
                sent += s.send(lines[sent:sent + 20000])
            if sent == len(lines) or sent > 40 * (len(got) + 2000):
                got += s.recv(1 << 20)
            assert time.monotonic() - begun < 60
            assert d.verdict(call("+8613100000000")) == "allow"
    assert got.count(b'"ok":true') == n
    d.soon(call(f"+861330{n - 1:07d}"), "block")
    assert d.verdict(call("+8613300000000")) == "block"
    assert d.daemon.control("list")["lists"][1]["added"] == n


# ---- shared ----------------------------------------------------------------------------


def test_every_daemon_has_it_within_a_second(listed, redis):
    a, b = listed(redis), listed(redis)
    for d in (a, b):
        d.daemon.wait_for(lambda: d.daemon.control("counters")["redis_up"])
    took = []
    for name, entry, record, verdict in CHANGES:
        assert b.verdict(record) == other(verdict)
        a.tool("add", name, entry, "--reason", "case 7", "--who", "li")
        took.append(b.soon(record, verdict))
    assert sorted(took)[len(took) // 2] < 1, took
    got = json.loads(b.tool("get", "--json", "callers", "+8613800000002"))
    added, = got["sources"]
    assert "(li)@" in added["who"] and added["reason"] == "case 7"
    b.tool("del", "callers", "+8613800000002")
    a.soon(call("+8613800000002"), "allow")
    b.tool("del", "callers", "+8613800000001")
    a.soon(call("+8613800000001"), "allow")
    # One that joins later gets all of it.
    c = listed(redis)
    c.soon(call("+8613512345678"), "block", 5)
    c.soon(call("+8613800000001"), "allow", 5)
    c.soon(sms("a lottery"), "block", 5)


def test_a_redis_that_lost_its_data_gets_it_again(listed, redis):
    a, b = listed(redis), listed(redis)
    a.tool("add", "callers", "+8613800000002")
    a.tool("add", "sites", "evil.example", "--expires", "1h")
    b.soon(call("+8613800000002"), "block", 5)
    redis.kill()
    a.tool("add", "callers", "+8613800000003")  # while it is away
    a.soon(call("+8613800000003"), "block")
    b.restart()
    assert b.verdict(call("+8613800000002")) == "block"
    redis.start(keep=False)
    b.soon(call("+8613800000003"), "block", 20)
    wait_for(lambda: redis.command("XLEN", "rf:lists") == 3, b.daemon.log())
    a.restart()
    for number in ("+8613800000002", "+8613800000003"):
        assert a.verdict(call(number)) == "block"
        assert b.verdict(call(number)) == "block"
    assert a.verdict(visit("evil.example")) == "block"
    # A daemon without a state_dir of its own learns it from Redis alone.
    c = listed(redis)
    c.soon(call("+8613800000003"), "block", 5)


def test_what_was_deleted_while_a_daemon_was_away_stays_so(listed, redis):
    a, b = listed(redis), listed(redis)
    a.tool("add", "callers", "+8613800000002")
    b.soon(call("+8613800000002"), "block", 5)
    b.feed.close()
    assert b.daemon.stop() == 0
    a.tool("del", "callers", "+8613800000002")
    a.soon(call("+8613800000002"), "allow")
    b.start()
    b.soon(call("+8613800000002"), "allow", 5)
    a.verdict(call("+8613800000002"))
    time.sleep(0.5)
    assert a.verdict(call("+8613800000002")) == "allow"


def test_over_a_cluster(listed, cluster):
    a, b = listed(cluster), listed(cluster)
    for d in (a, b):
        d.daemon.wait_for(lambda: d.daemon.control("counters")["redis_up"])
    a.tool("add", "callers", "+8613800000002", "--reason", "case 7")
    b.soon(call("+8613800000002"), "block")
    b.tool("del", "callers", "+8613800000002")
    a.soon(call("+8613800000002"), "allow")
