"""What a failover refuses or fails with; see the tree in `headwater.errors`."""

from headwater.errors import HeadwaterError


class FailoverError(HeadwaterError):
    """A step of a failover was refused or did not succeed; running it again is safe."""
