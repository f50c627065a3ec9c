"""Servers for tests: the same ones, started the same way, as the local cloud's."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import psutil
import redis
from msgspec.structs import fields

from headwater.environment import LOCAL_CREDENTIALS, Environment
from infra.local import processes

ROOT = Path(__file__).parents[1]
_SLOTS = 16_384


@contextmanager
def redis_server(folder: Path) -> Iterator[int]:
    """Run Redis; gives its port."""
    with _server(
        "redis", folder, lambda port: processes.redis_command(folder, port), processes.redis_answers, {}
    ) as port:
        yield port


@contextmanager
def redis_cluster(folder: Path, shards: int = 3) -> Iterator[list["Shard"]]:
    """Run a Redis cluster of primaries that share the slots out evenly."""
    with ExitStack() as stack:
        found = [stack.enter_context(_shard(folder / f"shard-{number}")) for number in range(shards)]
        _join([shard.port for shard in found])
        yield found


class Shard(NamedTuple):
    """One server of a cluster."""

    port: int
    process: psutil.Process


@contextmanager
def _shard(folder: Path) -> Iterator[Shard]:
    cluster = ["--cluster-enabled", "yes", "--cluster-require-full-coverage", "no"]

    def command(port: int) -> list[str]:
        return [*processes.redis_command(folder, port), *cluster]

    # The servers talk to one another 10,000 ports above, which must be there.
    port = next(port for port in iter(processes.free_port, None) if port + 10_000 < 65_536)
    folder.mkdir(parents=True)
    record = processes.start("redis", command(port), folder / "log", {})
    try:
        if not processes.wait_until_ready(record, port, processes.redis_answers, folder / "log"):
            raise RuntimeError(f"a shard ended right after its start: {(folder / 'log').read_text()}")
        yield Shard(port, psutil.Process(record.pid))
    finally:
        processes.stop(record)


def _join(ports: list[int]) -> None:
    # redis has no types for commands of a cluster's administration.
    clients: list[Any] = [redis.Redis(processes.HOST, port) for port in ports]
    edges = [_SLOTS * number // len(ports) for number in range(len(ports) + 1)]
    for client, first, end in zip(clients, edges[:-1], edges[1:], strict=True):
        client.execute_command("CLUSTER ADDSLOTS", *range(first, end))
        client.execute_command("CLUSTER MEET", processes.HOST, ports[0])
    deadline_s = time.monotonic() + 30
    while not all(_is_whole(client.execute_command("CLUSTER INFO"), len(ports)) for client in clients):
        if time.monotonic() > deadline_s:
            raise RuntimeError("the cluster did not come together within 30 s")
        time.sleep(0.05)
    for client in clients:
        client.close()


def _is_whole(info: dict[str, str], shards: int) -> bool:
    return (
        info["cluster_state"] == "ok"
        and info["cluster_slots_ok"] == str(_SLOTS)
        and info["cluster_known_nodes"] == str(shards)
    )


@contextmanager
def emulator(folder: Path) -> Iterator[str]:
    """Run the AWS emulator; gives its endpoint."""
    environment = processes.emulator_environment(0, 0, folder)

    def command(port: int) -> list[str]:
        environment["GATEWAY_PORT"] = str(port)
        return processes.emulator_command(ROOT)

    with _server("emulator", folder, command, processes.emulator_answers, environment) as port:
        yield f"http://{processes.HOST}:{port}"


def outputs(name: str, endpoint_url: str) -> Environment:
    """Outputs of an environment that has a bucket and a database of one name, and nothing else."""
    values: dict[str, Any] = {each.name: "none" for each in fields(Environment) if each.required}
    values |= {"region": "us-east-1", "bucket_name": name, "glue_database": name}
    return Environment(**values, endpoint_url=endpoint_url)


def client(service: str, endpoint_url: str) -> Any:
    """A boto3 client of the emulator."""
    make: Callable[..., Any] = boto3.client
    return make(service, endpoint_url=endpoint_url, region_name="us-east-1", **LOCAL_CREDENTIALS)


def create_online_table(client: Any, name: str) -> None:
    """Create a table shaped like the online store's."""
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


@contextmanager
def _server(
    name: str,
    folder: Path,
    command: Callable[[int], list[str]],
    ready: Callable[[int], bool],
    environment: dict[str, str],
) -> Iterator[int]:
    log = folder / f"{name}.log"
    port = processes.free_port()
    record = processes.start(name, command(port), log, environment)
    try:
        if not processes.wait_until_ready(record, port, ready, log):
            raise RuntimeError(f"{name} ended right after its start; its log: {log.read_text()}")
        yield port
    finally:
        processes.stop(record)
