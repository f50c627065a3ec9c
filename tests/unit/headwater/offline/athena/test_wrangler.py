"""The engine on AWS, in an environment without awswrangler; with it, see the end-to-end tests."""

import pytest

from headwater.errors import SettingsError
from headwater.offline.athena.wrangler import AthenaEngine
from tests import servers


def test_without_awswrangler_it_is_said_how_to_have_it() -> None:
    with pytest.raises(SettingsError, match="run `make athena`"):
        AthenaEngine(servers.outputs("any", "http://127.0.0.1:1"))
