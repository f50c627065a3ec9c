"""The one error of the packaging room.

It is not in `headwater.errors` because nothing outside this room can meet it: a bundle is built, or
the deployment stops here.
"""

from headwater.errors import HeadwaterError


class PackagingError(HeadwaterError):
    """A function's bundle cannot be built, or would not run where it is going."""
