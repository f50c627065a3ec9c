"""Feast, in an environment of its own, made when it is first needed."""

import hashlib
import subprocess
import sys
from pathlib import Path

import uv
from rich.console import Console

from benchmarks.harness import ROOT, ROUNDS, Side

_ENVIRONMENT = ROOT / ".peers" / "feast"
_REQUIREMENTS = ROOT / "requirements" / "feast.txt"


def feast(store: str, data: Path) -> Side | None:
    """Feast's historical retrieval with an offline store; None, and why, if it cannot be had.

    Args:
        store: ``duckdb``, or ``dask``, which is what it uses by default.
        data: Folder with events and labels.
    """
    python = feast_python()
    if python is None:
        return None
    command = [str(python), str(ROOT / "benchmarks" / "feast_side.py"), store, str(data)]
    # Dask joins every label with every event of its entity before it chooses: minutes, and most of the memory.
    heavy = store == "dask"
    return Side(f"Feast 0.67 ({store})", command, rounds=1 if heavy else ROUNDS, alone=heavy)


def feast_python() -> Path | None:
    """Interpreter of Feast's environment; None, and why, if it cannot be had."""
    python = _ENVIRONMENT / "bin" / "python"
    wanted = hashlib.sha256(_REQUIREMENTS.read_bytes()).hexdigest()
    stamp = _ENVIRONMENT / ".installed"
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    installer = uv.find_uv_bin()
    commands = (
        [installer, "venv", "--quiet", "--clear", str(_ENVIRONMENT), "--python", sys.executable],
        [
            *(installer, "pip", "install", "--quiet", "--python", str(python)),
            *("--require-hashes", "--requirements", str(_REQUIREMENTS)),
        ],
    )
    for command in commands:
        finished = subprocess.run(command, check=False, capture_output=True, text=True)
        if finished.returncode:
            Console().print(f"no peer: Feast could not be installed: {finished.stderr.strip()[-500:]}")
            return None
    stamp.write_text(wanted)
    return python
