"""Interception totals shared through Redis are exact, whatever breaks: they equal the
replies that clients received; of a daemon killed, plus at most those under way."""
import random
import re
import shutil
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from conftest import with_redis
from load import Load
from redis_cluster import slot_of
from redis_servers import wait_for

ID = "[0-9A-HJKMNP-TV-Z]{26}"
FLUSH = ", flush: 10ms"


def shared(daemons, url, more="", **args):
    return daemons(more=with_redis(url, FLUSH + more), **args)


def kinds(totals):
    """Only "sms:block" and the like."""
    return {f: n for f, n in totals.items() if re.fullmatch("[a-z]+:(allow|warn|block)", f)}


def sums(redis):
    """The shared hashes by key: of days and of hours."""
    keys = [k for k in redis.keys("rf:{total}:*") if re.fullmatch(r"rf:\{total\}:\d+", k)]
    return {k.rsplit(":", 1)[1]: redis.hash(k) for k in keys}


def days(redis, length=8):
    """All days, or (length 10) all hours, added up."""
    total = {}
    for key, fields in sums(redis).items():
        if len(key) == length:
            for f, n in fields.items():
                total[f] = total.get(f, 0) + n
    return total


def wait_equal(redis, want):
    """Days and hours alike."""
    def equal():
        return kinds(days(redis)) == want and kinds(days(redis, 10)) == want
    try:
        wait_for(equal)
    except AssertionError:
        assert kinds(days(redis)) == want
        assert kinds(days(redis, 10)) == want




def test_keys_and_lifetimes(daemons, redis):
    d = shared(daemons, redis.url).start()
    load = Load(d).start()
    wait_for(lambda: load.total > 200)
    load.stop()
    wait_equal(redis, load.received)
    assert days(redis) == d.totals()
    assert {"fraud:impersonation/logistics:sms:block", "grid:g1:call:allow",
            "trunk:t1:call:allow", "rule:block-fee:enforce"} <= set(days(redis))
    name = d.control("status")["redis"]["totals"]
    assert redis.command("EXISTS", f"rf:{{total}}:at:{name}") == 1
    day_s, hour_s = 5 * 365 * 86400, 8 * 86400
    for key in redis.keys("rf:{total}:*"):
        life = redis.command("TTL", key)
        if m := re.fullmatch(rf"rf:\{{total\}}:(\d+)(:{ID})?", key):
            least = day_s if len(m[1]) == 8 else hour_s
            assert least <= life <= least + 3 * 86400, key
        else:
            assert re.fullmatch(rf"rf:\{{total\}}:at:{ID}", key) and life > day_s


def test_several_daemons_restarted_and_anew(daemons, redis):
    three = [shared(daemons, redis.url).start() for _ in range(3)]
    loads = [Load(d).start() for d in three]
    wait_for(lambda: min(load.total for load in loads) > 200)
    loads[0].stop()
    three[0].stop()  # says what it counted last
    three[0].start()
    again = Load(three[0]).start()
    wait_for(lambda: again.total > 100)
    for load in [*loads[1:], again]:
        load.stop()
    want = sum((load.received for load in [*loads, again]), start=Counter())
    wait_equal(redis, want)
    for d in three:
        assert d.stop() == 0
    shutil.rmtree(three[1].state)  # another daemon from now on
    anew = Load(three[1].start()).start()
    wait_for(lambda: anew.total > 100)
    wait_equal(redis, want + anew.stop().received)
    owners = {k.rsplit(":", 1)[1] for k in redis.keys(r"rf:{total}:2*:*")}
    assert len(owners) == 4


@pytest.mark.parametrize("data", [True, False])
def test_redis_killed_under_load(daemons, redis_servers, data):
    """The shared totals are whole again, also where the server forgot them."""
    redis = redis_servers(data=data)
    d = shared(daemons, redis.url).start()
    load = Load(d).start()
    for i in range(3):
        wait_for(lambda: load.total > 400 * (i + 1))
        redis.kill()
        time.sleep(0.2)
        redis.start()
        wait_for(lambda: kinds(days(redis)))
    load.stop()
    assert load.doubtful == 0
    wait_equal(redis, load.received)


def test_emptied_under_its_feet(daemons, redis):
    """FLUSHALL on a connection that stays: the next push notices."""
    d = shared(daemons, redis.url).start()
    load = Load(d).start()
    wait_for(lambda: load.total > 300)
    redis.command("FLUSHALL")
    wait_for(lambda: load.total > 600)
    wait_equal(redis, load.stop().received)
    redis.command("FLUSHALL")  # without traffic, too
    wait_equal(redis, load.received)


def test_redis_paused(daemons, redis):
    """10 s without an answer on an open connection: no record waits for it."""
    d = shared(daemons, redis.url).start()
    load = Load(d).start()
    wait_for(lambda: load.total > 200)
    redis.pause()
    time.sleep(10)
    before = load.total
    wait_for(lambda: load.total > before + 200)
    redis.resume()
    load.stop()
    assert load.doubtful == 0 and load.slowest < 2
    wait_equal(redis, load.received)


def test_redis_full(daemons, redis):
    """Writes are refused: `status` says so, records are answered, totals follow."""
    d = shared(daemons, redis.url).start()
    load = Load(d).start()
    wait_for(lambda: load.total > 200)
    redis.fill()
    wait_for(lambda: any(p["code"] == "redis_full"
                         for p in d.control("status")["problems"]))
    before = load.total
    wait_for(lambda: load.total > before + 200)
    assert kinds(days(redis)) != load.received
    redis.relieve()
    load.stop()
    assert load.doubtful == 0
    wait_equal(redis, load.received)


def test_cut_and_late_two_hundred_times(daemons, redis_servers, redis_proxy):
    """Replies cut in their middle, commands that run after those that replaced them, and
    now and then a server that forgot everything in between: fifty times each for four
    daemons that share the server."""
    redis = redis_servers(data=True)
    proxies = [redis_proxy(redis) for _ in range(4)]
    loads = [Load(shared(daemons, p.url).start(), pause=0.01).start() for p in proxies]

    def trouble(proxy, seed):
        chance = random.Random(seed)
        for _ in range(50):
            proxy.let_pass(chance.randrange(8000, 12000))
            if chance.random() < 0.5:
                proxy.cut_in_reply(chance.randrange(1, 80))
            else:
                forget = chance.random() < 0.1
                proxy.deliver_late(chance.random() * 0.03, chance.randrange(1, 2000),
                                   lambda: forget and redis.command("FLUSHALL"))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(trouble, proxies, range(4)))
    want = sum((load.stop().received for load in loads), start=Counter())
    assert sum(load.doubtful for load in loads) == 0
    assert sum(p.cuts for p in proxies) >= 200
    assert sum(p.delivered_late for p in proxies) >= 50
    wait_equal(redis, want)


def test_daemon_killed_fifty_times(daemons, redis):
    """The totals of the file and the shared ones: each reply received is in them, and at
    most those under way besides."""
    d = shared(daemons, redis.url).start()
    load = Load(d, pause=0).start()
    chance = random.Random(50)
    for _ in range(50):
        seen = load.total
        wait_for(lambda: load.total > seen + chance.randrange(1, 200))
        d.signal(signal.SIGKILL)
        d.wait()
        d.start()
    load.stop()
    wait_for(lambda: kinds(days(redis)) == kinds(d.totals()))
    got = kinds(days(redis))
    for field, n in load.received.items():
        assert n <= got[field]
    assert load.total <= sum(got.values()) <= load.total + load.doubtful
    assert load.doubtful > 0
    assert kinds(days(redis, 10)) == got


def test_sentinel_failover(daemons, sentinels):
    d = shared(daemons, sentinels.url).start()
    load = Load(d).start()
    old = sentinels.master()
    wait_for(lambda: load.total > 200 and kinds(days(old)))
    old.kill()
    new = sentinels.wait_new_master(old)
    before = load.total
    wait_for(lambda: load.total > before + 200)
    load.stop()
    assert load.doubtful == 0
    wait_equal(new, load.received)
    old.start()


def test_cluster_failover_and_migration(daemons, cluster):
    """The master of the totals is killed; then their slot moves, under load."""
    slot = slot_of("rf:{total}:x")
    d = shared(daemons, cluster.url).start()
    load = Load(d).start()
    old = cluster.master_of(slot)
    wait_for(lambda: load.total > 200 and kinds(days(old)))
    old.kill()
    new = cluster.wait_new_master(slot, old)
    before = load.total
    wait_for(lambda: load.total > before + 200)
    other = next(n for n in cluster.nodes if n.process and n is not new
                 and n.command("ROLE")[0] == b"master")
    cluster.migrate(slot, other, between=lambda: time.sleep(0.3))
    before = load.total
    wait_for(lambda: load.total > before + 200)
    load.stop()
    assert load.doubtful == 0
    wait_equal(other, load.received)


def test_prefixes_keep_apart_and_test_records_do_not_count(daemons, redis):
    """Two departments at one Redis."""
    two = [shared(daemons, redis.url, f', prefix: "{p}"').start() for p in ("a:", "b:")]
    loads = [Load(d).start() for d in two]
    wait_for(lambda: min(load.total for load in loads) > 100)
    feed = two[0].connect()
    probe = {"kind": "sms", "from": "+8613800000001", "text": "pay the fee", "test": True}
    assert feed.ask(probe)["verdict"] == "block"
    for d, load, prefix in zip(two, loads, "ab"):
        load.stop()
        wait_for(lambda: kinds(d.control("stats", all=True, by="kind")["totals"])
                 == load.received)
        assert redis.keys(prefix + ":{total}:*")
    assert not redis.keys("rf:{total}:*")
