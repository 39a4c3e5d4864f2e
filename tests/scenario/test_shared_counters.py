"""Several daemons with one Redis count as one: a sender who spreads over them is caught as
if there were one daemon, for every kind of behavior; what Redis loses or delays is never
counted twice; one-off senders never reach it."""
import time

import pytest

from conftest import with_redis
from redis_servers import wait_for

FLUSH_S = 0.05
FLUSH = ", flush: 50ms"


def rules(when, kind="call", action="block"):
    return f"""\
version: 1
rules:
  - id: r
    title: One rule
    status: stable
    applies_to: [{kind}]
    when: {when}
    action: {action}
"""


def call(sender=1, **more):
    return {"kind": "call", "event": "attempt", "from": f"+8613800{sender:06d}",
            "to": "+8613900000001", **more}


class Group:
    """Daemons that share one Redis, each with one connection of the feed."""

    def __init__(self, daemons, url, when, n, more="", **args):
        self.daemons = [daemons(rules=rules(when, **args), workers=1,
                                more=with_redis(url, FLUSH + more)).start()
                        for _ in range(n)]
        self.feeds = [d.connect() for d in self.daemons]
        self.wait_up()

    def wait_up(self):
        for d in self.daemons:
            wait_for(lambda: d.control("counters")["redis_up"], d.log())

    def judge(self, i, record):
        """The verdict of daemon i."""
        return self.feeds[i % len(self.feeds)].ask(record)["verdict"]

    def settle(self):
        time.sleep(3 * FLUSH_S)


@pytest.fixture
def group(daemons, redis):
    def make(when, n=2, more="", **args):
        return Group(daemons, redis.url, when, n, more, **args)
    return make


def test_sixty_calls_over_three_daemons_hit_from_the_51st(group):
    g = group("{all: [{event: attempt}, {rate: {key: from, window: 10m, over: 50}}]}", 3,
              ", slack: 0")
    verdicts = []
    for i in range(60):
        verdicts.append(g.judge(i, call()))
        g.settle()
    assert verdicts == ["allow"] * 50 + ["block"] * 10


def test_with_slack_within_the_promise(group):
    """A step is ceil(0.05 * 50) = 3: each of two others may hold back two, or has told."""
    g = group("{all: [{event: attempt}, {rate: {key: from, window: 10m, over: 50}}]}", 3)
    verdicts = []
    for i in range(70):
        verdicts.append(g.judge(i, call()))
        g.settle()
    first = verdicts.index("block")
    assert 50 <= first <= 50 + 3 * 3
    assert set(verdicts[first + 3:]) == {"block"}


def test_one_off_senders_never_reach_redis(group, redis):
    g = group("{all: [{event: attempt}, {rate: {key: from, window: 10m, over: 50}}]}", 1)
    ts = int(time.time() * 1000)  # of all: one slice
    g.feeds[0].records(call(i, ts=ts) for i in range(2000))
    g.feeds[0].replies(2000)
    g.feeds[0].records(call(7, ts=ts) for i in range(2))
    g.feeds[0].replies(2)
    wait_for(lambda: redis.keys("rf:{r:*"))
    g.settle()
    (key,) = redis.keys("rf:{r:*")
    assert redis.command("GET", key) == b"3"
    assert 600_000 < redis.command("PTTL", key) <= 900_000
    head, slice_ = key.rsplit(":", 1)
    assert slice_.isdigit() and len(head.split(":")[-1]) == 32 + 1
    assert "13800" not in key


KINDS = {
    "distinct": ("{all: [{event: attempt}, {distinct: {of: to, key: from, window: 10m, over: 10}}]}",
                 lambda i: call(to=f"+86139{i:08d}"), 10),
    "sum": ("{all: [{event: release}, {sum: {of: duration, key: from, window: 10m, over: 100}}]}",
            lambda i: call(event="release", duration=10.5), 9),
    "average": ("{all: [{event: release}, {average: {of: duration, key: from, window: 10m, "
                "under: 5, min: 10}}]}",
                lambda i: call(event="release", duration=2), 9),
    "ratio": ("{all: [{event: release}, {ratio: {of: {duration: 0}, key: from, window: 10m, "
              "over: 0.5, min: 10}}]}",
              lambda i: call(event="release", duration=int(i % 4 == 3)), 9),
    "concurrent": ("{all: [{event: [answer]}, {concurrent: {key: from, over: 5}}]}",
                   lambda i: call(event="answer", call=f"c{i}"), 5),
}


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_over_two_daemons(group, kind):
    """In turn, without slack; from half of the threshold on both know all."""
    when, record, allowed = KINDS[kind]
    g = group(when, 2, ", slack: 0")
    verdicts = []
    for i in range(allowed + 4):
        verdicts.append(g.judge(i, record(i)))
        g.settle()
    assert verdicts == ["allow"] * allowed + ["block"] * 4


def test_many_different_values(group):
    """Above 1,024 registers are merged: 750 here and 750 others there are 1,500."""
    g = group("{all: [{event: attempt}, {distinct: {of: to, key: from, window: 10m, "
              "over: 1100}}]}", 2)
    for i in range(2):
        g.feeds[i].records(call(to=f"+86139{i * 750 + k:08d}") for k in range(750))
        verdicts = {r["verdict"] for r in g.feeds[i].replies(750)}
        assert i == 1 or verdicts == {"allow"}
    g.settle()
    assert [g.judge(i, call()) for i in range(2)] == ["block"] * 2


def test_a_call_answered_here_and_released_there(group):
    g = group("{all: [{event: [answer]}, {concurrent: {key: from, over: 5}}]}", 2,
              ", slack: 0")
    for i in range(12):
        assert g.judge(i, call(event="answer", call=f"c{i}")) == "allow"
        g.settle()
        if i >= 3:
            g.judge(i + 1, call(event="release", call=f"c{i}"))
            g.settle()


def test_new_is_new_once(group):
    """A subscriber whom the other daemon saw long ago is not new here."""
    g = group("{new: {key: from, within: 1h}}", 2, ", slack: 0", kind="sms")
    old = {"kind": "sms", "from": "+8613800000001", "to": "+8613900000001", "text": "hi"}
    ago = int(time.time() - 2 * 3600) * 1000
    assert g.judge(0, {**old, "ts": ago}) == "block"
    g.settle()
    assert g.judge(1, old) == "block"  # its first record here
    g.settle()
    assert g.judge(1, old) == "allow"


def test_surge_of_both(group):
    """Half of the usual traffic here, half there; then three times of it."""
    g = group("{surge: {key: from, window: 10m, times: 2, than: 1d, min: 2}}", 2,
              ", slack: 0", kind="sms")
    sms = {"kind": "sms", "from": "+8613800000001", "to": "+8613900000001", "text": "hi"}
    now = int(time.time() * 1000)
    for day, hour in [(2, 1), (1, 0)]:  # the first hour of a key does not count
        for i in range(4):
            g.judge(i, {**sms, "ts": now - day * 86400_000 - hour * 3600_000 + i})
            g.settle()
    verdicts = []
    for i in range(14):
        verdicts.append(g.judge(i, {**sms, "ts": now + i}))
        g.settle()
    assert verdicts[:8] == ["allow"] * 8  # twice 4 is not more than twice
    assert verdicts[-2:] == ["block"] * 2


RATE = "{all: [{event: attempt}, {rate: {key: from, window: 10m, over: 20}}]}"


@pytest.mark.parametrize("keep", [True, False])
def test_redis_killed_counts_go_on(daemons, redis_servers, keep):
    """With its data or without: what was counted stays counted, and nothing twice."""
    r = redis_servers(data=True)
    r.set("appendfsync", "always")
    g = Group(daemons, r.url, RATE, 2, ", slack: 0")
    verdicts = []
    for i in range(12):
        verdicts.append(g.judge(i, call()))
        g.settle()
    r.kill()
    for i in range(12, 16):  # judged on own counts and what was known
        verdicts.append(g.judge(i, call()))
    r.start(keep=keep)
    g.wait_up()
    g.settle()
    for i in range(16, 30):
        verdicts.append(g.judge(i, call()))
        g.settle()
    first = verdicts.index("block")
    assert first >= 20  # never too early
    assert first <= (22 if keep else 26)
    assert set(verdicts[26:]) == {"block"}


def test_a_restarted_daemon_reads_back(group):
    g = group(RATE, 2, ", slack: 0")
    for i in range(18):
        assert g.judge(0, call()) == "allow"
    g.settle()
    g.daemons[0].stop()
    g.daemons[0].start()
    g.feeds[0] = g.daemons[0].connect()
    g.wait_up()
    assert g.judge(0, call()) == "allow"
    g.settle()
    assert [g.judge(0, call()) for _ in range(3)] == ["allow", "block", "block"]


def test_a_stopped_daemon_tells_the_rest(group, redis):
    g = group(RATE, 1)  # a step of 2: the third record waits
    for _ in range(3):
        g.judge(0, call())
        g.settle()
    assert g.daemons[0].stop() == 0
    assert sum(int(redis.command("GET", k)) for k in redis.keys("rf:{r:*")) == 3


@pytest.mark.parametrize("how", ["cut", "late"])
def test_replies_lost_and_commands_late_never_count_twice(daemons, redis, redis_proxy, how):
    """Cut off, and delivered after the reconnect: no hit before the 21st."""
    p = redis_proxy(redis)
    g = Group(daemons, p.url, RATE, 2, ", slack: 0")
    for sender in range(2):
        verdicts = []
        for i in range(30):
            verdicts.append(g.judge(i, call(sender)))
            if i % 8 == 5:
                p.cut() if how == "cut" else p.deliver_late(hold_s=2 * FLUSH_S)
                g.wait_up()
            g.settle()
        assert verdicts[:20] == ["allow"] * 20
        assert verdicts[-1] == "block"


def test_out_of_memory_is_made_up_for(group, redis):
    g = group(RATE, 2, ", slack: 0")
    redis.fill()
    for i in range(8):
        assert g.judge(0, call()) == "allow"
    g.settle()
    assert redis.keys("rf:{r:*") == []
    redis.relieve()
    verdicts = []
    for i in range(16):
        verdicts.append(g.judge(i, call()))
        g.settle()
    assert verdicts == ["allow"] * 12 + ["block"] * 4


def test_probes_and_resent_records_are_not_shared(group, redis):
    g = group(RATE, 1, ", slack: 0")
    for _ in range(5):
        g.judge(0, call(test=True))
        g.judge(0, call(resend=True))
    g.settle()
    assert redis.keys("rf:{r:*") == []


def test_cluster(daemons, cluster):
    g = Group(daemons, cluster.url, RATE, 2, ", slack: 0")
    verdicts = []
    for i in range(24):
        verdicts.append(g.judge(i, call()))
        g.settle()
    assert verdicts == ["allow"] * 20 + ["block"] * 4
