"""Redis servers of one's own for the scenarios: one server, a Sentinel set, a Cluster. All
on Unix sockets or loopback, in a temporary folder, without data unless asked for; only
what was started here is stopped."""
import random
import shutil
import signal
import socket
import subprocess
import time

REDIS = shutil.which("redis-server") or "/usr/bin/redis-server"
WAIT_S = 60


class RedisError(Exception):
    """An error reply."""


class Client:
    """A connection of the test's own: command in, reply out, as bytes, int, list, None."""

    def __init__(self, address, timeout=WAIT_S):
        if isinstance(address, tuple):
            self.sock = socket.create_connection(address, timeout=timeout)
        else:
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.settimeout(timeout)
            self.sock.connect(str(address))
        self.file = self.sock.makefile("rb")

    def command(self, *args):
        parts = [a if isinstance(a, bytes) else str(a).encode() for a in args]
        self.sock.sendall(b"*%d\r\n" % len(parts)
                          + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts))
        got = self._reply()
        if isinstance(got, RedisError):
            raise got
        return got

    def _reply(self):
        line = self.file.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionResetError("Redis closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest
        if kind == b"-":
            return RedisError(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self.file.read(int(rest) + 2)[:-2]
        assert kind == b"*", line
        return None if rest == b"-1" else [self._reply() for _ in range(int(rest))]

    def close(self):
        self.file.close()
        self.sock.close()


def wait_for(what, why="", timeout=WAIT_S):
    """Until what() is true; a server that is away meanwhile is waited for."""
    end = time.monotonic() + timeout
    while True:
        try:
            if what():
                return
        except (OSError, RedisError):
            pass
        assert time.monotonic() < end, why or "waited in vain"
        time.sleep(0.02)


_held = []


def free_port():
    """Below the ports that the kernel gives to clients, and held to the end of this process
    by a socket that does not listen: a server that asks for SO_REUSEADDR may listen there,
    while nobody is given the port a second time, in whatever process."""
    while True:
        port = random.randrange(15000, 32000)
        s = socket.socket()
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            s.close()
            continue
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _held.append(s)
        return port


class RedisServer:
    """One redis-server process. tcp: on a free loopback port, else on a Unix socket.
    data: keeps an append-only file, so that kill and start lose nothing acknowledged.
    password: requirepass. options: lines of redis.conf."""

    def __init__(self, folder, name="redis", tcp=False, data=False, password=None,
                 options=(), sentinel=False):
        self.folder = folder / name
        self.folder.mkdir()
        self.data, self.password, self.sentinel = data, password, sentinel
        self.options = list(options)
        self.port = free_port() if tcp else 0
        self.path = self.folder / "s"
        self.process = None

    @property
    def address(self):
        return ("127.0.0.1", self.port) if self.port else self.path

    @property
    def url(self):
        """As counters.redis takes it."""
        return f"redis://127.0.0.1:{self.port}" if self.port else f"unix://{self.path}"

    def _write_config(self):
        lines = [f"port {self.port}", "bind 127.0.0.1", f"dir {self.folder}",
                 f"logfile {self.folder}/log", "daemonize no", "loglevel notice"]
        if not self.port:
            lines += [f"unixsocket {self.path}"]
        if not self.sentinel:
            lines += ['save ""', f"appendonly {'yes' if self.data else 'no'}",
                      "repl-diskless-sync yes", "repl-diskless-sync-delay 0"]
        if self.password:
            lines += [f"requirepass {self.password}"]
        self.config = self.folder / "conf"
        self.config.write_text("\n".join(lines + self.options) + "\n")

    def start(self, keep=True):
        """Start, or start again: with what was on its disk, or (keep=False) emptied."""
        assert self.process is None
        if not keep:
            shutil.rmtree(self.folder / "appendonlydir", ignore_errors=True)
        if not self.sentinel or not (self.folder / "conf").exists():
            self._write_config()
        args = [REDIS, self.config] + (["--sentinel"] if self.sentinel else [])
        self.process = subprocess.Popen(args, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        self.wait_ready()
        return self

    def wait_ready(self):
        def ready():
            assert self.process.poll() is None, self.log()
            return self.command("PING") == b"PONG"
        wait_for(ready, f"{self.folder} does not answer")

    def log(self):
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def client(self, timeout=WAIT_S):
        c = Client(self.address, timeout)
        if self.password:
            c.command("AUTH", self.password)
        return c

    def command(self, *args, timeout=5):
        """On a connection of its own."""
        c = self.client(timeout)
        try:
            return c.command(*args)
        finally:
            c.close()

    def hash(self, key):
        """HGETALL as {str: int}."""
        flat = self.command("HGETALL", key)
        return {flat[i].decode(): int(flat[i + 1]) for i in range(0, len(flat), 2)}

    def keys(self, pattern="*"):
        return sorted(k.decode() for k in self.command("KEYS", pattern))

    def wait_replicated(self, replicas, timeout=WAIT_S):
        """Until so many replicas have acknowledged all that was written here before. (WAIT
        would only look at what its own connection has written.)"""
        written = self.command("ROLE")[1]

        def acknowledged():
            return sum(int(r[2]) >= written for r in self.command("ROLE")[2]) >= replicas
        wait_for(acknowledged, f"{self.folder} is ahead of its replicas", timeout)

    def kill(self):
        """kill -9."""
        self.process.kill()
        self.process.wait()
        self.process = None

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None

    def pause(self):
        """The process stands still, its sockets stay open."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def set(self, name, value):
        """CONFIG SET: maxmemory, maxmemory-policy, requirepass …"""
        self.command("CONFIG", "SET", name, value)

    def fill(self):
        """Out of memory from now on: every write is refused, until relieve()."""
        self.set("maxmemory-policy", "noeviction")
        self.set("maxmemory", 1)

    def relieve(self):
        self.set("maxmemory", 0)


class SentinelSet:
    """A master, two replicas, three sentinels that fail over within about two seconds."""

    NAME = "rf"

    def __init__(self, folder, password=None, options=()):
        auth = [f"masterauth {password}"] if password else []
        self.password = password
        self.servers = [RedisServer(folder, f"node{i}", tcp=True, password=password,
                                    options=[*auth, *options]) for i in range(3)]
        master = self.servers[0]
        for s in self.servers[1:]:
            s.options.append(f"replicaof 127.0.0.1 {master.port}")
        lines = [f"sentinel monitor {self.NAME} 127.0.0.1 {master.port} 2",
                 f"sentinel down-after-milliseconds {self.NAME} 700",
                 f"sentinel failover-timeout {self.NAME} 3000",
                 f"sentinel parallel-syncs {self.NAME} 2"]
        if password:
            lines.append(f"sentinel auth-pass {self.NAME} {password}")
        self.sentinels = [RedisServer(folder, f"sentinel{i}", tcp=True, sentinel=True,
                                      options=lines) for i in range(3)]

    @property
    def url(self):
        at = ",".join(f"127.0.0.1:{s.port}" for s in self.sentinels)
        return f"redis+sentinel://{at}/{self.NAME}"

    def start(self):
        for s in [*self.servers, *self.sentinels]:
            s.start()
        wait_for(self._complete, "the sentinels do not find each other")
        return self

    def _complete(self):
        """Sentinels know each other and both replicas, and name one master, whom nobody
        holds for down: on a busy machine there may have been a failover already."""
        named = set()
        for s in self.sentinels:
            flat = s.command("SENTINEL", "MASTER", self.NAME)
            got = dict(zip(flat[::2], flat[1::2]))
            if (got[b"num-slaves"], got[b"num-other-sentinels"], got[b"flags"]) != (
                    b"2", b"2", b"master"):
                return False
            named.add(int(got[b"port"]))
        roles = {s.port: s.command("INFO", "replication") for s in self.servers}
        return (named == {port for port, r in roles.items() if b"role:master" in r}
                and sum(b"master_link_status:up" in r for r in roles.values()) == 2)

    def master(self):
        """The server that the sentinels name."""
        for s in self.sentinels:
            if s.process:
                port = int(s.command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self.NAME)[1])
                return next(n for n in self.servers if n.port == port)

    def wait_new_master(self, old):
        """After old was killed or paused."""
        wait_for(lambda: self.master() is not old
                 and self.master().command("ROLE")[0] == b"master", "no failover")
        return self.master()

    def stop(self):
        for s in [*self.sentinels, *self.servers]:
            s.stop()
