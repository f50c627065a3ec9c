"""The zips of the functions, as they will be run.

The local cloud runs functions under an interpreter that has packages of its own, so a dependency that
is missing from a zip goes unnoticed there. Here each zip is alone with the standard library.
"""

import json
import re
import struct
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from infra.packaging.bundle import Bundle, build_bundle, functions
from infra.packaging.wheels import AWS_SERVICES

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = functions(ROOT)
MAX_AWS_BYTES = 12_000_000
HEAVY = {"duckdb", "numpy", "pandas", "pulumi", "pyarrow", "pyspark"}
BOTO3 = {"boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3"}
"""boto3 and what it needs: part of AWS' runtime, so only the local zip carries them."""

BACKPORTS = {"async_timeout", "typing_extensions"}
"""What packages need on a Python older than AWS' runtime."""

ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "eu-west-1",
    "HEADWATER_ARCHIVE_STREAM": "archive",
    "HEADWATER_ARRIVAL_FROM": "stream",
    "HEADWATER_DEAD_LETTER_URL": "http://127.0.0.1:1/letters",
    "HEADWATER_CONSISTENT": "no",
    "HEADWATER_CACHE_ENTRIES": "1000",
    "HEADWATER_CACHE_TTL_MS": "0",
    "HEADWATER_ENVIRONMENT": "test",
    "HEADWATER_ONLINE_TABLE": "online",
    "HEADWATER_REDIS_URL": "redis://127.0.0.1:1",
    "HEADWATER_REGION": "eu-west-1",
    "HEADWATER_SERVED_SAMPLE": "0.5",
    "HEADWATER_SERVED_STREAM": "served",
    "HEADWATER_STORES": "redis,dynamodb",
}
"""What the functions read when they are loaded. Nothing listens at these addresses."""

LOAD = """
import importlib, json, sys
folder, function, *services = sys.argv[1:]
sys.path.insert(0, folder)
handler = importlib.import_module(f"lambdas.{function}.handler")
loaded = sorted({name.partition(".")[0] for name in sys.modules})
import boto3
clients = [boto3.client(service).meta.service_model.service_name for service in services]
outside = [path for path in sys.path if "site-packages" in path]
print(json.dumps({"callable": callable(handler.handle), "loaded": loaded, "clients": clients, "outside": outside}))
"""

_AARCH64 = 183
_SHARED_OBJECT = re.compile(r"\.cpython-3\d+-[a-z0-9_]+-linux-gnu\.so$|\.abi3\.so$|\.so$")


@cache
def _bundle(function: str, target: str) -> Bundle:
    return build_bundle(function, target, ROOT)


def _names(function: str, target: str) -> list[str]:
    with zipfile.ZipFile(_bundle(function, target).path) as archive:
        return archive.namelist()


@cache
def _loaded(function: str, folder: Path) -> dict[str, Any]:
    with zipfile.ZipFile(_bundle(function, "local").path) as archive:
        archive.extractall(folder)
    command = [sys.executable, "-I", "-S", "-W", "error", "-c", LOAD, str(folder), function, *AWS_SERVICES]
    finished = subprocess.run(
        command, capture_output=True, text=True, env=ENVIRONMENT, cwd=folder, timeout=60, check=False
    )
    assert finished.returncode == 0, finished.stderr
    found: dict[str, Any] = json.loads(finished.stdout)
    return found


@pytest.fixture(params=FUNCTIONS)
def function(request: pytest.FixtureRequest) -> str:
    """One function after the other."""
    return str(request.param)


@pytest.fixture
def loaded(function: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What came of loading the handler from its local zip in an interpreter with nothing else."""
    return _loaded(function, tmp_path_factory.getbasetemp() / f"bundle-{function}")


def test_there_are_functions() -> None:
    """Without one, every other test here would run on nothing."""
    assert FUNCTIONS == ["figures", "health", "lookup", "stream"]


def test_the_handler_loads_from_its_zip_alone(loaded: dict[str, Any]) -> None:
    assert (loaded["callable"], loaded["outside"]) == (True, [])


def test_a_cold_import_loads_no_engine(loaded: dict[str, Any]) -> None:
    assert HEAVY.intersection(loaded["loaded"]) == set()


def test_the_local_zip_can_call_each_service_the_functions_use(loaded: dict[str, Any]) -> None:
    assert loaded["clients"] == list(AWS_SERVICES)


def test_both_zips_hold_the_same_files(function: str) -> None:
    """Compared without boto3, which only the local zip carries, and the platform in names of libraries."""

    def comparable(target: str) -> set[str]:
        names = _names(function, target)
        kept = (name for name in names if name.partition("/")[0].removesuffix(".py") not in BOTO3 | BACKPORTS)
        return {_SHARED_OBJECT.sub(".so", name) for name in kept}

    assert comparable("aws") == comparable("local")


def test_libraries_for_aws_are_built_for_its_processor(function: str) -> None:
    path = _bundle(function, "aws").path
    with zipfile.ZipFile(path) as archive:
        heads = {name: archive.read(name)[:20] for name in archive.namelist() if name.endswith(".so")}
    machines = {name: struct.unpack_from("<4s14xH", head) for name, head in heads.items()}
    assert machines
    assert machines == dict.fromkeys(machines, (b"\x7fELF", _AARCH64))


def test_libraries_for_aws_are_built_for_its_python(function: str) -> None:
    libraries = [name for name in _names(function, "aws") if name.endswith(".so")]
    assert [name for name in libraries if ".cpython-313-" not in name and ".abi3." not in name] == []


def test_the_zip_for_aws_is_small(function: str, capsys: pytest.CaptureFixture[str]) -> None:
    sizes = {target: _bundle(function, target).bytes for target in ("aws", "local")}
    with capsys.disabled():
        print(f"\n{function}: {sizes['aws'] / 1e3:,.0f} kB for AWS, {sizes['local'] / 1e3:,.0f} kB locally")
    assert sizes["aws"] <= MAX_AWS_BYTES


def test_the_zip_holds_the_registry_that_was_compiled(function: str) -> None:
    with zipfile.ZipFile(_bundle(function, "local").path) as archive:
        assert archive.read("registry.json") == (ROOT / "features" / "registry.json").read_bytes()
