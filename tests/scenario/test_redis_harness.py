"""The servers and the proxy that other scenarios rely on do what these believe: a test
against a Redis that is not really cut, paused or failing over would show nothing."""
import socket
import threading
import time

import pytest

from redis_cluster import slot_of
from redis_servers import Client, RedisError, free_port


def test_killed_with_and_without_data(redis_servers):
    kept, lost = redis_servers(data=True), redis_servers()
    for r in (kept, lost):
        r.command("SET", "k", "v")
        r.kill()
        r.start()
    assert kept.command("GET", "k") == b"v"
    assert lost.command("GET", "k") is None
    kept.kill()
    kept.start(keep=False)
    assert kept.command("GET", "k") is None


def test_paused_full_and_with_a_password(redis_servers):
    r = redis_servers(tcp=True, password="secret")
    r.pause()
    with pytest.raises(OSError):
        r.command("PING", timeout=0.3)
    r.resume()
    r.fill()
    with pytest.raises(RedisError, match="OOM"):
        r.command("SET", "k", "v")
    r.relieve()
    r.command("SET", "k", "v")
    r.password = "wrong"
    with pytest.raises(RedisError, match="WRONGPASS"):
        r.command("PING")


def test_proxy_cuts_in_mid_reply(redis, redis_proxy):
    p = redis_proxy(redis)
    c = Client(p.path)
    assert c.command("SET", "k", "x" * 100) == b"OK"
    cutter = threading.Thread(target=p.cut_in_reply, args=(20,))
    cutter.start()
    while p.cut_after is None:
        time.sleep(0.01)
    c.sock.sendall(b"GET k\r\n")
    got = b""
    while data := c.sock.recv(100):
        got += data
    assert got == b"$100\r\n" + b"x" * 14
    cutter.join()


def test_proxy_delivers_after_the_reconnect(redis, redis_proxy):
    p = redis_proxy(redis)
    old = Client(p.path)
    old.command("SET", "k", "before")
    late = threading.Thread(target=p.deliver_late)
    late.start()
    while not p.holding:
        time.sleep(0.01)
    old.sock.sendall(b"SET k late\r\n")
    assert old.sock.recv(1) == b""  # cut
    new = Client(p.path)
    assert new.command("SET", "k", "after") == b"OK"
    late.join()
    assert p.delivered_late == 1
    assert new.command("GET", "k") == b"late"


def test_replicated_is_what_replicas_acknowledged(redis_servers):
    master = redis_servers(tcp=True)
    replica = redis_servers(tcp=True, options=[f"replicaof 127.0.0.1 {master.port}"])
    master.command("SET", "k", "before")
    master.wait_replicated(1)
    assert replica.command("GET", "k") == b"before"
    replica.pause()
    master.command("SET", "k", "after")
    with pytest.raises(AssertionError, match="ahead"):
        master.wait_replicated(1, timeout=1.5)
    replica.resume()
    master.wait_replicated(1)
    assert replica.command("GET", "k") == b"after"


def test_a_port_is_given_once():
    port = free_port()
    with socket.socket() as another, pytest.raises(OSError):
        another.bind(("127.0.0.1", port))
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", port))
        server.listen()


def test_sentinels_fail_over(sentinels):
    old = sentinels.master()
    old.command("SET", "k", "v")
    old.wait_replicated(2)
    old.kill()
    new = sentinels.wait_new_master(old)
    assert new.command("GET", "k") == b"v"
    old.start()


def test_cluster_fails_over_and_moves_a_slot(cluster):
    slot = slot_of("rf:{total}:20260131")
    assert slot == cluster.nodes[0].command("CLUSTER", "KEYSLOT", "rf:{total}:20260131")
    old = cluster.master_of(slot)
    for i in range(10):
        old.command("HINCRBY", f"rf:{{total}}:{i}", "f", i)
    other = next(n for n in cluster.nodes[:3] if n is not old)
    asked = []

    def ask():
        try:
            old.command("HGET", "rf:{total}:gone", "f")
        except RedisError as e:
            asked.append(str(e).split()[0])

    cluster.migrate(slot, other, between=ask)
    assert asked == ["ASK"]
    assert cluster.hash("rf:{total}:7") == {"f": 7}
    other.wait_replicated(1)
    other.kill()
    new = cluster.wait_new_master(slot, other)
    assert new is not other
    assert cluster.hash("rf:{total}:9") == {"f": 9}
