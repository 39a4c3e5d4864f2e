"""A Redis Cluster of one's own: three masters and three replicas on loopback, quick to
notice a death."""
from redis_servers import RedisServer, free_port, wait_for

SLOTS = 16384


def slot_of(key):
    """CRC16 (XMODEM) of the key, or of its part between braces."""
    key = key.encode() if isinstance(key, str) else key
    start = key.find(b"{")
    end = key.find(b"}", start + 1)
    if start >= 0 and end > start + 1:
        key = key[start + 1:end]
    crc = 0
    for byte in key:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc % SLOTS


class RedisCluster:
    def __init__(self, folder, password=None, options=()):
        auth = [f"masterauth {password}"] if password else []
        self.nodes = [RedisServer(folder, f"node{i}", tcp=True, password=password, options=[
            "cluster-enabled yes", "cluster-config-file nodes.conf",
            "cluster-node-timeout 1000", "cluster-replica-validity-factor 0",
            f"cluster-port {free_port()}", *auth, *options]) for i in range(6)]
        self.ids = {}

    @property
    def url(self):
        return "redis+cluster://" + ",".join(f"127.0.0.1:{n.port}" for n in self.nodes[:3])

    def start(self):
        for i, n in enumerate(self.nodes):
            n.start()
            n.command("CLUSTER", "SET-CONFIG-EPOCH", i + 1)
            self.ids[n.command("CLUSTER", "MYID")] = n
        first = self.nodes[0]
        for i, n in enumerate(self.nodes[:3]):
            n.command("CLUSTER", "ADDSLOTSRANGE", SLOTS * i // 3, SLOTS * (i + 1) // 3 - 1)
        for n in self.nodes[1:]:
            bus = next(o.split()[1] for o in n.options if o.startswith("cluster-port"))
            first.command("CLUSTER", "MEET", "127.0.0.1", n.port, bus)
        wait_for(lambda: all(len(self.table(n)) == 6 and not any(
            b"handshake" in row[2] for row in self.table(n)) for n in self.nodes),
            "the nodes do not find each other")
        for n, master in zip(self.nodes[3:], self.nodes[:3]):
            n.command("CLUSTER", "REPLICATE", self.id_of(master))
        wait_for(self.well, "the cluster does not get well")
        return self

    def well(self):
        """All slots are served; the nodes that run agree by whom and who replicates whom;
        replicas are in step."""
        up = [n for n in self.nodes if n.process]
        views = {frozenset((row[0], row[3], *row[8:]) for row in self.table(n)) for n in up}
        return (len(views) == 1
                and all(b"cluster_state:ok" in n.command("CLUSTER", "INFO") for n in up)
                and all(b"master_link_status:up" in n.command("INFO", "replication")
                        for n in up if n.command("ROLE")[0] == b"slave"))

    @staticmethod
    def table(node):
        """CLUSTER NODES: id, address, flags, master, …, slots."""
        return [row.split(b" ") for row in node.command("CLUSTER", "NODES").splitlines()]

    def id_of(self, node):
        return next(i for i, n in self.ids.items() if n is node)

    def master_of(self, slot):
        """The node that serves it, as the running nodes see it."""
        for node in self.nodes:
            if not node.process:
                continue
            for first, last, master, *_ in node.command("CLUSTER", "SLOTS"):
                if first <= slot <= last:
                    return next(n for n in self.nodes if n.port == master[1])
        return None

    def replicas_of(self, master):
        want = self.id_of(master)
        return [self.ids[r[0]] for r in self.table(master) if r[3] == want]

    def hash(self, key):
        return self.master_of(slot_of(key)).hash(key)

    def wait_new_master(self, slot, old):
        """After the slot's master was killed or paused."""
        wait_for(lambda: self.master_of(slot) not in (None, old) and b"cluster_state:ok"
                 in self.master_of(slot).command("CLUSTER", "INFO"), "no failover")
        return self.master_of(slot)

    def migrate(self, slot, to, between=None):
        """Move a slot under load. between() is called while half of it has moved, so that
        ASK and TRYAGAIN are answered."""
        source = self.master_of(slot)
        assert source is not to
        to.command("CLUSTER", "SETSLOT", slot, "IMPORTING", self.id_of(source))
        source.command("CLUSTER", "SETSLOT", slot, "MIGRATING", self.id_of(to))
        moved = False
        while keys := source.command("CLUSTER", "GETKEYSINSLOT", slot, 100):
            for key in keys[:max(1, len(keys) // 2)]:
                auth = ["AUTH", source.password] if source.password else []
                source.command("MIGRATE", "127.0.0.1", to.port, key, 0, 5000, *auth)
            if between and not moved:
                between()
            moved = True
        for node in (to, source):
            node.command("CLUSTER", "SETSLOT", slot, "NODE", self.id_of(to))
        wait_for(lambda: all(self.master_seen_by(n, slot) == to.port
                             for n in self.nodes if n.process), "the move is not known")

    @staticmethod
    def master_seen_by(node, slot):
        for first, last, master, *_ in node.command("CLUSTER", "SLOTS"):
            if first <= slot <= last:
                return master[1]
        return None

    def stop(self):
        for n in self.nodes:
            n.stop()
