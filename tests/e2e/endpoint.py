"""The emulator that end-to-end tests run against when the environment names one, the way users of LocalStack do."""

import io
import os
import zipfile
from collections.abc import Callable, Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from botocore.exceptions import BotoCoreError, ClientError
from localstack_client import config
from localstack_client.session import Session

VARIABLES = ("AWS_ENDPOINT_URL", "LOCALSTACK_HOST")
"""What names it; see the documentation of localstack-client."""

_RESETS = ("/_ministack/reset", "/_localstack/state/reset")
_ASKED: dict[str, str] = {
    "athena": "list_work_groups",
    "cloudwatch": "list_dashboards",
    "dynamodb": "list_tables",
    "elasticache": "describe_replication_groups",
    "firehose": "list_delivery_streams",
    "glue": "get_databases",
    "iam": "list_roles",
    "kinesis": "list_streams",
    "kms": "list_keys",
    "logs": "describe_log_groups",
    "s3": "list_buckets",
    "scheduler": "list_schedules",
    "sns": "list_topics",
    "sqs": "list_queues",
    "ssm": "describe_parameters",
    "stepfunctions": "list_state_machines",
}
"""A question to each service of the platform that an emulator which has it answers."""

_HELD = {
    "s3": ("list_buckets", "Buckets"),
    "dynamodb": ("list_tables", "TableNames"),
    "kinesis": ("list_streams", "StreamNames"),
    "lambda": ("list_functions", "Functions"),
}
"""Where somebody's work would be seen."""


def named() -> "Endpoint | None":
    """The emulator that the environment names; None: tests start one of their own."""
    return Endpoint() if any(os.environ.get(variable) for variable in VARIABLES) else None


def held(client: Callable[[str], Any]) -> dict[str, list[Any]]:
    """What an emulator holds that somebody may miss, by service.

    Args:
        client: Returns the boto3 client of a service there.
    """
    found = {}
    for service, (question, answer) in _HELD.items():
        try:
            there = getattr(client(service), question)()[answer]
        except ClientError:
            continue  # what it does not offer, it does not hold; `Endpoint.lacking` tells
        if there:
            found[service] = there
    return found


class Endpoint:
    """An emulator that somebody else started, where the environment says.

    Attributes:
        url: Where it listens.
    """

    def __init__(self) -> None:
        self.url: str = config.get_service_endpoints()["s3"]
        self._session = Session(aws_access_key_id="test", aws_secret_access_key="test")

    def client(self, service: str) -> Any:
        """A boto3 client of it."""
        return self._session.client(service)

    def lacking(self) -> dict[str, str]:
        """Services of the platform that it does not offer, with what it says."""
        found = dict(self._refusals())
        refused = self._refuses_functions()
        return found | ({"lambda": refused} if refused else {})

    def _refusals(self) -> Iterator[tuple[str, str]]:
        for service, question in _ASKED.items():
            try:
                getattr(self.client(service), question)()
            except (BotoCoreError, ClientError) as error:
                yield service, str(error)

    def _refuses_functions(self) -> str:
        """Why a function that returns 1 does not run there; empty if it does."""
        client = self.client("lambda")
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("probe.py", "def handle(event, context):\n    return 1\n")
        try:
            client.create_function(
                FunctionName="probe",
                Runtime="python3.11",
                Role="arn:aws:iam::000000000000:role/probe",
                Handler="probe.handle",
                Code={"ZipFile": code.getvalue()},
            )
            client.get_waiter("function_active_v2").wait(FunctionName="probe")
            answer = client.invoke(FunctionName="probe")["Payload"].read().decode()
            client.delete_function(FunctionName="probe")
        except (BotoCoreError, ClientError) as error:
            return str(error)
        return "" if answer == "1" else f"a function answered {answer!r}, expected '1'"

    def empty(self) -> None:
        """Have it forget everything.

        Raises:
            RuntimeError: It has no such request.
        """
        for path in _RESETS:
            request = Request(self.url + path, method="POST")  # noqa: S310 (the endpoint that was named)
            try:
                with urlopen(request, timeout=30):  # noqa: S310 (the same)
                    return
            except HTTPError:
                continue
        raise RuntimeError(
            f"{self.url}: answers none of {', '.join(_RESETS)}, so tests cannot start afresh there"
        )


def check(endpoint: Endpoint, give_up: Callable[[str], Any], skip: Callable[[str], Any]) -> None:
    """Refuse an emulator that holds somebody's work, and pass over one that lacks a service.

    Args:
        endpoint: The emulator.
        give_up: Told why nothing may run there.
        skip: Told what it lacks.
    """
    there = held(endpoint.client)
    if there:
        places = ", ".join(f"{len(things)} of {service}" for service, things in there.items())
        give_up(
            f"{endpoint.url}: holds {places}, and end-to-end tests empty it before and after; name an empty one in "
            f"{' or '.join(VARIABLES)}, or none"
        )
    lacking = endpoint.lacking()
    if lacking:
        reasons = "; ".join(f"{service}: {reason}" for service, reason in lacking.items())
        skip(f"{endpoint.url} lacks {reasons}")
