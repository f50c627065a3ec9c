"""Where what is declared does not bear the peak that is assumed: an estimate prices the traffic all the same, and says so."""

from collections.abc import Iterator

from cost.capacity.limits import find
from cost.estimate.context import SHARD_BYTES, SHARD_RECORDS, Situation
from cost.estimate.functions import billed_s
from cost.metering import event_bytes


def beyond(found: Situation) -> Iterator[str]:
    """What would be refused at the peak, in words.

    Args:
        found: The environment at the high end of its ranges.
    """
    yield from _lookups(found)
    yield from _stream(found)


def _lookups(found: Situation) -> Iterator[str]:
    function = found.function("lookup")
    most = function.facts.get("reservedConcurrentExecutions") if function else None
    if function is None or most is None:
        return
    a_second = find("lambda.requests_per_environment").value
    peak = {
        name: float(service.lookups.value * service.peak.value)
        for name, service in found.usage.services.items()
    }
    needed = sum(rate * max(billed_s(found, function, name), 1 / a_second) for name, rate in peak.items())
    if needed > most:
        yield (
            f"{function.name} may have {most:,} environments, which take at most {a_second:g} lookups a second each; the "
            f"assumed peak of {sum(peak.values()):,.0f} a second needs {needed:,.0f}: the rest is refused; raise "
            "lookupReserved, or let callers use the library"
        )


def _stream(found: Situation) -> Iterator[str]:
    stream = found.one("Stream", mode="PROVISIONED")
    if stream is None:
        return
    peaks = {
        name: float(source.events.value * source.peak.value) for name, source in found.usage.sources.items()
    }
    size = sum(
        rate * event_bytes(found.registry.sources[name], found.text_bytes(name))
        for name, rate in peaks.items()
    )
    needed = max(sum(peaks.values()) / SHARD_RECORDS, size / SHARD_BYTES)
    if needed > stream.facts["shardCount"]:
        yield (
            f"{stream.name} has {stream.facts['shardCount']:,} shards; the assumed peak of {sum(peaks.values()):,.0f} "
            f"events a second needs {needed:.1f}: the rest is refused; raise eventShards"
        )
