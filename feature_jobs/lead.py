"""Whether a region leads: producers write there, by the pointer of its own online store."""

from headwater.environment import Environment
from headwater.errors import LeadingError
from headwater.online.stores import OnlineStore
from headwater.settings import open_environment
from headwater.stream import pointer


class Lead:
    """Of one region.

    Args:
        store: The region's own. No other region's is asked: one that is lost would not answer.
        environment: Environment it belongs to.
        region: The region.
    """

    def __init__(self, store: OnlineStore, environment: str, region: str) -> None:
        self._store = store
        self._environment = environment
        self._region = region

    def check(self) -> None:
        """Pass where the region follows another one, or no pointer was ever set.

        Raises:
            LeadingError: It leads.
            UnavailableError: The store does not answer.
        """
        found = pointer.standing([self._store], self._environment)
        if found is not None and found.region == self._region:
            raise LeadingError(
                f"tables in {self._region}: producers write here, by epoch {found.epoch} of the pointer, so they follow "
                "no other region; they follow again when producers are back there"
            )


def lead_of(outputs: Environment) -> Lead:
    """By the region's table: it has the pointer as it was last written there, or copied from the other region."""
    [table] = open_environment(outputs, consistent=True, stores=["dynamodb"])
    return Lead(table, outputs.environment, outputs.region)
