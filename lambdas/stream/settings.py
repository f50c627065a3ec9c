"""Environment of the stream function, read once."""

from typing import Literal, NamedTuple, cast

from headwater.settings import STORES, Variables


class StreamSettings(NamedTuple):
    """Where the stream function writes, and whose word it takes for an event's arrival."""

    environment: str
    stores: tuple[str, ...]
    redis_url: str
    online_table: str
    archive_stream: str
    dead_letter_url: str
    arrival_from: Literal["stream", "record"]

    @classmethod
    def read(cls, variables: Variables) -> "StreamSettings":
        """Read and check.

        Raises:
            SettingsError: A variable is missing or wrong; names it.
        """
        stores = variables.choices("STORES", STORES)
        return cls(
            environment=variables.text("ENVIRONMENT"),
            stores=stores,
            redis_url=variables.text("REDIS_URL") if "redis" in stores else "",
            online_table=variables.text("ONLINE_TABLE"),
            archive_stream=variables.text("ARCHIVE_STREAM"),
            dead_letter_url=variables.text("DEAD_LETTER_URL"),
            arrival_from=cast(
                "Literal['stream', 'record']", variables.choices("ARRIVAL_FROM", ("stream", "record"))[0]
            ),
        )
