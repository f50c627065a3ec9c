"""Which metadata files of the source were committed: writers that came second leave some behind that never were.

The source's catalog knows the newest. What a metadata file names as its predecessors was committed too, for nobody
builds on anything else, not even who came second. When the source is lost, that and what its catalog said in
earlier runs has to do: of a newest file that nothing names, nobody can say whether it was committed.
"""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from headwater.offline.replica.move import Move
from headwater.offline.replica.objects import Objects
from headwater.offline.replica.states import State, number_of, parse

_THREADS = 8
_MOST_READ = 64
"""Files that are read when the source is lost, of each kind. A metadata file names up to a hundred before it."""


def named_by(newest: State) -> list[str]:
    """Paths of committed metadata files, newest first, of the one that the source's catalog says is newest."""
    return [newest.path, *newest.predecessors]


def remember(newest: State, move: Move, objects: Objects, own: Mapping[str, int]) -> None:
    """Keep in the target which metadata file is the newest, for when the source cannot be asked."""
    key = f"{_folder(move)}{newest.path.rpartition('/')[2]}"
    if key not in own:
        objects.write(key, newest.path.encode())


def known_without_source(
    move: Move, objects: Objects, arrived: Iterable[str], own: Iterable[str]
) -> list[str]:
    """Paths of metadata files that were committed for certain, newest first, as far as the target can tell."""
    metadata = tuple(f"{prefix}metadata/" for prefix in move.arrivals)
    newest = _newest(key for key in arrived if key.startswith(metadata))
    remembered = _newest(key for key in own if key.startswith(_folder(move)))
    with ThreadPoolExecutor(_THREADS) as threads:
        contents = threads.map(objects.read, newest)
        states = [parse(move.of(key), content) for key, content in zip(newest, contents, strict=True)]
        found = {content.decode() for content in threads.map(objects.read, remembered)}
    for state in states:
        found.update(state.predecessors)
    # Others are of the target itself, from when it was the source, or of a bucket that was the source before.
    return sorted(filter(move.is_of_source, found), key=number_of, reverse=True)


def _newest(keys: Iterable[str]) -> list[str]:
    return sorted((key for key in keys if number_of(key) >= 0), key=number_of, reverse=True)[:_MOST_READ]


def _folder(move: Move) -> str:
    return f"{move.own}committed/"
