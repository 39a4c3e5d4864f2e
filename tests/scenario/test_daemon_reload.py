"""Rules and lists read anew while records stream: what is in force, and what errors leave so."""
import json
import signal
import threading
import time

from conftest import BROKEN, RULES, events_in, line, records_in

MORE = RULES + """\
  - {id: more-hosts, type: hosts, values: [worse.example]}
"""


def test_reload_keeps_old_rules_on_errors(daemons):
    """Rules with errors leave the old ones in force; reload, status, log and event log say
    so, with the diagnostics. Mended rules end the problem; the generation goes on only
    when something changed, and outlives a restart."""
    d = daemons()
    log = d.log_events()
    d.start()
    first = d.control("status")
    assert first["state"] == "well" and first["gen"] == 1 and first["problems"] == []

    d.rules.write_text(BROKEN)
    got = d.control("reload")
    assert not got["ok"] and got["error"]["code"] == "rules_refused" and got["errors"] == 1
    assert "unknown operator 'wrods'" in got["diagnostics"] and "^~~~~" in got["diagnostics"]
    status = d.control("status")
    assert status["state"] == "degraded" and status["ruleset"] == first["ruleset"]
    problem = status["problems"][0]
    assert problem["code"] == "rules_refused" and problem["since"] and problem["what_to_do"]
    assert "unknown operator 'wrods'" in d.log()
    feed = d.connect()
    assert feed.ask({"id": 1, "kind": "sms", "text": "fee"})["verdict"] == "block"

    d.rules.write_text(RULES)
    got = d.control("reload")
    assert got["ok"] and not got["changed"] and got["gen"] == 1
    assert d.control("status")["problems"] == []
    d.rules.write_text(MORE)
    got = d.control("reload")
    assert got["ok"] and got["changed"] and got["gen"] == 2
    assert feed.ask({"id": 2, "kind": "visit", "host": "x"})["gen"] == 2
    assert d.stop() == 0
    codes = [e["code"] for e in events_in(log, "ops")]
    assert codes == ["start", "rules_refused", "reload", "reload", "stop"]
    assert d.start().control("status")["gen"] == 2


def test_reload_under_load_loses_nothing(daemons):
    """Reloads by HUP and by command while records stream: every record is answered, in
    order, and the generation never goes back."""
    d = daemons().start()
    n, feed = 30000, d.connect()
    got, stop = [], threading.Event()

    def reload_on():
        i = 0
        while not stop.is_set():
            i += 1
            d.rules.write_text([RULES, MORE][i % 2])
            if i % 3:
                assert d.control("reload")["ok"]
            else:
                d.signal(signal.SIGHUP)
                time.sleep(0.01)

    threads = [threading.Thread(daemon=True, target=reload_on),
               threading.Thread(daemon=True, target=feed.rest_into, args=(got,))]
    for t in threads:
        t.start()
    records = [line({"id": i, "kind": "sms", "text": "fee" if i % 3 == 0 else "hi"})
               for i in range(n)]
    for at in range(0, n, 100):
        feed.send(b"".join(records[at:at + 100]))
        if at % 1000 == 0:
            time.sleep(0.02)
    feed.finish()
    threads[1].join(120)
    stop.set()
    threads[0].join(60)
    replies = [json.loads(r) for r in got]
    assert [r["id"] for r in replies] == list(range(n))
    assert all(r["verdict"] == ("block" if r["id"] % 3 == 0 else "allow") for r in replies)
    gens = [r["gen"] for r in replies]
    assert gens == sorted(gens) and gens[-1] > 3
    assert records_in(d.totals()) == n


def test_list_file_is_read_again(daemons):
    """A list with `refresh` is read again when its file changed: the verdict changes, the
    generation goes on; an unchanged file makes no generation. `list` shows its
    entries."""
    d = daemons()
    hosts = d.folder / "hosts.txt"
    hosts.write_text("bad.example\tphishing\n")
    d.rules.write_text(RULES.replace(
        "values: [bad.example]}", "file: hosts.txt, refresh: 1s, max_shrink: 100%}"))
    d.start()
    feed = d.connect()

    def verdict(host):
        feed.records([{"id": 1, "kind": "visit", "host": host}])
        return feed.reply()["verdict"]

    assert verdict("a.bad.example") == "block" and verdict("worse.example") == "allow"
    got = d.control("list", name="bad-hosts")
    assert got["rows"] == [{"entry": "bad.example", "reason": "phishing"}]
    assert got["lists"][0]["type"] == "hosts" and got["lists"][0]["entries"] == 1
    assert not d.control("list", name="none")["ok"]
    time.sleep(2.5)
    assert d.control("status")["gen"] == 1
    hosts.write_text("bad.example\nworse.example\n")
    d.wait_for(lambda: verdict("worse.example") == "block")
    assert d.control("status")["gen"] == 2
