"""Where label rows of a training set lie and where it goes: folders of a team in the bucket, or any."""

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from feature_jobs import arguments
from feature_jobs.landing import BucketLanding
from headwater import names
from headwater.environment import Environment
from headwater.errors import InputError


class Folders(NamedTuple):
    """Folders as Spark opens them."""

    labels: str
    out: str


def add_to(made: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    made.add_argument("--labels", required=True, help="folder of Parquet files")
    made.add_argument("--out", required=True, help="folder to write; what is there is replaced")
    made.add_argument("--team", default="", help="--labels and --out are names of this team's folders")


@contextmanager
def opened(given: argparse.Namespace) -> Iterator[Folders]:
    """Folders that the arguments name. Whoever says whose they are, the job reads and writes no others.

    The job's role reaches the folders of every team, so that it is here, and by the state machine that fixes the
    team, that one of them cannot name those of another.

    Raises:
        InputError: A name could lead out of the team's folders, or there are no label rows.
        SettingsError: A team was given, and no environment.
    """
    if not given.team:
        yield Folders(given.labels, given.out)
        return
    labels = names.team_folder(names.labels_prefix(), given.team, given.labels)
    out = names.team_folder(names.training_prefix(), given.team, given.out)
    outputs, copied = arguments.outputs_of(given), arguments.is_local(given)
    landing = BucketLanding(outputs.client("s3"), outputs.bucket_name, copied=copied)
    found = landing.keys(labels)
    if not found:
        raise InputError(
            f"labels s3://{outputs.bucket_name}/{labels}: nothing is there; put Parquet files with the label rows there"
        )
    with landing.readable(found) as base:
        if not copied:
            yield Folders(f"{base}{labels}", f"{base}{out}")
            return
        with tempfile.TemporaryDirectory(prefix="headwater-training-") as folder:
            yield Folders(f"{base}{labels}", folder)
            _replace(landing, outputs, out, Path(folder))


def _replace(landing: BucketLanding, outputs: Environment, prefix: str, folder: Path) -> None:
    """Put what was written on this machine where it belongs, in the place of what was there."""
    landing.remove(landing.keys(prefix))
    for file in sorted(folder.glob("[!.]*")):
        outputs.client("s3").put_object(
            Bucket=outputs.bucket_name, Key=f"{prefix}{file.name}", Body=file.read_bytes()
        )
