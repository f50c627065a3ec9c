"""The local cloud: the platform's program creates real resources, and nothing is left afterwards."""

import json
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from msgspec import structs

from headwater import environment, registry
from headwater.errors import LocalCloudError
from infra.local import cloud, processes, state
from tests import servers
from tests.e2e.endpoint import held

Checkout = Callable[[], Path]


def _servers(root: Path) -> list[psutil.Process]:
    """Processes that were started for a checkout, and those they started."""
    found = state.load(root)
    leaders = [record.pid for record in found.processes] if found else []
    children = [child for pid in leaders for child in psutil.Process(pid).children(recursive=True)]
    return [psutil.Process(pid) for pid in leaders] + children


def test_the_program_creates_what_it_declares_and_down_leaves_nothing(checkout: Checkout) -> None:
    root = checkout()
    seen: list[str] = []
    made = cloud.up(root, progress=lambda _token, name: seen.append(name))
    outputs = environment.load(root, "local")
    table = outputs.client("dynamodb").describe_table(TableName=outputs.online_table_name)["Table"]
    stream = outputs.client("kinesis").describe_stream_summary(StreamName=outputs.event_stream_name)
    function = outputs.client("lambda").get_function_configuration(FunctionName=outputs.lookup_function_name)
    role = function["Role"].rpartition("/")[2]
    policy = outputs.client("iam").get_role_policy(RoleName=role, PolicyName=role)["PolicyDocument"]
    assert table["KeySchema"] == [{"AttributeName": "k", "KeyType": "HASH"}]
    assert stream["StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE"
    assert function["Environment"]["Variables"]["HEADWATER_REDIS_URL"] == made.redis_url
    assert any("dynamodb:BatchGetItem" in statement["Action"] for statement in policy["Statement"])
    assert (
        outputs.client("glue").get_database(Name=outputs.glue_database)["Database"]["Name"]
        == outputs.glue_database
    )
    created = [resource.name for resource in made.resources if not resource.not_emulated]
    assert sorted(seen) == sorted(created)
    assert [resource.type for resource in made.resources if resource.not_emulated] == []

    running = _servers(root)
    assert cloud.down(root)
    assert [process for process in running if process.is_running()] == []
    assert not cloud.down(root)
    with pytest.raises(LocalCloudError, match="headwater up local"):
        cloud.running(root)


def test_it_can_be_started_with_nothing_in_it_for_others_to_fill(checkout: Checkout) -> None:
    root = checkout()
    made = cloud.start(root)
    assert all(map(processes.is_running, made.processes))
    assert held(lambda service: servers.client(service, made.endpoint_url)) == {}
    with pytest.raises(LocalCloudError, match="not up"):
        cloud.running(root)
    assert cloud.down(root)
    assert not any(map(processes.is_running, made.processes))


def test_up_again_changes_nothing(checkout: Checkout) -> None:
    root = checkout()
    first = cloud.up(root)
    assert cloud.up(root).processes == first.processes


def test_up_after_a_change_of_the_program_starts_afresh(checkout: Checkout) -> None:
    root = checkout()
    first = cloud.up(root)
    yaml = (root / "Pulumi.local.yaml").read_text()
    (root / "Pulumi.local.yaml").unlink()
    (root / "Pulumi.local.yaml").write_text(yaml.replace("lagMs: 60000", "lagMs: 50000"))
    second = cloud.up(root)
    assert second.processes != first.processes
    assert not any(map(processes.is_running, first.processes))


def test_up_after_a_change_of_the_registry_changes_the_functions_and_keeps_the_data(
    checkout: Checkout,
) -> None:
    root = checkout()
    first = cloud.up(root)
    outputs = environment.load(root, "local")
    outputs.client("s3").put_object(Bucket=outputs.bucket_name, Key="kept", Body=b"kept")
    function = {"FunctionName": outputs.lookup_function_name, "Qualifier": "live"}
    before = outputs.client("lambda").get_function_configuration(**function)["CodeSha256"]
    shared = (root / "features").resolve()
    (root / "features").unlink()
    shutil.copytree(shared, root / "features")
    compiled = registry.load(root / "features" / "registry.json")
    changed = structs.replace(compiled, next=compiled)
    (root / "features" / "registry.json").write_bytes(registry.dump(changed))
    assert cloud.up(root).processes == first.processes
    assert outputs.client("lambda").get_function_configuration(**function)["CodeSha256"] != before
    body = outputs.client("s3").get_object(Bucket=outputs.bucket_name, Key="kept")["Body"].read()
    assert body == b"kept"
    request = {"service": "flight_delay", "entities": [{"origin": "JFK", "carrier": "UA", "tailnum": None}]}
    answer = outputs.client("lambda").invoke(**function, Payload=json.dumps(request).encode())
    assert "rows" in json.loads(answer["Payload"].read())


def test_two_checkouts_do_not_meet(checkout: Checkout) -> None:
    first, second = cloud.up(checkout()), cloud.up(checkout())
    assert {first.port, first.redis_port}.isdisjoint({second.port, second.redis_port})
    cloud.down(Path(first.root))
    assert all(map(processes.is_running, second.processes))
    assert cloud.up(Path(second.root)).processes == second.processes


def test_a_server_that_died_is_noticed_and_replaced(checkout: Checkout) -> None:
    root = checkout()
    first = cloud.up(root)
    psutil.Process(first.processes[0].pid).kill()
    psutil.wait_procs([psutil.Process(first.processes[0].pid)], timeout=5)
    with pytest.raises(LocalCloudError):
        cloud.running(root)
    assert all(map(processes.is_running, cloud.up(root).processes))


def test_a_port_that_is_taken_is_passed_over(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind((processes.HOST, 0))
        taken.listen()
        ports = [taken.getsockname()[1]]
        free_port = processes.free_port
        monkeypatch.setattr(processes, "free_port", lambda: ports.pop() if ports else free_port())
        made = cloud.up(checkout())
        assert taken.getsockname()[1] not in {made.port, made.redis_port}


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_an_up_that_is_interrupted_can_be_run_again(checkout: Checkout, sent: signal.Signals) -> None:
    """Ctrl-C stops what was started; after a kill, the next command does."""
    root = checkout()
    script = f"from pathlib import Path; from infra.local import cloud; cloud.up(Path({str(root)!r}))"
    command = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while not (found := state.load(root)) or len(found.processes) < 2:
        assert time.monotonic() < deadline, "the servers were not started"
        time.sleep(0.02)
    command.send_signal(sent)
    command.wait(30)
    if sent == signal.SIGINT:
        assert not any(map(processes.is_running, found.processes))
    made = cloud.up(root)
    assert not any(map(processes.is_running, found.processes))
    assert made.outputs["environment"] == "local"
