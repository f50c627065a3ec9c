"""A checkout small enough to read, with one function and one job in it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[4]

FILES = {
    "pyproject.toml": '[project]\nname = "headwater"\nversion = "1.2.3"\n',
    "feature_jobs/__init__.py": "",
    "feature_jobs/compact.py": "import pyarrow\nfrom headwater import errors\n",
    "features/__init__.py": "",
    "glue_scripts/__init__.py": "",
    "glue_scripts/compact.py": "from feature_jobs import compact\n",
    "features/registry.json": '{"format": 1}\n',
    "headwater/__init__.py": "",
    "headwater/errors.py": "class HeadwaterError(Exception): ...\n",
    "headwater/offline/__init__.py": "",
    "headwater/offline/engine.py": "import pyarrow\n",
    "headwater/online/__init__.py": "",
    "headwater/online/reader.py": (
        "from typing import TYPE_CHECKING\n"
        "import msgspec\n"
        "from headwater import errors\n"
        "if TYPE_CHECKING:\n"
        "    from headwater.offline import engine\n"
        "def read():\n"
        "    from headwater.online.lazy import late\n"
        "    import pyarrow\n"
    ),
    "headwater/online/lazy.py": "late = 1\n",
    "headwater/unused.py": "",
    "lambdas/lookup/handler.py": (
        "from headwater.online.reader import read\n"
        "from lambdas.lookup import settings\n"
        "def handle(event, context): ...\n"
    ),
    "lambdas/lookup/settings.py": "import os\n",
    "lambdas/lookup/notes.py": "",
}


@pytest.fixture
def lay_checkout() -> Callable[[Path], Path]:
    """Return a function that writes the small checkout, with the real locked requirements, and returns it."""

    def lay(root: Path) -> Path:
        for name, content in FILES.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        (root / "requirements").mkdir()
        for name in ("glue.txt", "glue_replica.txt", "lambda.txt", "lambda_local.txt"):
            shutil.copy(CHECKOUT / "requirements" / name, root / "requirements" / name)
        return root

    return lay


@pytest.fixture
def checkout(tmp_path: Path, lay_checkout: Callable[[Path], Path]) -> Path:
    """The small checkout."""
    return lay_checkout(tmp_path / "checkout")
