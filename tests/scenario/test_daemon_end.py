"""How the daemon ends: it drains, within bounds, and a second TERM does not wait."""
import json
import signal
import threading
import time

from conftest import line, records_in


def fill(feed):
    """Send until the daemon takes no more, for want of one who reads its replies."""
    feed.sock.settimeout(1)
    try:
        while True:
            feed.send(line({"id": "x" * 100, "kind": "sms", "text": "hi"}) * 100)
    except OSError:
        pass


def test_term_drains(daemons):
    """TERM in mid-stream: what was read is answered in order, the sockets are gone, exit
    0; the totals equal the replies."""
    d = daemons().start()
    feed, got = d.connect(), []
    reader = threading.Thread(daemon=True, target=feed.rest_into, args=(got,))
    reader.start()

    def pour():
        try:
            for i in range(0, 200000, 50):
                feed.send(b"".join(line({"id": k, "kind": "sms", "text": "fee"})
                                   for k in range(i, i + 50)))
        except OSError:
            pass

    sender = threading.Thread(daemon=True, target=pour)
    sender.start()
    d.wait_for(lambda: len(got) > 1000)
    assert d.stop() == 0
    reader.join(30)
    sender.join(30)
    assert [json.loads(r)["id"] for r in got] == list(range(len(got)))
    assert not d.feed_path.exists() and not d.control_path.exists()
    assert records_in(d.start().totals()) == len(got)


def test_second_term_ends_at_once(daemons):
    """A client that takes no replies holds the drain up to feed.drain; a second TERM ends
    the daemon at once."""
    d = daemons(feed=", drain: 50s, stall: 50s").start()
    feed = d.connect()
    fill(feed)
    d.signal(signal.SIGTERM)
    d.wait_for(lambda: "stopping" in d.log())
    time.sleep(0.5)
    assert d.process.poll() is None
    began = time.monotonic()
    d.signal(signal.SIGTERM)
    d.wait()
    assert time.monotonic() - began < 5


def test_drain_is_bounded(daemons):
    """A client that takes no replies holds the end up for feed.drain, not longer."""
    d = daemons(feed=", drain: 1s, stall: 50s").start()
    feed = d.connect()
    fill(feed)
    began = time.monotonic()
    assert d.stop() == 0
    assert time.monotonic() - began < 15
