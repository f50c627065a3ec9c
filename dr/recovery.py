"""What a lost region had acknowledged, gathered in the region that goes on.

The archive has most of it, as far as it was copied. The rest is on the disks of producers, who ship it to the bucket of
the region that goes on as soon as the pointer has moved (`shipment_key`), and once more when they have settled what
they could not know (`settled_key`).
"""

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain

from dr.regions import Region
from headwater import names
from headwater.envelope import EnvelopeDecoder, LoggedEvent, sources_of
from headwater.errors import PoisonRecordError
from headwater.online.stores import OnlineStore
from headwater.registry import Registry
from headwater.stream import recovery
from headwater.stream.pointer import Pointer
from headwater.stream.processor import Recovered, StreamProcessor
from headwater.stream.recovery import Rounds
from headwater.stream.sinks import FirehoseArchive, QueueDeadLetters

_ARCHIVED_S = 7 * 24 * 3600.0
"""How long ago an object of the archive may have come to be looked at although it was ingested since."""


def failover_name(pointer: Pointer) -> str:
    """Name of the failover that moved the pointer there: producers know it, too.

    >>> failover_name(Pointer(2, "us-west-2", True, 0))
    'epoch-000002'
    """
    return f"epoch-{pointer.epoch:06}"


def shipment_key(failover: str, producer: str, part: int) -> str:
    """Where a producer ships what a lost region has acknowledged to it.

    >>> shipment_key("epoch-000002", "till-1", 1)
    'recovery/epoch-000002/shipped/till-1/000001.jsonl'
    """
    return f"{_shipped_prefix(failover)}{producer}/{part:06}.jsonl"


def settle_key(failover: str) -> str:
    """Where producers are told that they may settle, and whether the old stream is there."""
    return f"{names.recovery_prefix(failover)}settle"


def settled_prefix(failover: str) -> str:
    """Below which each producer says that nothing of it is in doubt any more."""
    return f"{names.recovery_prefix(failover)}settled/"


def shippers(survivor: Region, failover: str) -> set[str]:
    """Producers that have shipped."""
    prefix = _shipped_prefix(failover)
    return {key.removeprefix(prefix).partition("/")[0] for key in survivor.bucket.keys(prefix)}


def gather(lost: Region, survivor: Region, failover: str, registry: Registry) -> Iterator[LoggedEvent]:
    """Events of the lost region's stream in the survivor's bucket, each perhaps more than once."""
    yield from archived(lost, survivor, registry)
    decoder = EnvelopeDecoder(registry)
    for key in survivor.bucket.keys(_shipped_prefix(failover)):
        yield from _of(lost, recovery.read_shipment(survivor.bucket.content(key), decoder).events)


def archived(origin: Region, survivor: Region, registry: Registry) -> Iterator[LoggedEvent]:
    """Events of a region's stream in the survivor's copy of the archive, also where they were ingested meanwhile."""
    by_record = EnvelopeDecoder(registry, "record")
    for content in survivor.bucket.versions(names.landing_prefix(), time.time() - _ARCHIVED_S):
        yield from _of(origin, recovery.read_archive(content, by_record))


def on_stream(lost: Region, registry: Registry) -> Iterator[LoggedEvent]:
    """Events that the stream of a region still has."""
    decoder = EnvelopeDecoder(registry)
    for record in lost.stream.records():
        try:
            yield decoder.decode(
                record.data, shard=record.shard, sequence=record.sequence, arrival_us=record.arrival_us
            )
        except PoisonRecordError:
            # Its own region has put it to the dead letters.
            continue


def since_the_move(
    survivor: Region, registry: Registry, positions: Mapping[str, str]
) -> Collection[LoggedEvent]:
    """Events of the survivor's own stream behind some positions.

    They are on the stream as far as that reaches back, and in the archive.
    """
    found = {
        (event.shard, event.sequence): event
        for event in chain(archived(survivor, survivor, registry), on_stream(survivor, registry))
        if event.sequence > int(positions.get(event.shard, "-1"))
    }
    return found.values()


def recover(
    survivor: Region, failover: str, found: Iterable[LoggedEvent], registry: Registry
) -> tuple[int, Recovered]:
    """Write down what is in no round yet, and apply every round.

    Returns:
        How many events were new to the rounds, and what became of all.

    Raises:
        StoreError: A store or the archive did not do its work; run it again.
    """
    rounds = _rounds(survivor, failover, registry)
    added = rounds.add(found)
    return added, recovery.apply(_processor(survivor, registry, survivor.stores), rounds)


def give_again(
    survivor: Region,
    failover: str,
    own: Iterable[LoggedEvent],
    registry: Registry,
    stores: Sequence[OnlineStore],
) -> Recovered:
    """Give pages what they lack because the lost region wrote over them: it has to be stopped by now.

    Args:
        survivor: The region that goes on.
        failover: Name of the failover.
        own: What it has applied of its own stream since the pointer moved there; see `since_the_move`.
        registry: Definitions.
        stores: The survivor's.

    Raises:
        StoreError: A store did not do its work; run it again.
    """
    rounds = _rounds(survivor, failover, registry)
    return recovery.give_again(_processor(survivor, registry, stores), rounds, own)


def _rounds(survivor: Region, failover: str, registry: Registry) -> Rounds:
    return Rounds(survivor.bucket, failover, EnvelopeDecoder(registry, "record"), _timestamps(registry))


def _processor(survivor: Region, registry: Registry, stores: Sequence[OnlineStore]) -> StreamProcessor:
    outputs = survivor.outputs
    archive = survivor.client("firehose"), outputs.archive_stream_name
    return StreamProcessor(
        registry,
        EnvelopeDecoder(registry),
        stores,
        FirehoseArchive(*archive, _timestamps(registry)),
        QueueDeadLetters(survivor.client("sqs"), outputs.dead_letter_queue_url),
        outputs.environment,
    )


def _timestamps(registry: Registry) -> dict[str, list[str]]:
    return {
        source.name: [column for column, kind in source.columns.items() if kind == "timestamp"]
        for source in sources_of(registry).values()
    }


def _of(region: Region, events: Iterable[LoggedEvent]) -> Iterator[LoggedEvent]:
    return (event for event in events if region.owns(event.shard))


def _shipped_prefix(failover: str) -> str:
    return f"{names.recovery_prefix(failover)}shipped/"
