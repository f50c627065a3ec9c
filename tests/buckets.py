"""A bucket for tests."""


class Bucket:
    """Objects in memory."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def keys(self, prefix: str) -> list[str]:
        """See `recovery.Objects.keys`."""
        return sorted(key for key in self.objects if key.startswith(prefix))

    def content(self, key: str) -> bytes:
        """See `recovery.Objects.content`."""
        return self.objects[key]

    def create(self, key: str, content: bytes) -> bool:
        """See `recovery.Objects.create`."""
        if key in self.objects:
            return False
        self.objects[key] = content
        return True
