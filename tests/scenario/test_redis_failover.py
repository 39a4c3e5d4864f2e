"""Behaviors of several daemons go on counting as one when the server behind them changes:
a Sentinel failover, a dead master of a Cluster, a slot that moves under load. Nothing is
counted twice; what was told before is not lost."""
import threading
import time

from redis_cluster import slot_of
from redis_servers import wait_for
from test_shared_counters import Group, call

OVER_20 = "{all: [{event: attempt}, {rate: {key: from, window: 10m, over: 20}}]}"


def turns(g, n, first=0):
    """n calls of one sender over all daemons, one at a time, each told to the others."""
    verdicts = []
    for i in range(first, first + n):
        verdicts.append(g.judge(i, call()))
        g.settle()
    return verdicts


def test_sentinel_failover(daemons, sentinels):
    g = Group(daemons, sentinels.url, OVER_20, 2, ", slack: 0")
    assert set(turns(g, 12)) == {"allow"}
    old = sentinels.master()
    old.wait_replicated(2)
    old.kill()
    wait_for(lambda: not g.daemons[0].control("counters")["redis_up"])
    assert g.judge(0, call()) == "allow"  # counted here meanwhile, and told later
    sentinels.wait_new_master(old)
    g.wait_up()
    g.settle()
    g.settle()
    assert turns(g, 10, first=13) == ["allow"] * 7 + ["block"] * 3


def home(cluster):
    """The node and the slot of the one counter's keys."""
    for node in cluster.nodes:
        if node.process and node.command("ROLE")[0] == b"master":
            for key in node.keys("rf:{r:*"):
                return node, slot_of(key)
    return None


def test_cluster_loses_a_master_and_moves_a_slot(daemons, cluster):
    g = Group(daemons, cluster.url, OVER_20, 2, ", slack: 0")
    assert set(turns(g, 8)) == {"allow"}
    node, slot = home(cluster)
    node.wait_replicated(1)
    node.kill()
    wait_for(lambda: not g.daemons[1].control("counters")["redis_up"])
    new = cluster.wait_new_master(slot, node)
    g.wait_up()
    assert set(turns(g, 6)) == {"allow"}
    other = next(n for n in cluster.nodes if n.process and n is not new
                 and n.command("ROLE")[0] == b"master")
    between = []
    cluster.migrate(slot, other, between=lambda: between.extend(turns(g, 3)))
    assert between == ["allow"] * 3
    assert home(cluster) == (other, slot)
    assert turns(g, 6) == ["allow"] * 3 + ["block"] * 3


def test_slots_move_under_load(daemons, cluster):
    """Many senders, whose slots move to and fro meanwhile: of their calls none is counted
    twice, few are missed, and nothing of it holds up a record."""
    g = Group(daemons, cluster.url, OVER_20.replace("20", "400"), 2, ", slack: 0")
    senders, rounds = 25, 0
    slowest = 0.0
    moved = []
    ending = threading.Event()

    def move():
        masters = [n for n in cluster.nodes if n.command("ROLE")[0] == b"master"]
        while not ending.is_set():
            for node in masters:
                to = masters[(masters.index(node) + 1) % 3]
                for slot in sorted({slot_of(k) for k in node.keys("rf:{r:*")})[:3]:
                    if not ending.is_set() and cluster.master_of(slot) is node:
                        cluster.migrate(slot, to)
                        moved.append(slot)

    mover = threading.Thread(target=move)
    mover.start()
    try:
        while rounds < 40 or (len(moved) < 12 and rounds < 190):
            rounds += 1
            for i in range(2):
                began = time.monotonic()
                g.feeds[i].records(call(s) for s in range(senders))
                got = g.feeds[i].replies(senders)
                slowest = max(slowest, time.monotonic() - began)
                assert {x["verdict"] for x in got} == {"allow"}
            time.sleep(0.05)
    finally:
        ending.set()
        mover.join()
    assert slowest < 1 and len(moved) >= 12
    g.wait_up()

    def totals():
        """Of each sender's counter, its slices added up."""
        sums = {}
        for node in cluster.nodes:
            if node.command("ROLE")[0] == b"master":
                for key in node.keys("rf:{r:*"):
                    head = key.rsplit(":", 1)[0]
                    sums[head] = sums.get(head, 0) + int(node.command("GET", key))
        return sums

    wait_for(lambda: len(totals()) == senders)
    g.settle()
    counted = totals()
    assert max(counted.values()) <= 2 * rounds
    assert sum(counted.values()) >= 0.9 * senders * 2 * rounds
