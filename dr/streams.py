"""The stream function of a region: stopped, and let go on from the end of its stream.

On the way back nothing may be read twice: what the old stream holds was recovered in lanes of its own, of which the
stream function's own positions tell nothing. So what reads the stream has to begin behind all that.
"""

from typing import Protocol

from dr.event_source import EventSource
from dr.journal import Journal
from dr.local_stream import LocalStream
from dr.regions import Region


class Stream(Protocol):
    """Whatever delivers a region's stream to its function. All of it may be done again."""

    def stop(self) -> None:
        """Let the function run no more; what runs, ends by itself."""

    def wait_until_idle(self) -> None:
        """Wait until nothing of what ran when it was stopped can run any more."""

    def from_end(self, journal: Journal) -> int | None:
        """Let the stream be read from behind its last record on; the function is stopped, and nobody writes the stream.

        Args:
            journal: Of the way back.

        Returns:
            The instant from which on it is read, in seconds since the epoch; None: from its end, or it is empty.

        Raises:
            HeadwaterError: It cannot be done now.
        """

    def run(self) -> None:
        """Let the function run again."""


def of(region: Region) -> Stream:
    """What delivers a region's stream."""
    return LocalStream(region) if region.is_local else EventSource(region)
