"""The servers of both regions behind gates, filled by the program, and which of them can be reached from where."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from dr import plain_caches, regions
from dr.local.gates import HOST, Gate, Gates, Mode
from dr.regions import Region
from infra.local import pair
from infra.local.pair import Pair


class _Ports:
    """The gates of a region: three from outside, and one that its own functions reach DynamoDB by."""

    def __init__(self, gates: Gates) -> None:
        self.aws = gates.add(0)
        self.dynamodb = gates.add(0)
        self.redis = gates.add(0)
        self.inner_dynamodb = gates.add(0)

    @property
    def outer(self) -> tuple[Gate, Gate, Gate]:
        """Those from outside."""
        return self.aws, self.dynamodb, self.redis


class Places:
    """Two places for regions; a region is built in one, lost, and built again.

    Args:
        up: The pair, empty.
        say: Told what is going on.
    """

    def __init__(self, up: Pair, say: Callable[[str], None]) -> None:
        self._pair = up
        self._say = say
        self._gates = Gates()
        self._ports = {name: _Ports(self._gates) for name in pair.REGIONS}

    def build(self, name: str) -> None:
        """Start a region, empty, and fill it by the program."""
        self._say(f"filling {name}")
        ports = self._ports[name]
        inner = f"http://127.0.0.1:{ports.inner_dynamodb.port}"
        self._pair.start_region(name, {"AWS_ENDPOINT_URL_DYNAMODB": inner})
        made = self._pair.region(name)
        for gate, target in zip(
            (*ports.outer, ports.inner_dynamodb),
            (made.port, made.port, made.redis_port, made.port),
            strict=True,
        ):
            gate.target = target
            self._gates.turn(gate, "open")
        inside = self.inside(name)
        _write(inside, made.outputs)
        outside = {
            "endpoint_url": f"http://127.0.0.1:{ports.aws.port}",
            "dynamodb_url": f"http://127.0.0.1:{ports.dynamodb.port}",
            "redis_url": f"redis://127.0.0.1:{ports.redis.port}",
            "redis_reader_url": f"redis://127.0.0.1:{ports.redis.port}",
            "restart_file": str(self._restart_file(name)),
        }
        _write(self._pair.folder / "outputs" / f"{name}.json", made.outputs | outside)
        _stop_mapping(regions.read(inside))
        command = [
            sys.executable,
            "-m",
            "dr.local.mapping",
            str(inside),
            "TRIM_HORIZON",
            str(self._restart_file(name)),
        ]
        self._pair.start("mapping", command, environment(), region=name)

    def inside(self, name: str) -> Path:
        """File with a region's outputs as they are inside: no gate is on the way."""
        return self._pair.folder / "inside" / f"{name}.json"

    def _restart_file(self, name: str) -> Path:
        """File that tells a region's mapping to go on from the end of its stream."""
        return self._pair.folder / f"{name}.restart"

    def seen(self) -> dict[str, Region]:
        """Both regions as they are seen from outside."""
        return regions.load(self._pair.root, pair.ENVIRONMENT, self._pair.folder / "outputs")

    def turn(self, name: str, mode: Mode) -> None:
        """Cut a region off, or let it be reached again; inside, it lives on."""
        for gate in self._ports[name].outer:
            self._gates.turn(gate, mode)

    def turn_dynamodb(self, name: str, mode: Mode) -> None:
        """Let DynamoDB alone fail in a region, inside and outside, or work again."""
        for gate in (self._ports[name].dynamodb, self._ports[name].inner_dynamodb):
            self._gates.turn(gate, mode)

    def hold_writes(self, name: str, mode: Mode) -> None:
        """Let a region's function fail to reach its table, or reach it again; all else of the region works."""
        self._gates.turn(self._ports[name].inner_dynamodb, mode)

    def stall_cache(self, site: Region) -> None:
        """Let a region's cache hear nothing more of the one that it follows; it keeps and answers what it has."""
        silent = self._gates.add(0)
        self._gates.turn(silent, "silent")
        plain_caches.follow_at(site, HOST, silent.port)

    def close(self) -> None:
        """Shut every gate."""
        self._gates.close()


def environment() -> dict[str, str]:
    """Environment variables of what runs beside the regions: nobody's credentials or settings."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "PYTHON", "HEADWATER_"))
    }
    return kept | {"PYTHONUNBUFFERED": "1"}


def _stop_mapping(site: Region) -> None:
    client = site.client("lambda")
    for mapping in client.list_event_source_mappings(FunctionName=site.outputs.stream_function_name)[
        "EventSourceMappings"
    ]:
        client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)


def _write(file: Path, content: dict[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(msgspec.json.encode(content))
