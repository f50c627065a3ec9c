"""The platform by the Pulumi CLI: the program as it is deployed, in a local cloud, with its state on this disk.

Deselected where there is no CLI, and the run says so. The CLI downloads the AWS provider the first time.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pulumi.automation import (
    EngineEvent,
    LocalWorkspaceOptions,
    OpType,
    Stack,
    create_or_select_stack,
)

from infra.local import graph
from infra.preview.recording import record
from infra.preview.retained import Left, left
from infra.stacks.program import program
from tests import servers
from tests.e2e.emulator_gaps import FORGOTTEN
from tests.e2e.endpoint import held

ROOT = Path(__file__).parents[2]
_SHARED = (
    *("__main__.py", ".venv", "pyproject.toml", "requirements"),
    *("headwater", "infra", "lambdas", "features", "feature_jobs", "glue_scripts"),
)
_WRITTEN = ("Pulumi.yaml", "Pulumi.local.yaml")
"""What the CLI may write into."""

pytestmark = pytest.mark.slow


class _Life(NamedTuple):
    """A stack from its first update to its end.

    Attributes:
        outputs: Put out by the first update.
        changed: What the second one did, as ``operation type name``.
        known: URNs that the stack still knows after it was destroyed.
        held: What the emulator still holds then.
        expected: What is to stay.
    """

    outputs: dict[str, Any]
    changed: list[str]
    known: list[str]
    held: dict[str, list[Any]]
    expected: list[Left]


def _stack(folder: Path, endpoint_url: str) -> Stack:
    for name in _SHARED:
        (folder / name).symlink_to(ROOT / name)
    for name in _WRITTEN:
        shutil.copy(ROOT / name, folder / name)
    state = folder / "state"
    state.mkdir()
    return create_or_select_stack(
        "local",
        work_dir=str(folder),
        opts=LocalWorkspaceOptions(
            env_vars={
                "AWS_ENDPOINT_URL": endpoint_url,
                "PULUMI_BACKEND_URL": state.as_uri(),
                "PULUMI_CONFIG_PASSPHRASE": "of this test alone",
            }
        ),
    )


def _into(changed: list[str]) -> Callable[[EngineEvent], None]:
    """Notes what an update does, but for what it leaves as it is."""

    def note(event: EngineEvent) -> None:
        if event.resource_pre_event and event.resource_pre_event.metadata.op is not OpType.SAME:
            step = event.resource_pre_event.metadata
            changed.append(f"{step.op.value} {step.type} {step.urn.rpartition('::')[2]}")

    return note


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory, emulator: str) -> _Life:
    """The life of the local environment's stack."""
    stack = _stack(tmp_path_factory.mktemp("checkout"), emulator)
    changed: list[str] = []
    try:
        outputs = {name: output.value for name, output in stack.up(on_output=print).outputs.items()}
        servers.client("s3", emulator).put_object(Bucket=outputs["bucket_name"], Key="a/b", Body=b"c")
        stack.up(on_output=print, on_event=_into(changed))
    finally:
        stack.destroy(on_output=print)
    deployment = stack.export_stack().deployment or {}
    expected = left(record(ROOT, "local", program), emulated=True)
    print("retained:", *expected, sep="\n")
    return _Life(
        outputs,
        changed,
        [resource["urn"] for resource in deployment.get("resources", [])],
        held(lambda service: servers.client(service, emulator)),
        expected,
    )


def test_an_update_puts_out_what_commands_ask_an_environment_by(life: _Life, emulator: str) -> None:
    assert life.outputs["environment"] == "local"
    assert life.outputs["endpoint_url"] == emulator
    config = graph.read_config(ROOT, "local")
    assert life.outputs["region"] == config["headwater:region"]


def test_a_second_update_changes_nothing_but_what_the_emulator_forgets(life: _Life) -> None:
    """Steps of the second update: those of other types have no excuse, and are shown."""
    assert [step for step in life.changed if step.split(" ")[1] not in FORGOTTEN] == []


def test_nothing_is_known_of_the_stack_after_it_was_destroyed(life: _Life) -> None:
    assert [urn for urn in life.known if "pulumi:pulumi:Stack" not in urn] == []


def test_nothing_is_left_but_what_is_retained(life: _Life) -> None:
    assert life.expected == []
    assert life.held == {}
