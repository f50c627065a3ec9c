"""What is asked of a region before producers are sent there."""

from typing import NamedTuple


class Limits(NamedTuple):
    """What is asked for.

    Attributes:
        lag_s: Most that the copies may have been behind when the other region was last well.
        concurrency: Fewest executions that the stream function may run at once, where they are limited.
        writes_per_second: Fewest write units that the table must be ready for, where it says so.
        memory_share: Most of a cache's memory, and of a node's connections; AWS asks to leave a quarter free.
        waiting_objects: Most objects that may wait to be copied to the bucket.
        figures_s: Most that copied figures may be older than when the other region was last well.
    """

    lag_s: float = 5.0
    concurrency: int = 1
    writes_per_second: int = 100
    memory_share: float = 0.75
    waiting_objects: int = 1_000
    figures_s: float = 900.0
