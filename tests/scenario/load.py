"""Traffic that goes on while something breaks: a thread that sends records in small bursts,
reads every reply and knows how many of each kind and verdict a client received."""
import collections
import threading
import time

RECORDS = [
    {"kind": "sms", "text": "see you at 7"},
    {"kind": "sms", "text": "pay the fee"},
    {"kind": "call", "event": "attempt", "trunk": "t1", "grid": "g1"},
    {"kind": "visit", "host": "www.bad.example"},
]


class Load:
    """One connection to a daemon's feed at a time; connects again when the daemon ended."""

    def __init__(self, daemon, burst=20, pause=0.005):
        self.daemon, self.burst, self.pause = daemon, burst, pause
        self.received = collections.Counter()  # "sms:block": replies a client has read
        self.doubtful = 0                      # sent, and no reply came: counted or not
        self.slowest = 0.0                     # seconds a burst waited
        self.error = None
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def start(self):
        self.thread.start()
        return self

    def stop(self):
        self.ending.set()
        self.thread.join(60)
        assert not self.thread.is_alive()
        assert self.error is None, self.error
        return self

    @property
    def total(self):
        return sum(self.received.values())

    def _run(self):
        try:
            while not self.ending.is_set():
                try:
                    feed = self.daemon.connect()
                except OSError:
                    time.sleep(0.01)  # it is being started
                    continue
                self._serve(feed)
                feed.close()
        except Exception as e:  # shown by stop()
            self.error = e

    def _serve(self, feed):
        """Bursts until told to end, or the connection ends."""
        n = 0
        while not self.ending.is_set():
            sent = [{**RECORDS[(n + i) % 4], "id": n + i, "from": f"+8613800{(n + i) % 100:06d}",
                     "to": "+8613900000001"} for i in range(self.burst)]
            n += self.burst
            began = time.monotonic()
            left = len(sent)
            try:
                feed.records(sent)
                for r in sent:
                    reply = feed.reply()
                    if reply is None:
                        break
                    assert reply["id"] == r["id"]
                    self.received[f"{r['kind']}:{reply['verdict']}"] += 1
                    left -= 1
            except (OSError, AssertionError) as e:
                if isinstance(e, AssertionError) and "cut off" not in str(e):
                    raise
            if left:
                self.doubtful += left
                return
            self.slowest = max(self.slowest, time.monotonic() - began)
            time.sleep(self.pause)
