"""How long a caller waits, by simulation: the queue of a process, the way, and the queues of the nodes asked.

The processor time of a process is drawn from what was measured. A node's is taken as exponential around
the measured mean: its distribution cannot be seen from outside, and an exponential one is wider than a
command that always does the same. Callers are many and come at random, so that each process and each node
sees Poisson arrivals; the queues are drawn independently of each other.
"""

import math

import numpy as np

from cost.capacity.assumptions import Assumptions
from cost.capacity.measured import Distribution, Load, Measured, Shape
from cost.capacity.needs import FULL_CPU_MB, Plan
from cost.capacity.queueing import Latency, Seconds, poisson, settled, waits

COUNT = 200_000
"""Lookups that are simulated: 180 of them lie beyond the 99.9th percentile."""
SEED = 20261124


def simulate(
    plan: Plan, measured: Measured, given: Assumptions, *, count: int = COUNT, seed: int = SEED
) -> Latency | None:
    """How long callers wait for a plan's answers.

    Args:
        plan: What is asked.
        measured: What one lookup takes.
        given: What is assumed.
        count: Lookups to simulate.
        seed: Of chance: the same gives the same.

    Returns:
        Percentiles; None where the store's own times were not measured: DynamoDB and serverless caches.
    """
    if plan.store != "nodes":
        return None
    random = np.random.default_rng(seed)
    shape = measured.shape(given.shape)
    cpu = shape.busy(plan.path)
    node = _slowest_node(plan, count, random)
    # What a process has itself is answered without a way and a wait.
    asked = random.random(len(node)) >= given.cached
    store = np.where(asked, node + given.to_store_ms / 1e3, 0.0)
    if plan.path == "function":
        slower = max(FULL_CPU_MB / given.function_memory_mb, 1.0)
        own = cpu.sample(len(node), random) * slower
        return Latency.of(own + store + given.to_function_ms / 1e3)
    share = plan.rate / plan.compute.processes
    own = process_times(cpu, poisson(share, count, random), random)
    hop = given.to_server_ms / 1e3 if plan.path == "container" else 0.0
    return Latency.of(own + store + hop)


def process_times(cpu_us: Distribution, arrivals_s: Seconds, random: np.random.Generator) -> Seconds:
    """Wait and processor time in one process, which does one thing at a time whatever its threads.

    Args:
        cpu_us: Processor time of a lookup.
        arrivals_s: When lookups come.
        random: Source of chance.
    """
    services = cpu_us.sample(len(arrivals_s), random)
    return settled(waits(arrivals_s, services) + services)


def of_load(load: Load, shape: Shape, *, count: int = COUNT, seed: int = SEED) -> Latency:
    """What the simulation makes of a load that was offered to one process: due at equal distances, as it was."""
    random = np.random.default_rng(seed)
    timed = shape.library
    times = process_times(shape.busy("library"), np.arange(count) / load.rate_per_s, random)
    return Latency.of(times + (timed.wall_us.mean - timed.cpu_us.mean) / 1e6)


def of_one_process(
    shape: Shape, load: float, *, count: int = COUNT, seed: int = SEED
) -> tuple[float, Latency]:
    """Rate and latency of the library in one process that is busy for a part of its time, the store apart."""
    random = np.random.default_rng(seed)
    cpu = shape.busy("library")
    rate = load / (cpu.mean / 1e6)
    return rate, Latency.of(process_times(cpu, poisson(rate, count, random), random))


def _slowest_node(plan: Plan, count: int, random: np.random.Generator) -> Seconds:
    """Time in the slowest of the nodes that a lookup asks side by side."""
    asked = plan.reads.commands
    share = plan.reads.rate * asked / plan.reads.nodes
    times = [_node_times(share, plan.reads.node_us, count, random) for _ in range(math.ceil(asked))]
    found = times[0]
    for number, more in enumerate(times[1:], start=1):
        # Of 2.7 nodes on average, the third is asked by seven lookups in ten.
        by = random.random(len(more)) < min(asked - number, 1.0)
        found = np.where(by, np.maximum(found, more), found)
    return found


def _node_times(rate: float, mean_us: float, count: int, random: np.random.Generator) -> Seconds:
    services = random.exponential(mean_us / 1e6, count)
    times = waits(poisson(rate, count, random), services) + services
    # Other nodes are at other moments of theirs.
    return random.permutation(settled(times))
