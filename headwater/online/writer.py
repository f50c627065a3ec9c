"""Writes changes into the pages of one online store, each exactly once.

Pages are read, changed and written back on the condition that nobody wrote in between. A lost
race or a write of unknown outcome is repeated from the read: the page says what it already holds.
"""

from collections.abc import Mapping, Sequence
from itertools import batched

from headwater import names, windows
from headwater.errors import ConflictError, UnknownOutcomeError
from headwater.online import pages
from headwater.online.changes import PageRef
from headwater.online.pages import Change, Page
from headwater.online.stores import OnlineStore, Stored, Write
from headwater.registry import Registry, ViewSpec
