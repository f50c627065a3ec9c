"""Which Redis or Valkey server has a key: one server, one with replicas for lookups, or a cluster."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

import redis
from redis.cluster import ClusterNode, LoadBalancingStrategy, RedisCluster
from redis.crc import key_slot
from redis.exceptions import RedisClusterException

from headwater.online.redis_wire import Wire

Share = tuple[Wire, list[int]]
"""A server, and the positions of the keys it has."""


class Servers(Protocol):
    """Where keys are."""

    @property
    def together(self) -> bool:
        """Whether any keys can stand in one command."""

    def shares(self, keys: Sequence[str], places: Sequence[int], *, lookup: bool) -> list[Share]:
        """Share keys out over servers.

        Args:
            keys: Keys.
            places: Positions of those to share out.
            lookup: They are looked up, for which a replica will do.

        Raises:
            redis.RedisError: It is not known where they are.
        """

    def refresh(self) -> None:
        """Look anew at where keys are, and at connections that nobody uses."""

    def close(self) -> None:
        """Let go of connections."""


class OneServer:
    """One primary that has every key.

    Args:
        primary: Client of the primary.
        reader: Client of an endpoint in front of its replicas, for lookups; None: the primary.
    """

    together = True

    def __init__(self, primary: redis.Redis, reader: redis.Redis | None = None) -> None:
        self._clients = [primary] if reader is None else [primary, reader]
        self._wires = [Wire(client.connection_pool) for client in self._clients]

    def shares(self, keys: Sequence[str], places: Sequence[int], *, lookup: bool) -> list[Share]:  # noqa: ARG002 (a cluster needs them)
        """See `Servers.shares`."""
        return [(self._wires[-1 if lookup else 0], list(places))]

    def refresh(self) -> None:
        """See `Servers.refresh`."""
        for wire in self._wires:
            wire.close()

    def close(self) -> None:
        """See `Servers.close`."""
        self.refresh()
        for client in self._clients:
            client.close()


class Cluster:
    """A cluster, whose shards have keys by hash slot.

    Args:
        connect: Makes a client of the cluster, which asks it at once for its slots: not before the first use, so
            that nothing is connected in a process that is frozen to be restored later.
        replicas: Look keys up at replicas, in turn.
    """

    together = False

    def __init__(self, connect: Callable[[], RedisCluster], *, replicas: bool = False) -> None:
        self._connect = connect
        self._made: RedisCluster | None = None
        self._strategy = LoadBalancingStrategy.ROUND_ROBIN_REPLICAS if replicas else None
        self._wires: dict[str, Wire] = {}

    def shares(self, keys: Sequence[str], places: Sequence[int], *, lookup: bool) -> list[Share]:
        """See `Servers.shares`."""
        strategy = self._strategy if lookup else None
        shares: dict[str, Share] = {}
        with _one_tree():
            nodes = self._client().nodes_manager
            for place in places:
                slot = key_slot(keys[place].encode())
                node = nodes.get_node_from_slot(slot, load_balancing_strategy=strategy)
                if node.name not in shares:
                    shares[node.name] = (self._wire(node), [])
                shares[node.name][1].append(place)
        return list(shares.values())

    def refresh(self) -> None:
        """See `Servers.refresh`."""
        self._let_go()
        with _one_tree():
            self._client().nodes_manager.initialize()

    def close(self) -> None:
        """See `Servers.close`."""
        self._let_go()
        if self._made is not None:
            self._made.close()

    def _client(self) -> RedisCluster:
        if self._made is None:
            self._made = self._connect()
        return self._made

    def _let_go(self) -> None:
        for wire in self._wires.values():
            wire.close()
        self._wires.clear()

    def _wire(self, node: ClusterNode) -> Wire:
        wire = self._wires.get(node.name)
        if wire is None:
            client = self._client().get_redis_connection(node)
            wire = self._wires[node.name] = Wire(client.connection_pool)
        return wire


@contextmanager
def _one_tree() -> Iterator[None]:
    """What a cluster fails with is no `redis.RedisError`: of one that cannot be reached, or lacks a slot, make one."""
    try:
        yield
    except RedisClusterException as error:
        raise redis.ConnectionError(str(error)) from error
