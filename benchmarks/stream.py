"""The stream processor: JSON records in, pages of tiles in memory or Redis; events per second and core.

The floor decodes the same records and writes the same final bytes of the same pages, once per page
and batch, with nothing in between.
"""

import hashlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import redis

from benchmarks import harness
from benchmarks.harness import Case, Side, UnequalError, worker
from benchmarks.transactions import definitions, records
from benchmarks.worker import serve
from headwater.envelope import EnvelopeDecoder, LoggedEvent
from headwater.online.memory import MemoryStore
from headwater.online.redis import RedisStore
from headwater.online.stores import Loaded, OnlineStore, Stored, Write
from headwater.stream.processor import StreamProcessor
from headwater.stream.records import StreamRecord
from headwater.stream.sinks import DeadLetter, archive_line
from tests.servers import redis_server

_EVENTS, _BATCH = 200_000, 10_000
_USERS = (100, 1_000, 10_000)
_REVISION_BYTES = 8


class _Archive:
    """Encodes what would be archived, as the real one does before it is sent."""

    def put(self, events: Sequence[LoggedEvent]) -> None:
        for event in events:
            archive_line(event, ())


class _Letters:
    """Nothing may get here."""

    def put(self, letters: Sequence[DeadLetter]) -> None:
        raise UnequalError(f"{len(letters)} records of the benchmark are no events")


class _Recorder:
    """A store in memory that remembers what each call wrote; remembering costs a list's append."""

    name = "recorder"

    def __init__(self) -> None:
        self._store = MemoryStore()
        self.calls: list[list[Write]] = []

    def read(self, keys: Sequence[str]) -> list[Stored | None]:
        return self._store.read(keys)

    def load(self, keys: Sequence[str], deadline_s: float | None = None) -> Loaded:
        return self._store.load(keys, deadline_s)

    def write(self, writes: Sequence[Write]) -> list[bool]:
        self.calls.append(list(writes))
        return self._store.write(writes)

    def close(self) -> None:
        self._store.close()


def _batches(users: int, events: int) -> list[list[StreamRecord]]:
    found = records(events, users)
    return [found[start : start + _BATCH] for start in range(0, len(found), _BATCH)]


def _process(store: OnlineStore, batches: list[list[StreamRecord]]) -> None:
    registry = definitions()
    processor = StreamProcessor(registry, EnvelopeDecoder(registry), [store], _Archive(), _Letters(), "bench")
    for batch in batches:
        report = processor.process(batch)
        if report.error or report.dead:
            raise UnequalError(f"a batch failed: {report}")


Contents = Callable[[], dict[str, bytes]]
"""Gives what a side has left in its store, by key."""


def _ours(batches: list[list[StreamRecord]], url: str) -> Callable[[], Contents]:
    def run() -> Contents:
        if not url:
            recorder = _Recorder()
            _process(recorder, batches)
            return lambda: {write.key: write.value for writes in recorder.calls for write in writes}
        with redis.Redis.from_url(url) as client:
            client.flushall()
        store = RedisStore.from_url(url, timeout_s=30)
        _process(store, batches)
        return lambda: pages_of(url)

    return run


def _floor(batches: list[list[StreamRecord]], url: str) -> Callable[[], Contents]:
    recorder = _Recorder()
    _process(recorder, batches)
    decoder = msgspec.json.Decoder()

    def run() -> Contents:
        for batch in batches:
            for record in batch:
                decoder.decode(record.data)
        if not url:
            kept: dict[str, bytes] = {}
            for writes in recorder.calls:
                for write in writes:
                    kept[write.key] = write.value
            return lambda: kept
        with redis.Redis.from_url(url, socket_timeout=30) as client:
            client.flushall()
            for writes in recorder.calls:
                pipeline = client.pipeline(transaction=False)
                for write in writes:
                    pipeline.set(write.key, write.value, px=write.ttl_s and write.ttl_s * 1000)
                pipeline.execute()
        return lambda: everything(url)

    return run


def pages_of(url: str) -> dict[str, bytes]:
    """What a store of ours holds, without the revisions before the values."""
    return {key: value[_REVISION_BYTES:] for key, value in everything(url).items()}


def everything(url: str) -> dict[str, bytes]:
    """Every key of a Redis, and its value."""
    with redis.Redis.from_url(url, socket_timeout=30) as client:
        keys = sorted(client.scan_iter(count=10_000))
        values = client.mget(keys)
    return {key.decode(): value for key, value in zip(keys, values, strict=True)}


def check(ours: Path, other: Path) -> None:
    """Compare what the two sides left in their stores.

    Raises:
        UnequalError: Some key holds other bytes.
    """
    if ours.read_text() != other.read_text():
        raise UnequalError(f"{other.name}: the stores do not hold the same bytes; {ours} and {other}")


def bench(scale: float, scratch: Path) -> None:
    """Run the stream benchmark."""
    events = round(_EVENTS * scale)
    cases = []
    with redis_server(scratch) as port:
        for where, url in (("memory", ""), ("Redis", f"redis://127.0.0.1:{port}")):
            for users in _USERS:
                arguments = (str(users), str(events), url)
                cases.append(
                    Case(
                        name=f"into {where}, {users:,} users",
                        ours=Side("ours", worker("benchmarks.stream", "ours", *arguments)),
                        floor=Side("floor", worker("benchmarks.stream", "floor", *arguments)),
                        peer=None,
                        check=check,
                        units=events,
                    )
                )
        harness.run("stream", cases, scratch)


def save(result: Contents, file: str) -> None:
    """Write how many keys there are, and a digest of all they hold."""
    digest = hashlib.sha256()
    contents = result()
    for key in sorted(contents):
        digest.update(key.encode() + contents[key])
    Path(file).write_text(f"{len(contents)} {digest.hexdigest()}")


def _main(side: str, users: str, events: str, url: str = "") -> None:
    batches = _batches(int(users), int(events))
    serve((_ours if side == "ours" else _floor)(batches, url), save)


if __name__ == "__main__":
    _main(*sys.argv[1:])
