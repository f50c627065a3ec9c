"""What is known of a checkout's local cloud, in ``.headwater/local.json``."""

from pathlib import Path
from typing import Any

import msgspec

from headwater.errors import LocalCloudError

FOLDER = ".headwater"


class ProcessRecord(msgspec.Struct, frozen=True):
    """A process started for the local cloud; the leader of a session of its own.

    Attributes:
        name: What it is.
        pid: Its process id, also its session's.
        created: When it was started, in seconds since the epoch; tells it from a later process of that id.
    """

    name: str
    pid: int
    created: float


class ResourceRecord(msgspec.Struct, frozen=True):
    """A resource the program declared.

    Attributes:
        component: Type and name of the component it belongs to; empty at the top.
        type: Pulumi type.
        name: Name in the program.
        id: What the cloud calls it.
        not_emulated: Why it was not created; empty if it was.
    """

    component: str
    type: str
    name: str
    id: str
    not_emulated: str = ""


class LocalState(msgspec.Struct, kw_only=True):
    """A local cloud: its processes, and once it is up what the program made in it.

    Attributes:
        root: Checkout it belongs to.
        port: Of the emulator on 127.0.0.1.
        redis_port: Of Redis on 127.0.0.1.
        processes: What was started, in order.
        program: Hash of the program and its configuration; empty until everything is made.
        code: Hash of what its functions were built from.
        outputs: Stack outputs.
        resources: What was declared.
    """

    root: str
    port: int = 0
    redis_port: int = 0
    processes: list[ProcessRecord] = msgspec.field(default_factory=list)
    program: str = ""
    code: str = ""
    outputs: dict[str, Any] = msgspec.field(default_factory=dict)
    resources: list[ResourceRecord] = msgspec.field(default_factory=list)

    @property
    def endpoint_url(self) -> str:
        """Where the emulator listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def redis_url(self) -> str:
        """Where Redis listens."""
        return f"redis://127.0.0.1:{self.redis_port}"


def path(root: Path) -> Path:
    """Where a checkout's state lies."""
    return root / FOLDER / "local.json"


def load(root: Path) -> LocalState | None:
    """Read a checkout's state; None if nothing was started.

    Raises:
        LocalCloudError: The file cannot be read.
    """
    file = path(root)
    try:
        return msgspec.json.decode(file.read_bytes(), type=LocalState)
    except FileNotFoundError:
        return None
    except msgspec.MsgspecError as error:
        raise LocalCloudError(
            f"state {file}: {error}; end the processes it names, if any, and remove the file"
        ) from error


def save(state: LocalState) -> None:
    """Write a state, whole or not at all."""
    file = path(Path(state.root))
    file.parent.mkdir(parents=True, exist_ok=True)
    scratch = file.with_suffix(".new")
    scratch.write_bytes(msgspec.json.format(msgspec.json.encode(state), indent=2))
    scratch.replace(file)


def clear(root: Path) -> None:
    """Forget a checkout's local cloud."""
    path(root).unlink(missing_ok=True)
