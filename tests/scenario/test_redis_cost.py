"""What a record costs a worker does not depend on how Redis does: away, standing still or
full, it takes at most a tenth more of its processor time than where Redis is well."""
import pathlib

from conftest import RULES, line, with_redis
from redis_servers import wait_for

BURST, BURSTS = 500, 8
TRIES = 25  # until the least of each is close enough: other programs only add to it


def worker_ns(daemon):
    """Processor time of the worker, ns."""
    for task in pathlib.Path(f"/proc/{daemon.process.pid}/task").iterdir():
        if (task / "comm").read_text().startswith("worker"):
            return int((task / "schedstat").read_text().split()[0])
    raise AssertionError("no worker")


class Cost:
    def __init__(self, daemon):
        self.daemon, self.feed, self.least = daemon, daemon.connect(), {}
        self.data = b"".join(line({"kind": "sms", "text": "see you at 7",
                                   "from": f"+86138{i:08d}", "to": "+8613900000001"})
                             for i in range(BURST))

    def measure(self, name):
        """Judge the bursts; the reply of the last record."""
        before = worker_ns(self.daemon)
        for _ in range(BURSTS):
            self.feed.send(self.data)
            for _ in range(BURST):
                last = self.feed.line()
        took = (worker_ns(self.daemon) - before) / BURSTS / BURST
        self.least[name] = min(took, self.least.get(name, took))
        return last

    def within(self, name):
        return self.least[name] <= 1.1 * self.least["well"]


def test_a_record_costs_no_more(daemons, redis, redis_proxy):
    proxy = redis_proxy(redis)
    rules = RULES.replace("over: 20", "over: 100000")  # none hits: all cost the same
    d = daemons(workers=1, rules=rules, more=with_redis(proxy.url)).start()
    cost = Cost(d)

    def up(yes):
        wait_for(lambda: d.control("counters")["redis_up"] is yes)

    def away(cut):
        proxy.refuse()
        if cut:
            proxy.cut()
        up(False)

    troubles = {"away": (lambda: away(True), lambda: proxy.refuse(False)),
                "still": (proxy.pause, proxy.resume),
                "full": (redis.fill, redis.relieve)}
    up(True)
    cost.measure("warm")
    for _ in range(TRIES):
        for name, (begin, end) in troubles.items():
            up(True)
            cost.measure("well")
            begin()
            reply = cost.measure(name)
            end()
            assert (b'"degraded":["redis"]' in reply) == (name == "away")
        if all(map(cost.within, troubles)):
            break
    print({name: round(ns) for name, ns in cost.least.items()})
    assert all(map(cost.within, troubles)), cost.least
