"""A lookup zip with features on demand: it carries the functions and NumPy, and computes with them alone."""

import importlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from headwater import registry
from headwater.compiler import compile_services
from headwater.loader import load_services
from infra.packaging.bundle import build_bundle

ROOT = Path(__file__).resolve().parents[2]
DEFINITIONS = '''
import numpy as np

from headwater.definitions import (
    Aggregation, Entity, EventSource, FeatureService, FeatureView, OnDemandView,
)


def share(amount, mean):
    """How much of the usual amount this one is."""
    return np.where(mean == 0, np.nan, amount / mean)


view = FeatureView(
    name="spend",
    entity=Entity(name="user", keys={"user": "string"}),
    source=EventSource(name="tx", columns={"user": "string", "amount": "float64"}),
    features=[Aggregation(column="amount", function="mean", window="1h")],
)
service = FeatureService(
    name="model",
    views=[view],
    on_demand=[
        OnDemandView(
            name="now",
            function=share,
            inputs={"mean": "spend__amount_mean_1h"},
            request={"amount": "float64"},
            outputs={"share": "float64"},
        )
    ],
)
'''
RUN = """
import json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from headwater import registry
from headwater.online.on_demand import OnDemandFeatures
loaded = "numpy" in sys.modules
compiled = registry.load(Path(sys.argv[1]) / "registry.json")
found = OnDemandFeatures(compiled, "model").compute(
    {"spend__amount_mean_1h": [4.0, None, 0.0]}, {"amount": [2.0, 1.0, 1.0]}
)
print(json.dumps({"found": found, "early": loaded}))
"""


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose definitions have a feature on demand."""
    for name in ("headwater", "lambdas", "requirements"):
        (tmp_path / name).symlink_to(ROOT / name)
    package = tmp_path / "ondemand"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "spend.py").write_text(DEFINITIONS)
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    (tmp_path / "features").mkdir()
    (tmp_path / "features" / "registry.json").write_bytes(
        registry.dump(compile_services(load_services("ondemand")))
    )
    return tmp_path


def test_a_zip_computes_features_on_demand_by_itself(checkout: Path) -> None:
    folder = checkout / "unzipped"
    with zipfile.ZipFile(build_bundle("lookup", "local", checkout).path) as archive:
        archive.extractall(folder)
    finished = subprocess.run(
        [sys.executable, "-I", "-S", "-c", RUN, str(folder)],
        capture_output=True,
        text=True,
        env={},
        cwd=folder,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert json.loads(finished.stdout) == {"found": {"now__share": [0.5, None, None]}, "early": False}


def test_only_the_function_that_computes_them_carries_numpy(checkout: Path) -> None:
    with zipfile.ZipFile(build_bundle("stream", "local", checkout).path) as archive:
        assert not [name for name in archive.namelist() if name.startswith(("numpy/", "ondemand/"))]
