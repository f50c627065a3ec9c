"""Environment of the function of figures, read once."""

from typing import NamedTuple

from headwater.settings import Variables
from headwater.stream.figures import Measured


class FiguresSettings(NamedTuple):
    """Whose figures are copied, and where to.

    Attributes:
        of: The other region.
        region: The function's own.
        alarms: Names of the other region's alarms that have to be OK.
    """

    of: Measured
    region: str
    alarms: tuple[str, ...]

    @classmethod
    def read(cls, variables: Variables) -> "FiguresSettings":
        """Read and check.

        Raises:
            SettingsError: A variable is missing; names it.
        """
        return cls(
            of=Measured(
                environment=variables.text("ENVIRONMENT"),
                region=variables.text("OTHER_REGION"),
                stream_function=variables.text("STREAM_FUNCTION"),
                lookup_function=variables.text("LOOKUP_FUNCTION"),
                event_stream=variables.text("EVENT_STREAM"),
                online_table=variables.text("ONLINE_TABLE"),
            ),
            region=variables.text("REGION"),
            alarms=tuple(variables.text("ALARMS").split(",")),
        )
