"""The executor of jobs, on scripts that show what they were given; Glue and S3 are moto's."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from msgspec import structs

from headwater.environment import Environment
from headwater.errors import InputError, LocalCloudError
from infra.local import job_executor
from infra.local.job_executor import JARS, JobExecutor
from tests.servers import outputs as outputs_of

_SHOWS = """
import json, os, sys
from pathlib import Path
import shown_module
print(json.dumps({"words": sys.argv[1:], "files": sorted(map(str, Path().iterdir())), "module": shown_module.VALUE}))
print(Path("outputs.json").read_text())
"""


class _AtMoto(Environment, frozen=True, kw_only=True):
    """An environment whose clients are moto's, although it says where a local cloud listens."""

    def client(self, service: str, **_options: Any) -> Any:
        make: Callable[..., Any] = boto3.client
        return make(service, region_name="us-east-1")


class _Cloud:
    """A job, its files, and an executor that runs it."""

    def __init__(self, root: Path) -> None:
        self.lines: list[str] = []
        self._s3 = boto3.client("s3", region_name="us-east-1")
        self._s3.create_bucket(Bucket="bucket")
        wheel = io.BytesIO()
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr("shown_module.py", "VALUE = 'from the wheel'")
        self.put("jobs/ours.whl", wheel.getvalue())
        self.put("jobs/outputs.json", b'{"region": "us-east-1"}')
        self.put("jobs/registry.json", b"{}")
        (root / JARS).mkdir(parents=True)
        known = structs.asdict(outputs_of("bucket", "http://127.0.0.1:9"))
        outputs = _AtMoto(**known | {"job_names": {"shows": "the-job"}})
        self.executor = JobExecutor(outputs, root, self.lines.append)

    def put(self, key: str, content: bytes) -> None:
        self._s3.put_object(Bucket="bucket", Key=key, Body=content)

    def create(self, script: str) -> None:
        self.put("jobs/scripts/shows.py", script.encode())
        boto3.client("glue", region_name="us-east-1").create_job(
            Name="the-job",
            Role="role",
            Timeout=5,
            Command={"Name": "glueetl", "ScriptLocation": "s3://bucket/jobs/scripts/shows.py"},
            DefaultArguments={
                "--outputs": "outputs.json",
                "--extra-files": "s3://bucket/jobs/outputs.json,s3://bucket/jobs/registry.json",
                "--additional-python-modules": "s3://bucket/jobs/ours.whl",
                "--keep-days": "7",
            },
        )


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[_Cloud]:
    """A cloud with the files of a job."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        yield _Cloud(tmp_path)


def _pairs(words: list[str]) -> dict[str, str]:
    return dict(zip(words[::2], words[1::2], strict=True))


def test_the_deployed_script_gets_its_files_its_wheel_and_its_arguments(cloud: _Cloud) -> None:
    cloud.create(_SHOWS)
    run = cloud.executor.run("the-job", {})
    assert (run.state, run.exit_code, run.error) == ("SUCCEEDED", 0, "")
    shown = json.loads(cloud.lines[0])
    assert shown["module"] == "from the wheel"
    assert shown["files"] == ["outputs.json", "registry.json", "shows.py"]
    given = _pairs(shown["words"])
    assert (given["--keep-days"], given["--JOB_NAME"]) == ("7", "the-job")


def test_arguments_of_the_run_take_the_place_of_the_jobs_own(cloud: _Cloud) -> None:
    cloud.create(_SHOWS)
    cloud.executor.run("the-job", {"--keep-days": "3"})
    assert _pairs(json.loads(cloud.lines[0])["words"])["--keep-days"] == "3"


def test_the_script_is_told_where_the_local_cloud_listens(cloud: _Cloud) -> None:
    cloud.create(_SHOWS)
    cloud.executor.run("the-job", {})
    assert json.loads(cloud.lines[1]) == {"region": "us-east-1", "endpoint_url": "http://127.0.0.1:9"}


def test_a_script_that_fails_is_a_failed_run_with_its_exit_code_and_last_words(cloud: _Cloud) -> None:
    cloud.create("import sys; print('almost'); sys.exit(3)")
    run = cloud.executor.run("the-job", {})
    assert (run.state, run.exit_code, run.error) == ("FAILED", 3, "almost\n")
    assert run.to_glue()["JobRunState"] == "FAILED"
    assert run.to_glue()["ErrorMessage"] == "almost\n"


def test_a_script_that_does_not_end_is_ended_at_the_jobs_limit(
    cloud: _Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_executor, "_MINUTE_SECONDS", 0.2)
    cloud.create("import time; print('waits', flush=True); time.sleep(600)")
    run = cloud.executor.run("the-job", {})
    assert run.state == "TIMEOUT"
    assert run.seconds < 60


def test_a_job_that_is_not_there_is_an_error_that_names_those_that_are(cloud: _Cloud) -> None:
    with pytest.raises(InputError, match="it has the-job"):
        cloud.executor.run("another", {})


def test_jobs_of_an_environment_on_aws_are_left_to_glue(tmp_path: Path) -> None:
    aws: Environment = structs.replace(outputs_of("b", ""), endpoint_url=None)
    with pytest.raises(InputError, match="aws glue start-job-run"):
        JobExecutor(aws, tmp_path, print)


def test_a_checkout_without_jars_is_told_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(LocalCloudError, match="make setup"):
        JobExecutor(outputs_of("b", "http://127.0.0.1:9"), tmp_path, print)
