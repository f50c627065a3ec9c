"""What was measured of this code, on one machine: ``measured.json``, written by ``make bench NAME=capacity``.

Everything beyond it, another processor or a network between the machines, is extrapolated.
"""

from functools import cache
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np

from cost.capacity.queueing import Seconds
from cost.errors import CapacityError

FILE = Path(__file__).with_name("measured.json")
SCHEMA = "headwater-capacity/2"

Program = Literal["library", "function", "container"]


class Distribution(msgspec.Struct, frozen=True):
    """How long something takes, in microseconds.

    Attributes:
        mean: Of all that was measured.
        quantiles: Probabilities from 0 to 1 with their values, both ascending; between them, on a line.
    """

    mean: float
    quantiles: list[tuple[float, float]]

    def times(self, factor: float) -> "Distribution":
        """All of it so many times as long."""
        return Distribution(self.mean * factor, [(p, value * factor) for p, value in self.quantiles])

    def sample(self, count: int, random: np.random.Generator) -> Seconds:
        """Draw times, in seconds."""
        probabilities, values = zip(*self.quantiles, strict=True)
        drawn: Seconds = np.interp(random.random(count), probabilities, values) / 1e6
        return drawn


class Timed(msgspec.Struct, frozen=True):
    """One lookup by a program.

    Attributes:
        cpu_us: Processor time of its thread.
        wall_us: What passed meanwhile, with the store on the same machine.
        log_bytes: Lines that the function writes.
    """

    cpu_us: Distribution
    wall_us: Distribution
    log_bytes: int = 0


class Shape(msgspec.Struct, frozen=True):
    """A kind of lookup of one entity.

    Attributes:
        features: In its answer.
        bytes: Of the values read from a cache.
        item_bytes: Of each item, were they read from DynamoDB.
        http_bytes: Of the bodies of a request and its answer.
        store_cpu_us: Processor time of the store, one that has all keys, for one lookup.
        contention: How many times the processor time a lookup takes a process whose threads are all busy, and in
            each other's way. Measured with the library; a container is taken to be no better.
        library: `FeatureClient` in the caller's process.
        function: The lookup function.
        container: The server of ``headwater serve``.
    """

    features: int
    bytes: int
    item_bytes: list[int]
    http_bytes: int
    store_cpu_us: float
    contention: float
    library: Timed
    function: Timed
    container: Timed

    def by(self, program: Program) -> Timed:
        """What one of the programs took."""
        timed: Timed = getattr(self, program)
        return timed

    def busy(self, program: Program) -> Distribution:
        """Processor time of a lookup in a process of many threads; an environment of the function has one."""
        cpu = self.by(program).cpu_us
        return cpu if program == "function" else cpu.times(self.contention)


class Waits(msgspec.Struct, frozen=True):
    """Percentiles of what callers waited, in microseconds."""

    p50_us: float
    p99_us: float
    p999_us: float


class Load(msgspec.Struct, frozen=True):
    """A load that was offered at a constant rate, in turns: figures are medians of the turns'.

    Attributes:
        machine_load: Processes that ran or waited for a processor before it, on average over a minute: others' work.
        rate_per_s: Lookups due a second.
        answered_per_s: By the library, for four threads of one process.
        p50_us: What they waited.
        p99_us: The same.
        p999_us: The same.
        worst_p99_us: Of the worst turn.
        control: What one thread waited for work that takes a processor as long and needs nothing else: all of it beside
            the work itself is the machine's doing.
    """

    machine_load: float
    rate_per_s: float
    answered_per_s: float
    p50_us: float
    p99_us: float
    p999_us: float
    worst_p99_us: float
    control: Waits


class Measured(msgspec.Struct, frozen=True):
    """The file."""

    schema: str
    date: str
    machine: str
    calls: int
    shapes: dict[str, Shape]
    open_loop: list[Load]

    def shape(self, name: str) -> Shape:
        """A kind of lookup by its name.

        Raises:
            CapacityError: It was not measured.
        """
        if name not in self.shapes:
            raise CapacityError(
                f"shape {name!r}: not measured, expected one of {', '.join(self.shapes)}; choose one"
            )
        return self.shapes[name]


@cache
def load(file: Path = FILE) -> Measured:
    """Read the file.

    Raises:
        CapacityError: It is not there or not as it should be.
    """
    try:
        found = msgspec.json.decode(file.read_bytes(), type=Measured)
    except (OSError, msgspec.MsgspecError) as error:
        raise CapacityError(f"measured {file}: {error}; run `make bench NAME=capacity`") from error
    if found.schema != SCHEMA:
        raise CapacityError(
            f"measured {file}: found schema {found.schema!r}, expected {SCHEMA!r}; run `make bench NAME=capacity`"
        )
    return found
