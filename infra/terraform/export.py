"""``headwater export terraform``: an environment as files that Terraform and OpenTofu read."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from infra.local import graph
from infra.terraform import schema
from infra.terraform.document import Configuration, configuration
from infra.terraform.errors import ExportError
from infra.terraform.recorder import Recorder
from infra.terraform.values import FILES

MAIN = "main.tf.json"


def read(root: Path, environment: str, program: Callable[[], None]) -> Configuration:
    """Run the program for an environment and write down what it declares.

    Args:
        root: The checkout.
        environment: Such as ``prod``.
        program: Declares the platform.

    Raises:
        SettingsError: There is no such environment, or its configuration is wrong.
        ExportError: Something cannot be said in Terraform's terms.
    """
    return of_config(graph.read_config(root, environment), environment, program)


def of_config(config: Mapping[str, str], environment: str, program: Callable[[], None]) -> Configuration:
    """`read` with a configuration at hand."""
    provider = schema.load()
    recorder = Recorder(provider)
    declared = graph.run(program, config, environment=environment, create=recorder.create, call=recorder.call)
    return configuration(declared, recorder.lookups, provider)


def write(found: Configuration, folder: Path) -> Path:
    """Write a configuration and the files it needs into a folder; what an earlier export left there goes.

    Returns:
        The configuration's file.

    Raises:
        ExportError: A file it needs is not there, or the folder cannot be written.
    """
    missing = [str(source) for source in found.files.values() if not source.is_file()]
    if missing:
        raise ExportError(
            f"export into {folder}: needs {', '.join(missing)}, which is not there; build it first"
        )
    file = folder / MAIN
    try:
        shutil.rmtree(folder / FILES, ignore_errors=True)
        (folder / FILES).mkdir(parents=True)
        for place, source in found.files.items():
            shutil.copyfile(source, folder / place)
        file.write_text(json.dumps(found.content, indent=2, ensure_ascii=False) + "\n")
    except OSError as error:
        raise ExportError(f"export into {folder}: {error}; name a folder that can be written") from error
    return file
