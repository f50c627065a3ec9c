"""The error of the export."""

from headwater.errors import HeadwaterError


class ExportError(HeadwaterError):
    """A resource or property of the program cannot be said in Terraform's terms.

    The message says what was found, what was expected, and what to change.
    """
