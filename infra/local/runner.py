"""Creates each resource of a program for real in a local cloud."""

import threading
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from headwater.environment import LOCAL_CREDENTIALS
from headwater.errors import LocalCloudError, NotSupportedLocallyError
from infra.local.handlers import (  # noqa: F401 (importing a file registers its handlers)
    athena,
    budgets,
    cloudwatch,
    dynamodb,
    elasticache,
    glue,
    iam,
    kinesis,
    kms,
    lambda_,
    messaging,
    s3,
    scheduler,
    ssm,
    stepfunctions,
)
from infra.local.handlers.registry import HANDLERS, Cloud
from infra.local.not_emulated import NOT_EMULATED

Progress = Callable[[str, str], None]
"""Told the type and name of each resource when it is there."""

_CALLER = "aws:index/getCallerIdentity:getCallerIdentity"


class Runner:
    """Creates resources and answers provider functions, in any region of one emulator.

    Args:
        endpoint_url: Where the emulator listens.
        progress: Told of each resource.
    """

    def __init__(self, endpoint_url: str, progress: Progress) -> None:
        self._endpoint_url = endpoint_url
        self._progress = progress
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    def create(
        self, token: str, name: str, region: str, inputs: dict[str, Any]
    ) -> tuple[str, dict[str, Any]]:
        """Create one resource.

        Raises:
            NotSupportedLocallyError: There is no handler for its type.
            LocalCloudError: The emulator refused it.
        """
        if token in NOT_EMULATED:
            return f"not-emulated-{name}", {}
        handler = HANDLERS.get(token)
        if handler is None:
            raise NotSupportedLocallyError(
                f"resource {name!r} of type {token}: the local runner cannot create this type; add a handler in "
                "infra/local/handlers, or the type with its reason to infra/local/not_emulated.py"
            )
        try:
            created = handler(Cloud(lambda service: self._client(service, region), region), inputs)
        except (BotoCoreError, ClientError, KeyError) as error:
            raise LocalCloudError(
                f"resource {name!r} of type {token}: the local cloud refused it: {error!r}; "
                "run `headwater down local` before trying again"
            ) from error
        self._progress(token, name)
        return created.id, created.outputs

    def call(self, token: str, region: str, _arguments: dict[str, Any]) -> dict[str, Any]:
        """Answer a provider's function.

        Raises:
            NotSupportedLocallyError: It is not one the platform uses.
        """
        if token != _CALLER:
            raise NotSupportedLocallyError(
                f"provider function {token}: the local runner cannot answer it; add it to infra/local/runner.py"
            )
        identity = self._client("sts", region).get_caller_identity()
        return {"accountId": identity["Account"], "arn": identity["Arn"], "userId": identity["UserId"]}

    def _client(self, service: str, region: str) -> Any:
        with self._lock:
            if (service, region) not in self._clients:
                # The stubs have one overload a service; here the service is only known at run time.
                make: Callable[..., Any] = boto3.client
                self._clients[service, region] = make(
                    service,
                    endpoint_url=self._endpoint_url,
                    region_name=region,
                    config=Config(retries={"total_max_attempts": 2}),
                    **LOCAL_CREDENTIALS,
                )
            return self._clients[service, region]
