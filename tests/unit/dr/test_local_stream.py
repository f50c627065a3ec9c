"""What stands in for the event source mapping of an emulated region is told to go on, shard by shard."""

import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from dr.errors import FailoverError
from dr.journal import Journal
from dr.local_stream import LocalStream, restart_of

SHARDS = ("shardId-000000000000", "shardId-000000000001")


def _region(file: Path | None) -> Any:
    kinesis = SimpleNamespace(list_shards=lambda **_asked: {"Shards": [{"ShardId": each} for each in SHARDS]})
    outputs = SimpleNamespace(stream_function_name="stream", event_stream_name="events")
    return SimpleNamespace(
        name="us-east-1", outputs=outputs, restart_file=file, client=lambda _service: kinesis
    )


def test_every_shard_is_told_and_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "home.restart"
    seen: list[str] = []

    def reader(shard_id: str) -> None:
        mine = restart_of(file, shard_id)
        while not mine.exists():
            time.sleep(0.01)
        seen.append(shard_id)
        mine.unlink()

    readers = [threading.Thread(target=reader, args=(shard_id,)) for shard_id in SHARDS]
    for each in readers:
        each.start()
    LocalStream(_region(file)).from_end(Journal(tmp_path / "journal.jsonl", "one-back"))
    for each in readers:
        each.join()
    assert sorted(seen) == list(SHARDS)


def test_outputs_without_the_file_are_told(tmp_path: Path) -> None:
    with pytest.raises(FailoverError, match="found no restart_file"):
        LocalStream(_region(None)).from_end(Journal(tmp_path / "journal.jsonl", "one-back"))
