"""A daemon and its one Redis: replies say `degraded` exactly while it is away, `status` says
why and what to do, no reply ever waits for it, and it is found again by itself."""
import pathlib
import re
import time

import pytest

from conftest import with_redis
from redis_cluster import slot_of
from redis_servers import RedisServer, wait_for

SMS = {"kind": "sms", "from": "+8613800000001", "to": "+8613900000001", "text": "hi"}


class Shared:
    """A daemon with a Redis of the test's own, and one connection to its feed."""

    def __init__(self, daemons, url, more="", **args):
        self.daemon = daemons(more=with_redis(url, more), **args).start()
        self.feed = self.daemon.connect()

    def degraded(self):
        return self.feed.ask(SMS).get("degraded", [])

    def problem(self, code):
        for p in self.daemon.control("status")["problems"]:
            if p["code"] == code:
                return p

    def wait_up(self):
        wait_for(lambda: self.degraded() == [], self.daemon.log())

    def wait_down(self):
        wait_for(lambda: self.degraded() == ["redis"], self.daemon.log())


@pytest.fixture
def shared(daemons):
    return lambda *a, **b: Shared(daemons, *a, **b)


def key_file(s):
    return (s.daemon.state / "key").read_text().strip()


def test_away_there_killed_and_there_again(shared, redis_servers, tmp_path):
    r = RedisServer(tmp_path, "later", data=True)
    s = shared(r.url)
    assert s.degraded() == ["redis"]
    p = s.problem("redis_down")
    assert str(r.path) in p["detail"] and p["since"] and p["what_to_do"]
    assert s.daemon.control("status")["state"] == "degraded"
    assert s.daemon.control("counters")["redis_up"] is False
    try:
        r.start()
        s.wait_up()
        assert s.problem("redis_down") is None
        assert s.daemon.control("counters")["redis_up"] is True
        name = (s.daemon.state / "daemon").read_text().strip()
        assert len(name) == 26
        assert f"name=ringfence-{name}" in r.command("CLIENT", "LIST").decode()
        assert r.command("GET", "rf:key").decode() == key_file(s)
        r.kill()
        s.wait_down()
        assert s.problem("redis_down")
        r.start()
        s.wait_up()
    finally:
        r.stop()


def test_paused_redis_delays_no_reply(shared, redis):
    s = shared(redis.url)
    s.wait_up()
    redis.pause()
    slowest = 0
    end = time.monotonic() + 4
    while time.monotonic() < end:
        began = time.monotonic()
        told = s.degraded()
        slowest = max(slowest, time.monotonic() - began)
        time.sleep(0.01)
    assert told == ["redis"]
    assert "no answer within" in s.problem("redis_down")["detail"] or \
        "no connection within" in s.problem("redis_down")["detail"]
    redis.resume()
    s.wait_up()
    assert slowest < 1


def test_password_and_user(shared, redis_servers, tmp_path):
    r = redis_servers(tcp=True, password="secret")
    r.command("ACL", "SETUSER", "guard", "on", ">other", "~*", "+@all")
    file = tmp_path / "password"
    file.write_text("wrong\n")
    one = shared(r.url, f", password_file: {file}")
    wait_for(lambda: "WRONGPASS" in one.problem("redis_down")["detail"])
    assert one.degraded() == ["redis"]
    file.write_text("secret\r\nold\n")  # the first line, read again at each sign-in
    one.wait_up()
    user = tmp_path / "user"
    user.write_text("other")
    two = shared(r.url.replace("//", "//guard@"), f", password_file: {user}")
    two.wait_up()
    assert "user=guard" in r.command("CLIENT", "LIST").decode()
    r.set("requirepass", "")
    r.password = None
    none = shared(f"redis://127.0.0.1:{r.port}/3")
    none.wait_up()
    c = r.client()
    c.command("SELECT", 3)
    assert c.command("GET", "rf:key") is not None
    c.close()


def test_the_rights_that_the_page_names_are_enough(shared, cluster, redis_servers, tmp_path):
    page = (pathlib.Path(__file__).parents[2] / "daemon/ringfenced.8").read_text()
    text = page[page.index("An ACL user needs"):page.index(".Sh PROBLEMS")]
    rights = re.findall(r"[+~][a-z@*|:]+", text)
    assert "~rf:*" in rights and "+asking" in rights
    (tmp_path / "pw").write_text("p")
    one = redis_servers(tcp=True)
    for server in [one, *cluster.nodes]:
        server.command("ACL", "SETUSER", "guard", "reset", "on", ">p", *rights)
    for url in (one.url, cluster.url):
        s = shared(url.replace("//", "//guard@"), f", password_file: {tmp_path}/pw")
        s.wait_up()
        for _ in range(30):
            s.degraded()
        time.sleep(1)
        wait_for(lambda: s.daemon.control("status")["problems"] == [])
        status = s.daemon.control("status")["redis"]
        assert status["up"] is True and "guard@" in status["address"]


def test_no_password_file_is_a_problem_not_an_end(shared, redis, tmp_path):
    s = shared(redis.url, f", password_file: {tmp_path}/nothing")
    wait_for(lambda: "password_file" in s.problem("redis_down")["detail"])


def test_daemons_share_the_key_of_hashes(shared, redis):
    one = shared(redis.url)
    one.wait_up()
    before = key_file(one)
    two = shared(redis.url, more=', prefix: "rf:"')
    two.wait_up()
    wait_for(lambda: key_file(two) == before)
    apart = shared(redis.url, more=', prefix: "lab:"')
    apart.wait_up()
    assert key_file(apart) != before
    assert redis.command("GET", "lab:key").decode() == key_file(apart)
    redis.command("SET", "rf:key", "no key")
    two.daemon.stop()
    two.daemon.start()
    two.feed = two.daemon.connect()
    wait_for(lambda: "rf:key" in two.problem("redis_down")["detail"])
    assert two.degraded() == ["redis"]
    redis.command("DEL", "rf:key")
    two.wait_up()
    assert redis.command("GET", "rf:key").decode() == before == key_file(two)


def test_one_that_would_throw_counters_away(shared, redis):
    redis.set("maxmemory-policy", "volatile-ttl")
    s = shared(redis.url)
    wait_for(lambda: "volatile-ttl" in (s.problem("redis_evicts") or {"detail": ""})["detail"])
    redis.set("maxmemory-policy", "noeviction")
    wait_for(lambda: s.problem("redis_evicts") is None)


def test_a_full_one_says_so(shared, redis):
    redis.fill()
    s = shared(redis.url)
    wait_for(lambda: "OOM" in (s.problem("redis_full") or {"detail": ""})["detail"])
    redis.relieve()
    s.wait_up()


def test_a_replica_is_not_used(shared, redis, redis_servers):
    s = shared(redis.url)
    s.wait_up()
    other = redis_servers(tcp=True)
    redis.command("REPLICAOF", "127.0.0.1", other.port)
    redis.command("CLIENT", "KILL", "TYPE", "normal")
    wait_for(lambda: "replica" in (s.problem("redis_down") or {"detail": ""})["detail"])
    assert s.degraded() == ["redis"]
    redis.command("REPLICAOF", "NO", "ONE")
    s.wait_up()


def test_a_name_is_resolved(shared, redis_servers):
    r = redis_servers(tcp=True)
    s = shared(f"redis://localhost:{r.port}")
    s.wait_up()
    t = shared("redis://no-such-host.invalid")
    wait_for(lambda: "no address" in t.problem("redis_down")["detail"])


def test_none_is_not_degraded(daemons):
    d = daemons().start()
    feed = d.connect()
    assert "degraded" not in feed.ask(SMS)
    assert d.control("counters")["redis_up"] is None
    assert d.stop() == 0


def test_sentinels_lead_to_the_master_and_to_the_next_one(shared, sentinels):
    one = shared(sentinels.url)
    one.wait_up()
    first = sentinels.master()
    assert first.command("GET", "rf:key").decode() == key_file(one)
    # A master that stands still is left for its successor, and not used when it is back.
    first.wait_replicated(2)
    first.pause()
    second = sentinels.wait_new_master(first)
    wait_for(lambda: b"name=ringfence-" in second.command("CLIENT", "LIST"))
    one.wait_up()
    assert second.command("GET", "rf:key").decode() == key_file(one)
    first.resume()
    wait_for(lambda: first.command("ROLE")[0] == b"slave")
    one.wait_up()
    wait_for(lambda: b"name=ringfence-" not in first.command("CLIENT", "LIST"))


def test_sentinels_that_do_not_help(shared, sentinels):
    stranger = shared(sentinels.url.replace("/rf", "/other"))
    wait_for(lambda: "no master of that name" in stranger.problem("redis_down")["detail"])
    # One that answers is enough.
    for s in sentinels.sentinels[:2]:
        s.kill()
    one = shared(sentinels.url)
    one.wait_up()


def test_cluster_keeps_serving_what_lives(shared, cluster):
    one = shared(cluster.url)
    one.wait_up()
    slot = slot_of("rf:key")
    first = cluster.master_of(slot)
    assert first.command("GET", "rf:key").decode() == key_file(one)
    for node in cluster.nodes[:3]:
        assert node.command("CLIENT", "LIST").count(b"name=ringfence-") == 1
    first.wait_replicated(1)
    first.kill()
    one.wait_down()
    second = cluster.wait_new_master(slot, first)
    one.wait_up()
    assert second.command("GET", "rf:key").decode() == key_file(one)
    assert "name=ringfence-" in second.command("CLIENT", "LIST").decode()
    first.start()
    wait_for(cluster.well)
    # A new daemon is told the other way to the slot that has moved.
    to = next(n for n in cluster.nodes if n.command("ROLE")[0] == b"master" and n is not second)
    cluster.migrate(slot, to)
    two = shared(cluster.url)
    two.wait_up()
    assert key_file(two) == key_file(one)
    one.wait_up()


def test_a_server_that_is_no_cluster(shared, redis_servers):
    r = redis_servers(tcp=True)
    s = shared(r.url.replace("redis://", "redis+cluster://"))
    wait_for(lambda: "cluster support disabled" in s.problem("redis_down")["detail"])


def test_an_emptied_one_gets_its_key_again(shared, redis):
    """Within seconds, so that a daemon started later counts under the same names."""
    s = shared(redis.url)
    s.wait_up()
    redis.command("FLUSHALL")
    wait_for(lambda: redis.command("GET", "rf:key"))
    assert redis.command("GET", "rf:key").decode() == key_file(s)
    # Another was quicker: its key holds from now on.
    redis.command("SET", "rf:key", "0123456789abcdef" * 2)
    wait_for(lambda: key_file(s) == "0123456789abcdef" * 2)
    s.wait_up()
