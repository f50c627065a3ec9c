"""Servers for tests: the same ones, started the same way, as the local cloud's."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3

from headwater.environment import LOCAL_CREDENTIALS
from infra.local import processes

ROOT = Path(__file__).parents[1]


@contextmanager
def redis_server(folder: Path) -> Iterator[int]:
    """Run Redis; gives its port."""
    with _server(
        "redis", folder, lambda port: processes.redis_command(folder, port), processes.redis_answers, {}
    ) as port:
        yield port


@contextmanager
def emulator(folder: Path) -> Iterator[str]:
    """Run the AWS emulator; gives its endpoint."""
    environment = processes.emulator_environment(0, 0, folder)

    def command(port: int) -> list[str]:
        environment["GATEWAY_PORT"] = str(port)
        return processes.emulator_command(ROOT)

    with _server("emulator", folder, command, processes.emulator_answers, environment) as port:
        yield f"http://{processes.HOST}:{port}"


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
