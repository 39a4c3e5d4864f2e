"""Helpers of the whole-process scenarios: a daemon of one's own in a temporary folder,
clients of its feed and of its control socket. Only what was started here is stopped."""
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

import pytest

from redis_cluster import RedisCluster
from redis_proxy import RedisProxy
from redis_servers import RedisServer, SentinelSet, free_port

BUILD = pathlib.Path(os.environ.get("RF_BUILD", "build/release")).resolve()
# A shell that runs this beside others has it ignore SIGINT; what is started here must not.
signal.signal(signal.SIGINT, signal.default_int_handler)
# Sanitizer builds are slower; waits are bounded generously in all of them.
WAIT_S = 60

RULES = """\
version: 1
rules:
  - id: block-fee
    title: Parcel fee
    status: stable
    level: high
    fraud_type: impersonation/logistics
    applies_to: [sms]
    when: {text: {words: [fee]}}
    action: block
  - id: warn-prize
    title: A prize
    status: stable
    applies_to: [sms, call]
    when: {text: {contains: prize}}
    action: warn
  - id: shadow-loan
    title: A loan
    applies_to: [sms]
    when: {text: {contains: loan}}
    action: block
  - id: many-from-one
    title: Many from one sender
    status: stable
    applies_to: [sms]
    when: {rate: {key: from, window: 10m, over: 20}}
    action: warn
  - id: bad-host
    title: A bad host
    status: stable
    applies_to: [visit]
    when: {host: {in: bad-hosts}}
    action: block
lists:
  - {id: bad-hosts, type: hosts, values: [bad.example]}
"""
BROKEN = RULES.replace("words: [fee]", "wrods: [fee]")


class Lines:
    """A client of the feed: bytes out, reply lines in."""

    def __init__(self, address):
        if isinstance(address, tuple):
            self.sock = socket.create_connection(address, timeout=WAIT_S)
        else:
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.settimeout(WAIT_S)
            self.sock.connect(str(address))
        self.buffer = b""

    def send(self, data):
        self.sock.sendall(data if isinstance(data, bytes) else data.encode())

    def records(self, records):
        self.send(b"".join(line(r) for r in records))

    def finish(self):
        self.sock.shutdown(socket.SHUT_WR)

    def line(self):
        """The next line without its end; None where the connection has ended."""
        while b"\n" not in self.buffer:
            try:
                data = self.sock.recv(1 << 16)
            except ConnectionResetError:
                data = b""
            if not data:
                assert self.buffer == b"", "a reply was cut off"
                return None
            self.buffer += data
        got, self.buffer = self.buffer.split(b"\n", 1)
        return got

    def reply(self):
        got = self.line()
        return None if got is None else json.loads(got)

    def ask(self, record):
        """Send one record; its reply."""
        self.records([record])
        return self.reply()

    def replies(self, n):
        return [self.reply() for _ in range(n)]

    def rest_into(self, got):
        """Append every line as it comes, to the end of the connection; what is left of a
        line that was cut off stays in buffer."""
        while True:
            *lines, self.buffer = self.buffer.split(b"\n")
            got.extend(lines)
            try:
                data = self.sock.recv(1 << 16)
            except ConnectionResetError:
                return
            if not data:
                return
            self.buffer += data

    def rest(self):
        got = []
        self.rest_into(got)
        assert self.buffer == b"", "a reply was cut off"
        return got

    def close(self):
        """Also where a thread of this test still sends or reads."""
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.sock.close()


def line(record):
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def without_ref(reply):
    """The reply's bytes but for `ref`, which is chance."""
    at = reply.find(b',"ref":"')
    return reply if at < 0 else reply[:at] + reply[at + 8 + 26 + 1:]


def records_in(totals):
    return sum(n for field, n in totals.items()
               if re.fullmatch(r"(none|sms|call|visit):(allow|warn|block)", field))


def with_redis(url, more=""):
    """The configuration's line for a daemon that shares; more: ", key: value"."""
    return f'counters: {{redis: "{url}"{more}}}\n'


def events_in(log, kind=None):
    """The events of a log, or those of one type, in order."""
    text = log.read_text()
    events = map(json.loads, text[:text.rfind("\n") + 1].splitlines())  # not one half written
    return [e for e in events if kind in (None, e["type"])]


class Daemon:
    def __init__(self, folder, rules=RULES, workers=2, feed="", more="", name="d"):
        self.folder = folder / name
        self.folder.mkdir(exist_ok=True)
        self.feed_path = self.folder / "feed.sock"
        self.control_path = self.folder / "control.sock"
        self.state = self.folder / "state"
        self.rules = self.folder / "rules.yaml"
        self.config = self.folder / "ringfenced.yaml"
        self.stderr = self.folder / "stderr"
        self.rules.write_text(rules)
        self.config.write_text(
            f'feed: {{listen: ["unix:{self.feed_path}"], workers: {workers}, '
            f"early: 3650d, late: 3650d{feed}}}\n"
            f"rules: [{self.rules}]\n"
            f"ops: {{control: {self.control_path}}}\n"
            f"state_dir: {self.state}\n{more}"
        )
        self.process = None

    def start(self, ready=True, **environment):
        self.process = subprocess.Popen(
            [BUILD / "ringfenced", "-c", self.config],
            stderr=open(self.stderr, "ab"),
            env={**os.environ, **environment},
        )
        end = time.monotonic() + WAIT_S
        while ready:
            try:
                if self.control("version")["pid"] == self.process.pid:
                    break
            except OSError:
                pass
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < end, self.log()
            time.sleep(0.01)
        return self

    def log(self):
        return self.stderr.read_text(errors="replace")

    def control_socket(self):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(WAIT_S)
        s.connect(str(self.control_path))
        return s

    def control(self, command, **args):
        with self.control_socket() as s:
            s.sendall(json.dumps({"command": command, **args}).encode() + b"\n")
            data = b""
            while not data.endswith(b"\n"):
                got = s.recv(1 << 16)
                assert got, "no answer"
                data += got
        return json.loads(data)

    def tool(self, command, *args, status=0, **environment):
        """`ringfence COMMAND` asks this daemon and must end so; stdout and stderr."""
        done = subprocess.run([BUILD / "ringfence", command, "-s", self.control_path, *args],
                              capture_output=True, text=True, timeout=WAIT_S,
                              env={**os.environ, **environment})
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout, done.stderr

    def log_events(self):
        """Before start(): has it write an event log. Its path."""
        log = self.folder / "events"
        self.config.write_text(self.config.read_text() + f"events: {{file: {log}}}\n")
        return log

    def totals(self):
        return self.control("stats", since="2000-01-01", until="2999-12-31")["totals"]

    def connect(self):
        return Lines(self.feed_path)

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self):
        return self.process.wait(WAIT_S)

    def stop(self):
        self.signal(signal.SIGTERM)
        return self.wait()

    def wait_for(self, what):
        """Until what() is true."""
        end = time.monotonic() + WAIT_S
        while not what():
            assert time.monotonic() < end, self.log()
            time.sleep(0.02)


@pytest.fixture
def daemons(tmp_path):
    """Makes daemons; those still running at the end are stopped, and must end well."""
    made = []

    def make(**args):
        made.append(Daemon(tmp_path, name=f"d{len(made)}", **args))
        return made[-1]

    yield make
    for d in made:
        if d.process and d.process.poll() is None:
            d.signal(signal.SIGTERM)
            try:
                d.process.wait(20)
            except subprocess.TimeoutExpired:
                d.process.kill()
                d.process.wait()
                raise
        if d.stderr.exists():
            log = d.log()
            assert "Sanitizer" not in log, log


@pytest.fixture
def redis_servers(tmp_path):
    """Makes redis-servers and starts them: RedisServer's arguments."""
    made = []

    def make(**args):
        made.append(RedisServer(tmp_path, name=f"redis{len(made)}", **args))
        return made[-1].start()

    yield make
    for s in made:
        s.stop()


@pytest.fixture
def redis(redis_servers):
    """One redis-server on a Unix socket."""
    return redis_servers()


@pytest.fixture
def redis_proxy(tmp_path):
    """Makes proxies before redis-servers."""
    made = []

    def make(server):
        made.append(RedisProxy(tmp_path / f"proxy{len(made)}", server))
        return made[-1]

    yield make
    for p in made:
        p.stop()


@pytest.fixture
def sentinels(tmp_path):
    s = SentinelSet(tmp_path)
    try:
        yield s.start()
    finally:
        s.stop()


@pytest.fixture
def cluster(tmp_path):
    c = RedisCluster(tmp_path)
    try:
        yield c.start()
    finally:
        c.stop()


def traffic(n, senders=40, seed=1):
    """n records of all three kinds, with a share of hits; ids r0, r1, …"""
    state = seed
    for i in range(n):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        pick, sender = (state >> 33) % 10, (state >> 40) % senders
        base = {"id": f"r{i}", "ts": 1767225600000 + 100 * i,
                "from": f"+86138000{sender:05d}", "to": f"+86139{i % 10**8:08d}"}
        if pick < 6:
            text = ["see you at 7", "pay the fee: https://x.example/p", "a prize for you",
                    "need a loan?", "您的包裹已到", "hello \"there\""][pick]
            yield {**base, "kind": "sms", "text": text}
        elif pick < 8:
            yield {**base, "kind": "call", "event": "attempt", "trunk": f"t{pick}",
                   "grid": f"g{sender}"}
        else:
            host = "www.bad.example" if pick == 8 else "good.example"
            yield {**base, "kind": "visit", "host": host}
