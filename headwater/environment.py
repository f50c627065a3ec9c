"""Where an environment's stores and functions are: the stack's outputs, as a file.

`headwater up local` writes the file; for AWS it is what ``pulumi stack output --json`` prints,
kept as ``.headwater/outputs/<environment>.json``.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from headwater.errors import SettingsError

FOLDER = Path(".headwater") / "outputs"
LOCAL_CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
"""What every LocalStack-compatible emulator takes."""


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """Outputs of a stack.

    Attributes:
        redis_url: Of the cache, for whoever writes it; empty: there is no cache.
        redis_reader_url: The same for lookups, as a user who can only read; empty: nobody is told apart.
        athena_workgroup: Where queries of Athena run.
        job_names: What Glue calls each job. Jobs find neither this nor the next two in their own copy.
        machine_arns: State machines that run the jobs.
        job_failure_queue_url: Queue that keeps failures of jobs.
        endpoint_url: Of a local cloud; None: AWS itself.
    """

    environment: str
    region: str
    event_stream_name: str
    archive_stream_name: str
    bucket_name: str
    glue_database: str
    online_table_name: str
    stream_function_name: str
    lookup_function_name: str
    lookup_url: str
    dead_letter_queue_url: str
    redis_url: str = ""
    redis_reader_url: str = ""
    athena_workgroup: str = "primary"
    job_names: dict[str, str] = {}
    machine_arns: dict[str, str] = {}
    job_failure_queue_url: str = ""
    endpoint_url: str | None = None

    @property
    def stores(self) -> tuple[str, ...]:
        """The online stores there are, in the order of lookups; see `settings.STORES`."""
        return ("redis", "dynamodb") if self.redis_url else ("dynamodb",)

    def client(self, service: str, **options: Any) -> Any:
        """A boto3 client of the environment's cloud, in its region."""
        import boto3  # noqa: PLC0415 (heavy, and not for everyone who reads outputs)

        local = {"endpoint_url": self.endpoint_url, **LOCAL_CREDENTIALS} if self.endpoint_url else {}
        # The stubs have one overload a service; here the service is only known at run time.
        make: Callable[..., Any] = boto3.client
        return make(service, region_name=self.region, **local, **options)


def path(root: Path, environment: str) -> Path:
    """Where an environment's outputs are kept."""
    return root / FOLDER / f"{environment}.json"


def load(root: Path, environment: str) -> Environment:
    """Read an environment's outputs.

    Raises:
        SettingsError: There are none, or they are not those of this release's stack.
    """
    file = path(root, environment)
    if not file.is_file():
        raise SettingsError(
            f"environment {environment!r}: no outputs at {file}; run `headwater up local`, or save what "
            f"`pulumi stack output --json -s {environment}` prints there"
        )
    return read(file)


def read(file: Path) -> Environment:
    """Read outputs from a file.

    Raises:
        SettingsError: It is not there, or holds something else than the outputs of this release's stack.
    """
    try:
        return msgspec.json.decode(file.read_bytes(), type=Environment)
    except FileNotFoundError:
        raise SettingsError(
            f"outputs {file}: no such file; save what `pulumi stack output --json` prints there"
        ) from None
    except msgspec.MsgspecError as error:
        raise SettingsError(f"outputs {file}: {error}; bring the environment up with this release") from error
