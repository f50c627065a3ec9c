"""The platform as it is deployed, with files that are named and not built: quick, and the same whatever their versions."""

from pathlib import Path

import pulumi

from headwater import registry
from infra.components.job_specs import JOBS
from infra.packaging.bundle import REGISTRY
from infra.packaging.job_files import FOLLOWER_REQUIREMENTS, JobFiles, locked
from infra.stacks import configuration
from infra.stacks.platform import platform_stack

ROOT = Path(__file__).resolve().parents[2]


def program() -> None:
    """Declare the platform."""
    files = JobFiles(
        scripts={spec.name: Path(f"{spec.name}.py") for spec in JOBS},
        packages=tuple(Path(f"{name}.whl") for name in sorted(locked(ROOT))),
        follower_packages=tuple(Path(f"{name}.whl") for name in sorted(locked(ROOT, FOLLOWER_REQUIREMENTS))),
        wheel=Path("headwater.whl"),
        registry=Path("registry.json"),
    )
    platform_stack(
        configuration.read(),
        lambda function: pulumi.FileArchive(f"{function}.zip"),
        files,
        registry.load(ROOT / REGISTRY),
    )
