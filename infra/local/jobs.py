"""New code for jobs that are there already, as an update of the stack would bring it."""

from pathlib import Path

from headwater.environment import Environment
from infra.packaging.job_files import build_job_files


def update_jobs(root: Path, outputs: Environment) -> None:
    """Give every job of a local cloud its newly built files, in the place of those it has.

    Args:
        root: The checkout.
        outputs: Of its local cloud.
    """
    files = build_job_files("local", root)
    fresh = {file.name: file for file in (files.wheel, files.registry, *files.scripts.values())}
    s3, glue = outputs.client("s3"), outputs.client("glue")
    for name in outputs.job_names.values():
        job = glue.get_job(JobName=name)["Job"]
        listed = [job["DefaultArguments"][key] for key in ("--extra-files", "--additional-python-modules")]
        for address in (job["Command"]["ScriptLocation"], *",".join(listed).split(",")):
            bucket, _, key = address.removeprefix("s3://").partition("/")
            file = fresh.get(key.rpartition("/")[2])
            if file:
                s3.put_object(Bucket=bucket, Key=key, Body=file.read_bytes())
