"""Two regions on this machine: an emulator and a Redis each, filled by the same program, for failover drills.

The single local cloud is another one (`infra.local.cloud`): neither touches the other's processes or files. All that
belongs to the pair lies in one folder, and what a run that was killed has left is ended by the next.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from headwater.errors import LocalCloudError
from infra.local import graph, locks, processes
from infra.local.runner import Progress, Runner
from infra.local.state import FOLDER, ProcessRecord

REGIONS = ("us-east-1", "us-west-2")
ENVIRONMENT = "local"
_SHARDS = 2
"""More than one, since nothing orders events between shards."""

FunctionVariables = Callable[[str], dict[str, str]]
"""By region, more environment for its functions."""


class RegionState(msgspec.Struct, kw_only=True):
    """One region.

    Attributes:
        port: Of the emulator on 127.0.0.1.
        redis_port: Of Redis on 127.0.0.1.
        outputs: Stack outputs, and the endpoint.
        processes: Emulator, Redis and what else is the region's, in the order of their start.
    """

    port: int = 0
    redis_port: int = 0
    outputs: dict[str, Any] = {}
    processes: list[ProcessRecord] = []


class PairState(msgspec.Struct, kw_only=True):
    """Both regions, and processes that are no region's."""

    root: str
    regions: dict[str, RegionState] = {}
    others: list[ProcessRecord] = []


def folder(root: Path) -> Path:
    """Where everything of the pair lies."""
    return root / FOLDER / "pair"


def load(root: Path) -> PairState | None:
    """Read a checkout's pair; None if nothing was started.

    Raises:
        LocalCloudError: The file cannot be read.
    """
    file = folder(root) / "pair.json"
    try:
        return msgspec.json.decode(file.read_bytes(), type=PairState)
    except FileNotFoundError:
        return None
    except msgspec.MsgspecError as error:
        raise LocalCloudError(
            f"state {file}: {error}; end the processes it names, if any, and remove the file"
        ) from error


class Pair:
    """The pair of a checkout, once it is up.

    Args:
        root: The checkout.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = folder(root)
        # Apart, so that they outlive the pair.
        self.logs = root / FOLDER / "logs" / "pair"
        self.state = PairState(root=str(root))

    def region(self, name: str) -> RegionState:
        """State of one region."""
        return self.state.regions[name]

    def start_region(
        self, name: str, variables: dict[str, str], progress: Progress = lambda _type, _name: None
    ) -> None:
        """Start a region's servers, empty, and run the platform's program in it.

        Args:
            name: The region.
            variables: Handed to its functions, beside what the program gives them.
            progress: Told of each resource when it is there.

        Raises:
            LocalCloudError: A server or a resource could not be made.
        """
        made = RegionState()
        self.state.regions[name] = made
        scratch = self.folder / name / "tmp"
        scratch.mkdir(parents=True, exist_ok=True)
        made.redis_port = self._serve(
            name,
            "redis",
            lambda port: processes.redis_command(self.folder / name / "redis", port),
            processes.redis_answers,
            lambda _port: {},
        )
        made.port = self._serve(
            name,
            "emulator",
            lambda _port: processes.emulator_command(self.root),
            processes.emulator_answers,
            lambda port: processes.emulator_environment(port, made.redis_port, scratch) | variables,
        )
        endpoint = f"http://{processes.HOST}:{made.port}"
        made.outputs = {**self._fill(name, endpoint, progress), "endpoint_url": endpoint}
        self.save()

    def start(
        self, name: str, command: list[str], environment: dict[str, str], region: str = ""
    ) -> ProcessRecord:
        """Start a process that belongs to a region, or to none, and ends with it."""
        log = self.logs / f"{region or 'drill'}-{name}.log"
        record = processes.start(name, command, log, environment)
        (self.region(region).processes if region else self.state.others).append(record)
        self.save()
        return record

    def kill_region(self, name: str) -> None:
        """Take a region away, at once and with all that it held."""
        for record in self.region(name).processes:
            processes.kill(record)
        self.region(name).processes.clear()
        self.save()

    def stop(self, record: ProcessRecord) -> None:
        """End one process."""
        processes.stop(record)
        for kept in (self.state.others, *(region.processes for region in self.state.regions.values())):
            if record in kept:
                kept.remove(record)
        self.save()

    def save(self) -> None:
        """Write the state, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        scratch = self.folder / "pair.new"
        scratch.write_bytes(msgspec.json.format(msgspec.json.encode(self.state), indent=2))
        scratch.replace(self.folder / "pair.json")

    def _serve(
        self,
        region: str,
        name: str,
        command: Callable[[int], list[str]],
        answers: Callable[[int], bool],
        environment: Callable[[int], dict[str, str]],
    ) -> int:
        kept = self.region(region).processes

        def started(record: ProcessRecord) -> None:
            kept.append(record)
            self.save()

        return processes.start_server(
            name, command, answers, environment,
            log=self.logs / f"{region}-{name}.log", started=started, ended=kept.remove,
        )  # fmt: skip

    def _fill(self, region: str, endpoint: str, progress: Progress) -> dict[str, Any]:
        # Importing the program takes seconds; whoever only asks for the state does not pay them.
        from infra.stacks.program import program  # noqa: PLC0415

        config = graph.read_config(self.root, ENVIRONMENT) | {
            "headwater:region": region,
            "headwater:arrivalFrom": "stream",
            "headwater:eventShards": str(_SHARDS),
        }
        runner = Runner(endpoint, progress)
        return graph.run(
            program, config, environment=ENVIRONMENT, create=runner.create, call=runner.call
        ).outputs


@contextmanager
def opened(root: Path) -> Iterator[Pair]:
    """An empty pair, for as long as the context is open; what an earlier run has left is ended first.

    Raises:
        LocalCloudError: Another process has it.
    """
    place = folder(root)
    taken = LocalCloudError(f"pair of regions of {root}: another drill is running; wait for it to end")
    with locks.held(place.parent / "pair.lock", taken):
        place.mkdir(parents=True, exist_ok=True)
        _down(root)
        pair = Pair(root)
        shutil.rmtree(pair.logs, ignore_errors=True)
        try:
            pair.save()
            yield pair
        finally:
            _down(root)


def down(root: Path) -> bool:
    """End all that belongs to a checkout's pair, and nothing else.

    Returns:
        False if there was nothing.
    """
    return _down(root)


def _down(root: Path) -> bool:
    found = load(root)
    if found is None:
        return False
    for record in (*found.others, *(one for region in found.regions.values() for one in region.processes)):
        processes.stop(record)
    shutil.rmtree(folder(root))
    return True
