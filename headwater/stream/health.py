"""What health checks ask a region, from outside and without a signature: two paths, and no answer but a status.

``/health``: can lookups be answered here? ``/leads``: do producers write here, by the pointer of this region's own table?
The second is how an operator moves lookups together with producers: whoever asks the region that was moved to
hears of it, and nobody has to reach the one that is lost.
"""

import time
from collections.abc import Sequence
from typing import NamedTuple

from headwater import names
from headwater.errors import CorruptValueError, UnavailableError
from headwater.online.stores import OnlineStore
from headwater.stream import pointer

_YES, _NO, _UNKNOWN_PATH, _CANNOT_TELL = 200, 404, 404, 503
_PATIENCE_S = 1.0
"""Route 53 waits two seconds for an answer."""


class HealthAnswer(NamedTuple):
    """What one check is told.

    Attributes:
        status: HTTP status: 200 is yes, anything else is no.
        reason: Why the region cannot tell; empty: it can. For its own log: a check is told the status alone.
    """

    status: int
    reason: str = ""


class RegionHealth:
    """Answers for one region.

    Args:
        stores: What lookups read; each has to answer. The last one also has the pointer.
        environment: Environment the stores belong to.
        region: The region.
    """

    def __init__(self, stores: Sequence[OnlineStore], environment: str, region: str) -> None:
        self._stores = stores
        self._environment = environment
        self._region = region

    def answer(self, path: str) -> HealthAnswer:
        """Answer a check.

        Args:
            path: `names.HEALTH_PATH` or `names.LEADS_PATH`.
        """
        if path == names.HEALTH_PATH:
            return self._health()
        return self._leads() if path == names.LEADS_PATH else HealthAnswer(_UNKNOWN_PATH)

    def _health(self) -> HealthAnswer:
        key = names.pointer_key(self._environment)
        for store in self._stores:
            try:
                if store.load([key], time.monotonic() + _PATIENCE_S).unread:
                    return HealthAnswer(_CANNOT_TELL, f"{store.name}: not read within {_PATIENCE_S:g} s")
            except UnavailableError as error:
                return HealthAnswer(_CANNOT_TELL, str(error))
        return HealthAnswer(_YES)

    def _leads(self) -> HealthAnswer:
        try:
            found = pointer.read({self._region: self._stores[-1]}, self._environment)
        except (UnavailableError, CorruptValueError) as error:
            return HealthAnswer(_CANNOT_TELL, str(error))
        # Held back on the way to a region, producers have not arrived there yet.
        leads = found is not None and found.open and found.region == self._region
        return HealthAnswer(_YES if leads else _NO)
