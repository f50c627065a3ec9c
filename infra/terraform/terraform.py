"""Runs terraform in a folder: with a provider from a mirror on this disk where there is one, else from its registry."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from infra.terraform.errors import ExportError

PROVIDER = "hashicorp/aws"
VERSION = "~> 5.100"
"""Releases of the provider that an export is for, and is judged by."""

HOW_TO_INSTALL = (
    "install Terraform 1.5 or later from developer.hashicorp.com/terraform/install, so that `terraform version` answers; "
    "`terraform init` then downloads the provider, or takes it from a folder named by HEADWATER_TERRAFORM_MIRROR"
)

_MIRROR = "HEADWATER_TERRAFORM_MIRROR"
_MIRROR_PLACES = ("/opt/*", "/usr/share/*/plugins", "/usr/local/share/*/plugins")
_SHOWN_CHARACTERS = 2000


def installed() -> bool:
    """Whether there is a terraform on this machine."""
    return shutil.which("terraform") is not None


def requirement() -> dict[str, Any]:
    """The ``terraform`` block: what a configuration is for."""
    return {
        "required_version": ">= 1.5",
        "required_providers": {"aws": {"source": PROVIDER, "version": VERSION}},
    }


class Terraform:
    """Terraform in one folder.

    Args:
        folder: Holds the configuration.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._environment = _environment(folder)

    @classmethod
    @contextmanager
    def for_schema(cls) -> Iterator["Terraform"]:
        """In a folder of its own, with nothing but the provider."""
        with tempfile.TemporaryDirectory() as folder:
            content = json.dumps({"terraform": requirement()})
            (Path(folder) / "main.tf.json").write_text(content)
            made = cls(Path(folder))
            made.initialize()
            yield made

    def initialize(self) -> None:
        """Make the provider available.

        Raises:
            ExportError: It cannot be had.
        """
        self._run("init", "-backend=false", "-input=false", "-no-color")

    def schemas(self) -> dict[str, Any]:
        """Everything that the provider says of its types."""
        found = json.loads(self._run("providers", "schema", "-json").stdout)["provider_schemas"]
        return next(schema for source, schema in found.items() if source.endswith(f"/{PROVIDER}"))

    def provider_version(self) -> str:
        """Version of the provider that `initialize` chose."""
        found = json.loads(self._run("version", "-json").stdout)["provider_selections"]
        return next(str(version) for source, version in found.items() if source.endswith(f"/{PROVIDER}"))

    def validate(self) -> list[dict[str, Any]]:
        """Errors that the provider finds without asking a cloud."""
        found = json.loads(self._run("validate", "-json", allowed=(0, 1)).stdout)
        return [each for each in found["diagnostics"] if each["severity"] == "error"]

    def events(self, *command: str) -> list[dict[str, Any]]:
        """What a command such as ``plan`` tells while it works; it may fail, and says so in its events."""
        lines = self._run(*command, "-json", "-input=false", allowed=(0, 1)).stdout.splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def changes(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """What a plan would do to each resource, by the state as it was written last, and what was told meanwhile."""
        with tempfile.TemporaryDirectory() as scratch:
            file = str(Path(scratch) / "plan")
            events = self.events("plan", "-refresh=false", "-lock=false", f"-out={file}")
            if not Path(file).is_file():
                return [], events
            found: list[dict[str, Any]] = json.loads(self._run("show", "-json", file).stdout)[
                "resource_changes"
            ]
            return found, events

    def _run(self, *command: str, allowed: tuple[int, ...] = (0,)) -> subprocess.CompletedProcess[str]:
        binary = shutil.which("terraform")
        if binary is None:
            raise ExportError(f"terraform: not on this machine; {HOW_TO_INSTALL}")
        done = subprocess.run(
            [binary, *command],
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in allowed:
            said = (done.stderr or done.stdout)[-_SHOWN_CHARACTERS:]
            raise ExportError(
                f"terraform {command[0]} in {self._folder}: ended with {done.returncode}: {said}"
            )
        return done


def _environment(folder: Path) -> Mapping[str, str]:
    """Of ours, without what would lead terraform to another configuration, or to a real account."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "AWS_"))}
    settings = os.environ.get("TF_CLI_CONFIG_FILE", "")
    mirror = _mirror()
    if mirror is not None:
        file = folder.resolve() / ".terraformrc"
        file.write_text(
            f"provider_installation {{\n  filesystem_mirror {{ path = {json.dumps(str(mirror))} }}\n}}\n"
        )
        settings = str(file)
    if Path(settings).is_file():
        kept["TF_CLI_CONFIG_FILE"] = settings
    # Neither questions to the maker's server, nor hints for a person to type.
    return kept | {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}


def _mirror() -> Path | None:
    """Folder on this disk that has the provider as ``<host>/hashicorp/aws``; None: there is none."""
    named = os.environ.get(_MIRROR)
    places = (
        [Path(named)] if named else [found for place in _MIRROR_PLACES for found in Path("/").glob(place[1:])]
    )
    return next((place for place in places if place.is_dir() and any(place.glob(f"*/{PROVIDER}"))), None)
