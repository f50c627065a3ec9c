"""Jobs and state machines in the local cloud: the scripts really run, the emulator does the rest."""

import io
import json
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import typer
from msgspec import structs
from typer.testing import CliRunner

from headwater import environment, registry
from headwater.environment import Environment
from headwater.instants import to_text, to_us
from headwater.offline.event_log import open_event_log
from headwater.offline.point_in_time import training_set
from headwater.offline.types import INSTANT
from headwater.windows import Bounds
from infra.local import cloud, job_commands
from infra.local.job_executor import JobExecutor
from infra.local.machine_runs import MachineRunner

ROOT = Path(__file__).parents[2]
START = datetime(2024, 5, 1, tzinfo=UTC)
TEAM = "flight-operations"
IDS = [f"flight-{number}" for number in range(5)]

pytestmark = pytest.mark.usefixtures("spark_jars")


@pytest.fixture
def outputs(platform: Path) -> Environment:
    """Outputs of the platform."""
    return environment.load(platform, "local")


def _break(outputs: Environment, job: str, **arguments: str) -> None:
    """Deploy a job with arguments that will not do."""
    glue = outputs.client("glue")
    found = glue.get_job(JobName=outputs.job_names[job])["Job"]
    given = found["DefaultArguments"] | {
        f"--{name.replace('_', '-')}": text for name, text in arguments.items()
    }
    update = {"Role": found["Role"], "Command": found["Command"], "DefaultArguments": given}
    glue.update_job(JobName=outputs.job_names[job], JobUpdate=update)


def _empty(outputs: Environment, job: str) -> None:
    """Give a job a script that does nothing, for a test of what comes after it."""
    glue, key = outputs.client("glue"), "jobs/scripts/nothing.py"
    outputs.client("s3").put_object(Bucket=outputs.bucket_name, Key=key, Body=b"print('nothing to do')")
    found = glue.get_job(JobName=outputs.job_names[job])["Job"]
    command = found["Command"] | {"ScriptLocation": f"s3://{outputs.bucket_name}/{key}"}
    glue.update_job(JobName=outputs.job_names[job], JobUpdate={"Role": found["Role"], "Command": command})


def _put_departures(outputs: Environment) -> None:
    """Put events on the stream, and wait until they have landed."""
    for number, name in enumerate(IDS):
        event = {
            "source": "departures",
            "event_id": name,
            "event_time": to_text(to_us(START + timedelta(hours=number))),
            "data": {"origin": "JFK", "carrier": "UA", "dep_delay": float(number)},
        }
        outputs.client("kinesis").put_record(
            StreamName=outputs.event_stream_name, Data=json.dumps(event).encode(), PartitionKey=name
        )
    deadline_s = time.monotonic() + 60
    while _landed(outputs) < len(IDS):
        assert time.monotonic() < deadline_s, "the events have not landed within a minute"
        time.sleep(0.2)


def _landed(outputs: Environment) -> int:
    s3 = outputs.client("s3")
    objects = s3.list_objects_v2(Bucket=outputs.bucket_name, Prefix="landing/").get("Contents", [])
    bodies = [s3.get_object(Bucket=outputs.bucket_name, Key=item["Key"])["Body"].read() for item in objects]
    return sum(len(body.splitlines()) for body in bodies)


def _messages(outputs: Environment, url: str) -> list[dict[str, Any]]:
    found = outputs.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [json.loads(message["Body"]) for message in found.get("Messages", [])]


@pytest.mark.slow
def test_what_has_landed_is_in_the_event_log_when_the_machine_has_run(outputs: Environment) -> None:
    _put_departures(outputs)
    told: list[str] = []
    executor = JobExecutor(outputs, ROOT, told.append)
    done = MachineRunner(outputs, executor, told.append).run("materialize", {})
    assert (done.status, done.error) == ("SUCCEEDED", ""), "\n".join(told)
    assert [line for line in told if line.startswith("->")] == ["-> Ingest", "-> Materialize"]
    log = open_event_log(outputs, registry.load(ROOT / "features" / "registry.json"))
    day = Bounds(to_us(START) - 1, to_us(START + timedelta(days=1)))
    rows = log.read("departures", ["event_id", "dep_delay"], day).sort_by("event_id").to_pylist()
    assert rows == [{"event_id": name, "dep_delay": float(number)} for number, name in enumerate(IDS)]
    assert _landed(outputs) == 0
    assert _messages(outputs, outputs.job_failure_queue_url) == []


def test_a_job_that_fails_is_tried_again_then_kept_told_and_the_execution_fails(outputs: Environment) -> None:
    _break(outputs, "compact", keep_days="never")
    topic = outputs.client("sns").list_topics()["Topics"][0]["TopicArn"]
    heard = outputs.client("sqs").create_queue(QueueName="heard")["QueueUrl"]
    outputs.client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{outputs.region}:000000000000:heard"
    )
    told: list[str] = []
    executor = JobExecutor(outputs, ROOT, told.append)
    done = MachineRunner(outputs, executor, told.append).run("compact", {"why": "by hand"})

    assert (done.status, done.error) == ("FAILED", "States.TaskFailed")
    assert told.count("   failed: States.TaskFailed") == 3
    entered = [line for line in told if line.startswith("->")]
    assert entered == ["-> Compact", "-> KeepFailure", "-> TellFailure", "-> Failed"]
    [kept] = _messages(outputs, outputs.job_failure_queue_url)
    assert (kept["input"], kept["error"]) == ({"why": "by hand"}, "States.TaskFailed")
    assert kept["execution"] == done.arn
    cause = json.loads(kept["cause"])
    assert (cause["JobName"], cause["JobRunState"]) == (outputs.job_names["compact"], "FAILED")
    assert "invalid int value: 'never'" in cause["ErrorMessage"]
    [message] = _messages(outputs, heard)
    assert message["Subject"] == f"{kept['machine']} failed"
    assert "invalid int value" in message["Message"]


def test_an_input_reaches_the_job_it_is_for(outputs: Environment) -> None:
    """The machine passes on what may be an instant, and the script refuses one without an offset."""
    _empty(outputs, "ingest")
    told: list[str] = []
    executor = JobExecutor(outputs, ROOT, told.append)
    done = MachineRunner(outputs, executor, told.append).run("backfill", {"cutover": "2024-05-01T00:00:00"})
    entered = [line for line in told if line.startswith("->")]
    assert entered[:4] == ["-> CheckInput", "-> ReadInput", "-> Ingest", "-> Backfill"]
    assert "'2024-05-01T00:00:00'" in done.cause


@pytest.mark.slow
def test_a_training_set_is_built_by_the_machine_of_a_team_in_its_folders(outputs: Environment) -> None:
    _put_departures(outputs)
    told: list[str] = []
    executor = JobExecutor(outputs, ROOT, told.append)
    assert executor.run(outputs.job_names["ingest"], {}).state == "SUCCEEDED", "\n".join(told)
    labels = pa.table(
        {
            "origin": ["JFK"],
            "dest": ["JFK"],
            "carrier": ["UA"],
            "tailnum": ["N1"],
            "event_time": pa.array([START + timedelta(hours=4, minutes=30)], INSTANT),
        }
    )
    s3, body = outputs.client("s3"), io.BytesIO()
    pq.write_table(labels, body)
    s3.put_object(Bucket=outputs.bucket_name, Key=f"labels/{TEAM}/may/one.parquet", Body=body.getvalue())
    old = f"training/{TEAM}/may-1/old.parquet"
    s3.put_object(Bucket=outputs.bucket_name, Key=old, Body=b"of an earlier run")

    given = {"service": "flight_delay", "labels": "may", "out": "may-1", "mode": "as_happened"}
    done = MachineRunner(outputs, executor, told.append).run(f"training_set-{TEAM}", given)

    assert (done.status, done.error) == ("SUCCEEDED", ""), "\n".join(told)
    entered = [line for line in told if line.startswith("->")]
    assert entered == ["-> CheckInput", "-> ReadInput", "-> TrainingSet"]
    found = s3.list_objects_v2(Bucket=outputs.bucket_name, Prefix=f"training/{TEAM}/may-1/")["Contents"]
    keys = [item["Key"] for item in found if item["Key"].endswith(".parquet")]
    assert old not in keys
    made = pa.concat_tables(
        pq.read_table(io.BytesIO(s3.get_object(Bucket=outputs.bucket_name, Key=key)["Body"].read()))
        for key in keys
    )
    compiled = registry.load(ROOT / "features" / "registry.json")
    log = open_event_log(outputs, compiled)
    expected = training_set(labels, compiled, "flight_delay", log, mode="as_happened")
    assert made.to_pylist() == expected.to_pylist()
    assert any(value for name, value in made.to_pylist()[0].items() if "departures" in name)


_ASKED = {"service": "flight_delay", "labels": "may", "out": "may-1"}
_REFUSED = {
    "labels of another team": ({**_ASKED, "labels": "../risk/may"}, "labels"),
    "any of several folders": ({**_ASKED, "labels": "{may,june}"}, "labels"),
    "an address": ({**_ASKED, "out": "s3://elsewhere/out/"}, "out"),
    "a folder like an argument": ({**_ASKED, "out": "--team"}, "out"),
    "arguments in a value": ({**_ASKED, "tag": "a --extra-py-files s3://mine/code.py"}, "tag"),
    "a line break at the end": ({**_ASKED, "labels": "may\n"}, "labels"),
    "what is too long": ({**_ASKED, "labels": "m" * 65}, "labels"),
    "a number": ({**_ASKED, "labels": 5}, "labels"),
    "nothing for what has to be there": ({"labels": "may", "out": "may-1"}, "service"),
    "another team": ({**_ASKED, "team": "risk"}, "team"),
    "an argument of the job": ({**_ASKED, "--extra-py-files": "s3://mine/code.py"}, "--extra-py-files"),
    "a list": ([], "service, labels, out"),
}


def test_an_input_that_is_more_than_plain_words_is_refused_by_name_before_a_job_is_asked_for(
    outputs: Environment,
) -> None:
    told: list[str] = []
    executor = JobExecutor(outputs, ROOT, told.append)
    runner = MachineRunner(outputs, executor, told.append)
    for what, (given, wrong) in _REFUSED.items():
        told.clear()
        done = runner.run(f"training_set-{TEAM}", given)  # type: ignore[arg-type]  # one of them is no object
        assert (done.status, done.error) == ("FAILED", "Headwater.InputRefused"), what
        assert f"found {wrong} wrong or missing" in done.cause, what
        assert [line for line in told if line.startswith("->")] == ["-> CheckInput", "-> InputRefused"], what
    assert _messages(outputs, outputs.job_failure_queue_url) == []


@pytest.mark.parametrize(("words", "code"), [(["--keep-days", "never"], 2), (["--keep-days"], 1)])
def test_the_exit_code_of_the_command_is_that_of_the_job(
    platform: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], code: int
) -> None:
    monkeypatch.setattr(job_commands, "ROOT", platform)
    app = typer.Typer()
    job_commands.register(app)
    assert CliRunner().invoke(app, ["job", "compact", "--", *words]).exit_code == code


def test_up_again_gives_jobs_the_registry_that_is_there_now(checkout: Callable[[], Path]) -> None:
    root = checkout()
    cloud.up(root)
    outputs = environment.load(root, "local")
    shared = (root / "features").resolve()
    (root / "features").unlink()
    shutil.copytree(shared, root / "features")
    file = root / "features" / "registry.json"
    compiled = registry.load(file)
    file.write_bytes(registry.dump(structs.replace(compiled, next=compiled)))
    cloud.up(root)
    deployed = outputs.client("s3").get_object(Bucket=outputs.bucket_name, Key="jobs/registry.json")
    assert deployed["Body"].read() == file.read_bytes()
