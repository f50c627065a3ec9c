"""Runs a Glue job of the local cloud on this machine: its own script, files and arguments, as deployed.

The emulator keeps jobs but only pretends to run those of Spark. Here the script is fetched from where the
job says, the wheel of our code is unpacked, and both run in a process of their own, with Spark on one
machine instead of Glue's workers. What differs from Glue: packages of others come from this checkout's
environment, roles are not enforced, and there is one worker.
"""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import msgspec

from headwater.environment import Environment
from headwater.errors import InputError, LocalCloudError

Told = Callable[[str], None]
"""Told each line that a job writes."""

JARS = Path(".jars") / "feature_store_pyspark"
CLASS_PREFIX = "smfs.shaded."
"""Where those jars have Iceberg's classes."""

MEMORY = "1g"
_MODULES = "--additional-python-modules"
_FILES = "--extra-files"
_KEPT_LINES = 25
_MINUTE_SECONDS = 60.0


class JobRun(NamedTuple):
    """A run that has ended.

    Attributes:
        id: Of the run.
        job_name: What Glue calls the job.
        state: As Glue says it: ``SUCCEEDED``, ``FAILED`` or ``TIMEOUT``.
        exit_code: Of the script.
        error: The last lines it wrote, if it failed.
        seconds: How long it took.
    """

    id: str
    job_name: str
    state: str
    exit_code: int
    error: str
    seconds: float

    def to_glue(self) -> dict[str, Any]:
        """The run as Step Functions gets it from Glue."""
        known = {"Id": self.id, "JobName": self.job_name, "JobRunState": self.state}
        return known | ({"ErrorMessage": self.error} if self.error else {})


class JobExecutor:
    """Runs jobs of one local cloud.

    Args:
        outputs: Of the local cloud.
        root: Checkout with the jars.
        told: Told what the jobs write.

    Raises:
        InputError: The environment is on AWS, where Glue runs its jobs.
        LocalCloudError: There are no jars.
    """

    def __init__(self, outputs: Environment, root: Path, told: Told) -> None:
        if not outputs.endpoint_url:
            raise InputError(
                f"environment {outputs.environment!r}: is on AWS, where Glue runs its jobs; start one there with "
                "`aws glue start-job-run --job-name NAME`"
            )
        self._jars = root / JARS
        if not self._jars.is_dir():
            raise LocalCloudError(f"jars {self._jars}: not there; run `make setup`")
        self._outputs = outputs
        self._told = told
        self._s3 = outputs.client("s3")
        self._glue = outputs.client("glue")

    def run(self, job_name: str, arguments: Mapping[str, str]) -> JobRun:
        """Run a job to its end.

        Args:
            job_name: What Glue calls it.
            arguments: Take the place of the job's own.

        Raises:
            InputError: There is no such job.
        """
        job = self._job(job_name)
        given = {**job["DefaultArguments"], **arguments}
        with tempfile.TemporaryDirectory(prefix="headwater-job-") as scratch:
            folder, site = Path(scratch) / "work", Path(scratch) / "site"
            folder.mkdir()
            script = self._fetch(job["Command"]["ScriptLocation"], folder)
            for address in _listed(given.get(_FILES, "")):
                self._fetch(address, folder)
            for address in _listed(given.get(_MODULES, "")):
                with zipfile.ZipFile(self._fetch(address, Path(scratch))) as wheel:
                    wheel.extractall(site)
            self._add_endpoint(folder / given["--outputs"])
            command = [sys.executable, str(script), *_words(given), *self._local_words(job_name)]
            return self._watch(job_name, command, folder, site, _MINUTE_SECONDS * job["Timeout"])

    def _job(self, job_name: str) -> dict[str, Any]:
        try:
            found: dict[str, Any] = self._glue.get_job(JobName=job_name)["Job"]
        except self._glue.exceptions.EntityNotFoundException as error:
            known = ", ".join(sorted(self._outputs.job_names.values()))
            raise InputError(f"job {job_name!r}: not in the local cloud; it has {known}") from error
        return found

    def _fetch(self, address: str, folder: Path) -> Path:
        bucket, _, key = address.removeprefix("s3://").partition("/")
        file = folder / key.rpartition("/")[2]
        file.write_bytes(self._s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        return file

    def _add_endpoint(self, file: Path) -> None:
        """The stack does not know where the emulator listens; on AWS nobody has to."""
        content = msgspec.json.decode(file.read_bytes())
        file.write_bytes(msgspec.json.encode({**content, "endpoint_url": self._outputs.endpoint_url}))

    def _local_words(self, job_name: str) -> list[str]:
        return [
            *("--JOB_NAME", job_name, "--jars", str(self._jars)),
            *("--class-prefix", CLASS_PREFIX, "--memory", MEMORY),
        ]

    def _watch(
        self, job_name: str, command: Sequence[str], folder: Path, site: Path, most_seconds: float
    ) -> JobRun:
        started = time.monotonic()
        kept: deque[str] = deque(maxlen=_KEPT_LINES)
        late = threading.Event()
        process = subprocess.Popen(
            list(command),
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(site), "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # so that Spark ends with its script
        )

        def stop() -> None:
            late.set()
            _end(process)

        limit = threading.Timer(most_seconds, stop)
        limit.start()
        with process:
            try:
                for line in process.stdout or ():
                    self._told(line.rstrip("\n"))
                    kept.append(line)
                exit_code = process.wait()
            finally:
                limit.cancel()
                _end(process)
        state = "TIMEOUT" if late.is_set() else "FAILED" if exit_code else "SUCCEEDED"
        error = "" if state == "SUCCEEDED" else "".join(kept)
        return JobRun(f"jr_{uuid4().hex}", job_name, state, exit_code, error, time.monotonic() - started)


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)


def _listed(text: str) -> list[str]:
    return [part for part in text.split(",") if part]


def _words(arguments: Mapping[str, str]) -> list[str]:
    return [word for pair in arguments.items() for word in pair]
