"""What a capacity plan assumes beside what was measured: sizes, distances, and how full things may be."""

import math

import msgspec

from cost.errors import CapacityError


class Assumptions(msgspec.Struct, frozen=True, kw_only=True):
    """Each has a default, and none was measured on AWS: replace them by what you know.

    Attributes:
        shape: Kind of lookup, as `cost.capacity.measured` has it.
        region: Whose prices count.
        process_load: Part of its processor that a process of the library or a container may be busy.
        node_load: Part of its processor and of its network that a node of the cache may be busy.
        function_memory_mb: Of the lookup function; 1,769 MB are one processor.
        task_vcpus: Processors of a container; each has a process of its own.
        task_memory_gb: Memory of a container.
        threads: Lookups under way at once in a process: each may hold a connection to every node.
        node_type: Size of the cache's nodes.
        replicas: Of each shard. Lookups read them too (``cacheReadReplicas``).
        stored_gb: What the online store holds.
        cached: Part of the reads that a process answers from what it keeps itself (``lookupCacheEntries``).
        hottest: Part of the reads that go to the busiest entity.
        to_store_ms: Way to the store and back, in the same region.
        to_server_ms: Way from the caller to a container and back, the load balancer included.
        to_function_ms: What a caller waits beside the function itself: the call, its authorization, the way.
        cross_zone: Part of the cache's answers that cross zones.
        served_sample: Part of the answers that are logged.
        events_per_s: Events on the stream, whatever the rate of lookups is.
        event_bytes: Of one of them.
        surge_s: Traffic may double within this time.
        refused: Part of the lookups that may find no environment of the function free.
        p99_ms: What a caller may wait at the 99th percentile (``lookupP99Ms``).
    """

    shape: str = "windows"
    region: str = "us-east-1"
    process_load: float = 0.6
    node_load: float = 0.6
    function_memory_mb: int = 1769
    task_vcpus: int = 4
    task_memory_gb: int = 8
    threads: int = 4
    node_type: str = "r7g.large"
    replicas: int = 2
    stored_gb: float = 20.0
    cached: float = 0.0
    hottest: float = 0.001
    to_store_ms: float = 0.3
    to_server_ms: float = 0.5
    to_function_ms: float = 3.0
    cross_zone: float = 0.67
    served_sample: float = 0.01
    events_per_s: float = 2_000.0
    event_bytes: float = 400.0
    surge_s: float = 60.0
    refused: float = 1e-4
    p99_ms: float = 15.0

    def __post_init__(self) -> None:
        """Refuse what makes no plan."""
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if not isinstance(value, str) and not 0 <= value < math.inf:
                raise CapacityError(
                    f"{name}: found {value}, expected a number that is not negative; correct it"
                )
        for name in (
            "process_load",
            "node_load",
            "cross_zone",
            "served_sample",
            "cached",
            "hottest",
            "refused",
        ):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise CapacityError(f"{name}: found {value}, expected a part from 0 to 1; correct it")
        for name in ("process_load", "node_load"):
            if getattr(self, name) in {0, 1}:
                raise CapacityError(
                    f"{name}: found {getattr(self, name)}, expected more than 0 and less than 1: at 1 a queue "
                    "grows without end; leave room"
                )
        for name in (
            *("function_memory_mb", "task_vcpus", "task_memory_gb", "threads", "surge_s", "refused"),
            *("p99_ms", "stored_gb"),
        ):
            if getattr(self, name) <= 0:
                raise CapacityError(f"{name}: found {getattr(self, name)}, expected more than 0; correct it")
