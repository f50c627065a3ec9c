"""The stream function of an emulated region, whose event source mapping is a process of ours (`dr.local.mapping`)."""

from pathlib import Path

from dr.errors import FailoverError
from dr.journal import Journal
from dr.regions import Region
from dr.waiting import wait

_PATIENCE_S = 30.0
_POLL_S = 0.1


class LocalStream:
    """See `streams.Stream`.

    Args:
        region: The region.
    """

    def __init__(self, region: Region) -> None:
        self._region = region
        self._function = region.outputs.stream_function_name

    def stop(self) -> None:
        """See `streams.Stream.stop`."""
        self._region.client("lambda").put_function_concurrency(
            FunctionName=self._function, ReservedConcurrentExecutions=0
        )

    def wait_until_idle(self) -> None:
        """See `streams.Stream.wait_until_idle`: it waits for each answer, and asks for nothing while it is refused."""

    def from_end(self, _journal: Journal) -> int | None:
        """See `streams.Stream.from_end`."""
        file = self._region.restart_file
        if file is None:
            raise FailoverError(
                f"outputs of {self._region.name}: found no restart_file, expected the file by which the drill's mapping is "
                "told to go on from the end of the stream; bring the pair up again"
            )
        shards = self._region.client("kinesis").list_shards(StreamName=self._region.outputs.event_stream_name)
        files = [restart_of(file, shard["ShardId"]) for shard in shards["Shards"]]
        for each in files:
            each.touch()
        wait(
            "the mapping at the end of the stream",
            lambda: not any(each.exists() for each in files),
            _PATIENCE_S,
            _POLL_S,
        )
        return None

    def run(self) -> None:
        """See `streams.Stream.run`."""
        self._region.client("lambda").delete_function_concurrency(FunctionName=self._function)


def restart_of(file: Path, shard_id: str) -> Path:
    """File by whose presence one shard's reader is told to go on from its end; the reader removes it.

    >>> restart_of(Path("home.restart"), "shardId-000000000001").name
    'home.restart.shardId-000000000001'
    """
    return file.with_name(f"{file.name}.{shard_id}")
