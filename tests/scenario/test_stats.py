"""`ringfence stats`: of one daemon or of all that share a Redis, over days and hours, by
what was asked for; and what it says where there is no answer."""
import datetime
import json
import subprocess
import zoneinfo

from conftest import BUILD, with_redis
from load import Load
from redis_servers import wait_for


def now():
    return datetime.datetime.now(zoneinfo.ZoneInfo("Asia/Shanghai"))


def stats(daemon, *args, status=0):
    stdout, stderr = daemon.tool("stats", *args, status=status)
    return stdout if status == 0 else stderr


def loaded(daemon, n=100):
    """Send some; the replies by kind and verdict."""
    load = Load(daemon).start()
    wait_for(lambda: load.total > n)
    return load.stop().received


def verdicts(got):
    return [sum(n for f, n in got.items() if f.endswith(v))
            for v in (":allow", ":warn", ":block")]


def test_own_totals_by_day_hour_and_group(daemons):
    d = daemons().start()
    got = loaded(d)
    # A record at midnight would make two lines of one: `-1h` holds in any case.
    whole = stats(d, "--since", "-1h")
    for title in ("kind", "by fraud type", "by rule", "by grid", "by trunk", "by feed"):
        assert title in whole
    table = [line.split() for line in stats(d, "--since", "-1d", "--by", "day").splitlines()]
    assert table[0] == ["day", "allow", "warn", "block"]
    assert table[-1][0] == now().strftime("%Y-%m-%d")
    assert [sum(int(row[i]) for row in table[1:]) for i in (1, 2, 3)] == verdicts(got)
    hours = json.loads(stats(d, "--since", "-1h", "--by", "hour", "--json"))
    assert hours["hours"][-1]["hour"] == now().strftime("%Y-%m-%dT%H")
    assert hours["scope"] == "daemon" and hours["totals"]["sms:block"] == got["sms:block"]
    rules = stats(d, "--since", "-1d", "--by", "rule")
    assert f"block-fee:enforce {got['sms:block']}" in " ".join(rules.split())
    assert "grid" not in rules and "kind" not in rules
    only = json.loads(stats(d, "--since", "-1d", "--by", "grid", "--json"))["totals"]
    assert only == {"grid:g1:call:allow": got["call:allow"]}
    both = stats(d, "--since", "-1d", "--by", "day,fraud").splitlines()
    assert now().strftime("%Y-%m-%d") in both
    assert any("impersonation/logistics:sms:block" in line for line in both)
    ahead = (now() + datetime.timedelta(days=3)).strftime("%Y-%m-%d")
    assert json.loads(stats(d, "--since", ahead, "--until", ahead, "--json"))["days"] == []


def test_what_cannot_be_answered(daemons):
    d = daemons().start()
    assert "2026-01-31T14" in stats(d, "--since", "yesterday", status=64)
    assert "later" in stats(d, "--since", "2026-02-02", "--until", "2026-02-01", status=64)
    assert "day or hour" in stats(d, "--by", "weekday", status=64)
    assert "day or hour" in stats(d, "--by", "day,hour", status=64)
    assert "eight days" in stats(d, "--since", "2026-01-01T00", "--by", "hour", status=64)
    assert "counters.redis" in stats(d, "--all", status=65)
    d.stop()
    stats(d, "--by", "day", status=69)


def test_of_all_daemons(daemons, redis):
    more = with_redis(redis.url, ", flush: 10ms")
    two = [daemons(more=more).start() for _ in range(2)]
    got = loaded(two[0]) + loaded(two[1])
    wanted = verdicts(got)

    def all_of(*args):
        return json.loads(stats(two[0], "--all", "--since", "-1d", "--json", *args))

    wait_for(lambda: verdicts(all_of("--by", "kind")["totals"]) == wanted)
    one = json.loads(stats(two[0], "--since", "-1d", "--json", "--by", "kind"))
    assert verdicts(one["totals"]) != wanted and one["scope"] == "daemon"
    told = all_of()
    assert told["scope"] == "all" and told["totals"]["rule:block-fee:enforce"] == got["sms:block"]
    hours = json.loads(stats(two[1], "--all", "--since", "-1h", "--by", "hour,kind", "--json"))
    assert verdicts(hours["totals"]) == wanted
    assert "feed" in stats(two[1], "--all", "--since", "-1d")
    # Days of other daemons, long gone, are there as long as Redis keeps them.
    old = now() - datetime.timedelta(days=40)
    redis.command("HSET", old.strftime("rf:{total}:%Y%m%d"), "sms:allow", 7, "x", "no number")
    told = json.loads(stats(two[0], "--all", "--since", "-41d", "--until", "-39d", "--json"))
    assert told["totals"]["sms:allow"] == 7
    assert [row["day"] for row in told["days"]] == [old.strftime("%Y-%m-%d")]


def test_redis_away_or_asked_while_it_goes(daemons, redis):
    d = daemons(more=with_redis(redis.url, ", flush: 10ms")).start()
    wait_for(lambda: d.control("stats", all=True)["ok"])
    redis.pause()
    # No answer comes; others are served meanwhile, and the question ends with the daemon's
    # patience with the server.
    asked = subprocess.Popen([BUILD / "ringfence", "stats", "-s", d.control_path, "--all"],
                             stderr=subprocess.PIPE, text=True)
    assert d.control("version")["ok"]
    assert asked.wait(10) == 69 and "Redis is away" in asked.stderr.read()
    assert "Redis is away" in stats(d, "--all", status=69)
    stats(d)
    redis.resume()
    wait_for(lambda: d.control("stats", all=True)["ok"])
    redis.pause()
    asked = subprocess.Popen([BUILD / "ringfence", "stats", "-s", d.control_path, "--all"],
                             stderr=subprocess.PIPE, text=True)
    assert d.stop() == 0
    assert asked.wait(10) == 69
    redis.resume()
