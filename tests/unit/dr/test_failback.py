"""What an operator does on the way back, one step at a time."""

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dr import comparison, recovery, streams
from dr.comparison import Differing
from dr.errors import FailoverError
from dr.failback import Failback
from dr.failover import Operator, Options
from dr.journal import Journal
from headwater import names
from headwater.online.memory import MemoryStore
from headwater.online.stores import Write
from headwater.stream.processor import Recovered
from tests.buckets import Bucket

SETTLE = recovery.settle_key("epoch-000002")


class _Bucket(Bucket):
    """A bucket whose objects can be written over."""

    def put(self, key: str, content: bytes) -> None:
        """Write an object."""
        self.objects[key] = content


class _Table:
    """DynamoDB of the surviving region: counts revisions, and copies them to the lost one's table."""

    def __init__(self, lost: MemoryStore, *, copies: bool) -> None:
        self.written: list[str] = []
        self._lost = lost
        self._copies = copies

    def update_item(self, *, Key: Any, **_asked: Any) -> dict[str, Any]:  # noqa: N803 (boto3's)
        """Count one up from 5, and copy."""
        key = Key["k"]["S"]
        self.written.append(key)
        if self._copies:
            for _ in range(6):
                [there] = self._lost.read([key])
                self._lost.write([Write(key, b"kept", there.revision if there else 0, None)])
        return {"Attributes": {"r": {"N": "6"}}}


class _World:
    """A failover that is over, and the way back."""

    def __init__(self, folder: Path, *, copies: bool = True) -> None:
        self.folder = folder
        self.bucket = _Bucket()
        outputs = SimpleNamespace(environment="test", online_table_name="online")
        lost_table = MemoryStore()
        self.dynamodb = _Table(lost_table, copies=copies)
        self.lost = SimpleNamespace(name="us-east-1", outputs=outputs, table=lost_table)
        self.survivor = SimpleNamespace(
            name="us-west-2",
            outputs=outputs,
            table=SimpleNamespace(name="dynamodb"),
            bucket=self.bucket,
            client=lambda _service: self.dynamodb,
        )

    def back(self, *, stream_exists: bool = True, producers: int = 0) -> dict[str, Any]:
        """Work of the way back."""
        journal = Journal(self.folder / "journal.jsonl", "one")
        if journal.decided("epoch") is None:
            journal.add("", "decided", epoch=2)
        options = Options(well_until_s=0.0, producers=producers, patience_s=0.2)
        there = Operator(self.lost, self.survivor, journal, None, options)  # type: ignore[arg-type]
        back = Journal(self.folder / "journal.jsonl", "one-back")
        return Failback(there, back, stream_exists=stream_exists).work()


@pytest.fixture
def world(tmp_path: Path) -> _World:
    return _World(tmp_path)


@pytest.mark.parametrize(("stream_exists", "told"), [(True, b"there"), (False, b"gone")])
def test_producers_are_told_whether_the_old_stream_can_be_read(
    world: _World, told: bytes, *, stream_exists: bool
) -> None:
    world.back(stream_exists=stream_exists)["settle"]()
    assert world.bucket.content(SETTLE) == told


def test_that_the_stream_is_gone_may_come_to_light_later(world: _World) -> None:
    """Producers that wait to read it would wait for ever."""
    with pytest.raises(FailoverError, match="producers that settle: not within"):
        world.back(producers=1)["settle"]()
    world.bucket.put(f"{recovery.settled_prefix('epoch-000002')}till", b"[]")
    assert world.back(stream_exists=False, producers=1)["settle"]() == {"producers": ["till"]}
    assert world.bucket.content(SETTLE) == b"gone"


def test_a_stream_that_was_given_up_is_not_read_after_all(world: _World) -> None:
    """What may be on it has been put anew, and would count twice."""
    world.back(stream_exists=False)["settle"]()
    with pytest.raises(FailoverError, match=r"told that it is gone, .* go on with --stream-gone"):
        world.back()["settle"]()
    assert world.bucket.content(SETTLE) == b"gone"


def _differing(monkeypatch: pytest.MonkeyPatch, *found: Differing) -> None:
    monkeypatch.setattr(comparison, "differing", lambda _lost, _survivor: list(found))


def test_what_differs_is_listed_and_the_survivors_value_is_written_once_more(
    world: _World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _differing(monkeypatch, Differing("a", b"late", b"kept"), Differing("b", b"alone", None))
    done = world.back()["reconcile"]()
    assert (done["keys that differed"], done["only in the lost region"]) == (2, 1)
    assert world.dynamodb.written == ["a"]
    listed = (world.folder / done["listed in"]).read_text().splitlines()
    assert len(listed) == 2


def test_what_was_written_once_more_is_waited_for_in_the_lost_region(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _differing(monkeypatch, Differing("a", b"late", b"kept"))
    with pytest.raises(FailoverError, match="copies of what was written again: not within"):
        _World(tmp_path, copies=False).back()["reconcile"]()


class _Recovering:
    """Stands in for the recovery, and notes what it was given."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, streamed: list[Any]) -> None:
        self.found: list[Any] = []
        monkeypatch.setattr(recovery, "gather", lambda *_asked: iter(["archived"]))
        monkeypatch.setattr(recovery, "on_stream", lambda *_asked: iter(streamed))
        monkeypatch.setattr(recovery, "recover", self._recover)

    def _recover(self, _survivor: Any, _name: str, found: Any, _registry: Any) -> tuple[int, Recovered]:
        self.found = list(found)
        return len(self.found), Recovered(0, 0)


@pytest.mark.parametrize(
    ("stream_exists", "found"), [(True, ["archived", "on the stream"]), (False, ["archived"])]
)
def test_the_last_round_reads_the_old_stream_where_there_is_one(
    world: _World, monkeypatch: pytest.MonkeyPatch, found: list[str], *, stream_exists: bool
) -> None:
    recovering = _Recovering(monkeypatch, ["on the stream"])
    assert world.back(stream_exists=stream_exists)["last round"]()["events"] == len(found)
    assert recovering.found == found


class _Stream:
    """Reads from an instant on, and says in which order it was told what."""

    def __init__(self, start_s: int | None) -> None:
        self.start_s = start_s
        self.runs = False

    def from_end(self, _journal: Journal) -> int | None:
        """See `streams.Stream.from_end`."""
        assert not self.runs
        return self.start_s

    def run(self) -> None:
        """See `streams.Stream.run`."""
        self.runs = True


@pytest.mark.parametrize(("start_s", "late"), [(100, 1), (None, 0)], ids=["from an instant", "from its end"])
def test_what_came_before_the_stream_is_read_again_is_recovered_and_what_comes_after_is_not(
    start_s: int | None, late: int, world: _World, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrivals = [SimpleNamespace(arrival_us=99_999_999), SimpleNamespace(arrival_us=100_000_000)]
    recovering = _Recovering(monkeypatch, arrivals)
    stream = _Stream(start_s)
    monkeypatch.setattr(streams, "of", lambda _region: stream)
    assert world.back()["restart stream"]()["late events"] == late
    assert recovering.found == arrivals[:late]
    assert stream.runs


def _moved_long_ago(world: _World) -> None:
    """The failover moved the pointer an hour ago; the survivor's stream keeps half of that."""
    then = Journal(world.folder / "journal.jsonl", "one", clock_s=lambda: time.time() - 3600)
    then.add("", "decided", epoch=2, positions={})
    world.survivor.stream = SimpleNamespace(retention_s=lambda: 1800.0)


def test_pages_are_not_called_whole_when_the_stream_that_would_fill_them_is_gone(world: _World) -> None:
    _moved_long_ago(world)
    with pytest.raises(FailoverError, match=r"is on it no more, .* or go on with --force and the reason"):
        world.back()["give again"]()


def test_the_pointer_is_no_key_that_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    """It moves while it is compared."""
    held = {
        "us-east-1": {names.pointer_key("test"): b"1", "a": b"1"},
        "us-west-2": {names.pointer_key("test"): b"2"},
    }
    monkeypatch.setattr(comparison, "items", lambda region: held[region.name])
    regions: list[Any] = [
        SimpleNamespace(name=name, outputs=SimpleNamespace(environment="test")) for name in held
    ]
    assert comparison.differing(*regions) == [Differing("a", b"1", None)]
