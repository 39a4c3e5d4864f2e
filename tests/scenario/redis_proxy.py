"""A proxy between a daemon and its Redis that makes a network's trouble on purpose: cuts in
the middle of a reply, commands that arrive after their sender has connected again, a line
that stands still. One thread; Unix sockets or loopback."""
import selectors
import socket
import threading
import time

WAIT_S = 60


def connect(address):
    if isinstance(address, tuple):
        return socket.create_connection(address, timeout=5)
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(5)
    s.connect(str(address))
    return s


class Pair:
    """A client's connection and the one to Redis on its behalf."""

    def __init__(self, client, server):
        self.client, self.server = client, server
        self.held = b""     # commands not yet passed on
        self.sent = 0       # bytes of commands passed on


class RedisProxy:
    def __init__(self, path, redis):
        """Listens at path (Unix); redis: a RedisServer."""
        self.path, self.redis = path, redis
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.pairs, self.late = [], []  # late: the client is gone, commands are held
        self.holding = self.paused = self.refusing = False
        self.cut_after = None           # bytes of replies until the cut
        self.accepted = self.cuts = self.delivered_late = 0
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen(64)
        self.ending = False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"unix://{self.path}"

    # ---- what a test does ----

    def cut(self):
        """Every connection ends now; what is held is lost."""
        with self.lock:
            for p in list(self.pairs):
                self._close(p)

    def cut_in_reply(self, after):
        """Pass `after` more bytes of replies, then cut. Returns when it is done."""
        with self.lock:
            before = self.cuts
            self.cut_after = after
            self._wait(lambda: self.cuts > before, "no reply to cut")

    def deliver_late(self, hold_s=0, after=1, before=None):
        """Hold commands, at least one and for hold_s, cut, let the client connect
        again and pass `after` bytes on its new connection, then give Redis the held ones
        on the old one: they run after what replaced them. Returns when it has read their
        replies or the old connection's end. before() is called before they are given."""
        with self.lock:
            self.holding = True
            self._wait(lambda: any(p.held for p in self.pairs), "no command to hold")
            until = time.monotonic() + hold_s
            while time.monotonic() < until:
                self.changed.wait(hold_s)
            held = [p for p in self.pairs if p.held]
            for p in list(self.pairs):
                self._close(p, keep_server=p in held)
            self.holding = False
            self.cuts += 1
            seen = self.accepted
            self._wait(lambda: self.accepted > seen
                       and sum(p.sent for p in self.pairs) >= after, "no reconnect")
            self.redis.command("PING")  # answered after what was passed on before it
            if before:
                before()
            for p in held:
                self._release(p)

    def let_pass(self, n):
        """Returns when a connection has passed n bytes of commands."""
        with self.lock:
            self._wait(lambda: any(p.sent >= n for p in self.pairs), "no commands come")

    def pause(self):
        """Nothing passes, nothing is closed."""
        with self.lock:
            self.paused = True

    def resume(self):
        with self.lock:
            self.paused = False

    def refuse(self, yes=True):
        """New connections are closed at once."""
        with self.lock:
            self.refusing = yes

    def stop(self):
        with self.lock:
            self.ending = True
        self.thread.join(WAIT_S)
        self.cut()
        for p in self.late:
            p.server.close()
        self.listener.close()

    # ---- how ----

    def _wait(self, what, why):
        end = time.monotonic() + WAIT_S
        while not what():
            left = end - time.monotonic()
            assert left > 0, why
            self.changed.wait(left)

    def _close(self, p, keep_server=False):
        self.pairs.remove(p)
        p.client.close()
        if keep_server:
            self.late.append(p)
        else:
            p.server.close()

    def _release(self, p):
        """Run held commands to their end: half-closing makes Redis answer, then close."""
        self.late.remove(p)
        try:
            p.server.sendall(p.held)
            p.server.shutdown(socket.SHUT_WR)
            while p.server.recv(1 << 16):
                pass
            self.delivered_late += 1
        except OSError:
            pass
        p.server.close()

    def _run(self):
        while True:
            with selectors.DefaultSelector() as chosen:
                with self.lock:  # others close sockets
                    if self.ending:
                        return
                    socks = {self.listener: None}
                    if not self.paused:
                        for p in self.pairs:
                            socks[p.client] = socks[p.server] = p
                    for s in socks:
                        chosen.register(s, selectors.EVENT_READ)
                ready = [key.fileobj for key, _ in chosen.select(0.02)]
            with self.lock:
                for s in ready:
                    p = socks[s]
                    if p is None:
                        self._accept()
                    elif not self.paused and p in self.pairs:
                        self._pass(p, s)
                self.changed.notify_all()

    def _accept(self):
        client = self.listener.accept()[0]
        if self.refusing:
            client.close()
            return
        try:
            self.pairs.append(Pair(client, connect(self.redis.address)))
            client.settimeout(5)
            self.accepted += 1
        except OSError:
            client.close()

    def _pass(self, p, s):
        try:
            data = s.recv(1 << 16)
            if not data:
                self._close(p)
            elif s is p.server:
                self._reply(p, data)
            elif self.holding:
                p.held += data
            else:
                p.server.sendall(data)
                p.sent += len(data)
        except OSError:
            self._close(p)

    def _reply(self, p, data):
        if self.cut_after is None:
            p.client.sendall(data)
            return
        p.client.sendall(data[:self.cut_after])
        self.cut_after -= len(data)
        if self.cut_after <= 0:
            self.cut_after = None
            self.cuts += 1
            self._close(p)
