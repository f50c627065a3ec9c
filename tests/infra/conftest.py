"""Each environment's graph in turn."""

import pytest

from tests.infra.graphs import ENVIRONMENTS, Declared, declare_one_region


@pytest.fixture(params=ENVIRONMENTS)
def environment(request: pytest.FixtureRequest) -> str:
    """Each environment in turn."""
    return str(request.param)


@pytest.fixture
def declared(environment: str) -> Declared:
    """The graph of the environment's first region; what two regions are is `test_recovery`."""
    return declare_one_region(environment)
