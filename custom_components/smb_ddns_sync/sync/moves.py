"""Finds what was renamed or moved on a side, and files it under its new path.

A path that is gone and a path that is new are one file if the side says the same id for both, and
kind, size and time are those that the base knows: an id that was given to another file is no
rename. Folders have neither size nor time, so at least one thing in them must be the same, too.

After that the rows read as if the other side and the base had it at the new path already; the
entry of the other side and the place in the base still say where it is. What the planner makes of
it is one rename, and what was edited besides is an edit at the new path.

The other side must still have it at the old path and nothing at the new one: what both sides
renamed, each in its own way, are two new names of one content, and nothing is lost.
"""

from typing import TYPE_CHECKING, Any, Final

from .base import KIND_NUMBER, from_key, to_key
from .delta import ABSENT, AS_BASE, PRESENT, Obstacle
from .endpoint import Kind, RelPath
from .names import fold, join, name_of, parent
from .side import Side

if TYPE_CHECKING:
    from collections.abc import Iterator
    import sqlite3

    from .delta import Delta

_FOLDER: Final = KIND_NUMBER[Kind.FOLDER]

# `x` is the side that moved something, `o` the other one.
_PAIRS: Final = """
SELECT gone.path, new.path, coalesce(gone.{o}_path, gone.path) FROM delta AS gone
JOIN delta AS new ON new.{x}_id = gone.b{x}_id AND new.{x}_kind = gone.b_kind
WHERE gone.{x} = {absent} AND gone.b{x}_id <> 0 AND gone.{o} <> {absent}
  AND (gone.{o} <> {present} OR gone.{o}_kind = gone.b_kind)
  AND new.{x} = {present} AND new.b_kind IS NULL AND new.{o} <> {present}
  AND new.refused_cause IS NULL
  AND {agree}
ORDER BY gone.path, new.path
"""
_BLOCKED: Final = (
    "(refused_cause IS NOT NULL OR s_cause IS NOT NULL OR t_cause IS NOT NULL "
    f"OR ({{o}} = {{present}} AND {{o}}_kind <> {_FOLDER}))"
)
_IS_FOLDER: Final = f"gone.b_kind = {_FOLDER}"
_SAME_FILE: Final = (
    f"gone.b_kind <> {_FOLDER} "
    "AND new.{x}_size = gone.b{x}_size AND new.{x}_modified = gone.b{x}_modified"
)
_GONE_FOLDERS: Final = f"""
SELECT path FROM delta WHERE s = {ABSENT} AND b_kind = {_FOLDER} AND bs_size IS NOT NULL
  AND (t = {AS_BASE} OR (t = {PRESENT} AND t_kind = {_FOLDER}))
"""  # noqa: S608 - numbers of this package
_NEW_FOLDERS: Final = f"""
SELECT path FROM delta WHERE s = {PRESENT} AND s_kind = {_FOLDER} AND b_kind IS NULL
  AND t <> {PRESENT} AND refused_cause IS NULL ORDER BY path
"""  # noqa: S608 - as above
_CLEARED_FOLDERS: Final = f"""
SELECT path FROM delta WHERE clear_first AND s = {ABSENT}
  AND ((t = {AS_BASE} AND b_kind = {_FOLDER}) OR (t = {PRESENT} AND t_kind = {_FOLDER}))
"""  # noqa: S608 - as above
_FILES_BESIDE: Final = f"""
SELECT path FROM delta WHERE folder = ? AND s = {PRESENT} AND s_kind = {KIND_NUMBER[Kind.FILE]}
  AND refused_cause IS NULL
"""  # noqa: S608 - as above
_STAYS: Final = f"""
SELECT 1 FROM delta WHERE path > ? AND path < ? AND (
  s = {PRESENT} OR out_of_view OR s_cause IS NOT NULL OR t_cause IS NOT NULL
  OR (t = {PRESENT} AND t_kind = {KIND_NUMBER[Kind.OTHER]})
  OR (t <> {ABSENT} AND b_kind IS NOT NULL AND (bs_size IS NULL OR b_doubted)))
"""  # noqa: S608 - as above
_STILL: Final = """
SELECT coalesce(gone.{o}_path, gone.path) FROM delta AS gone, delta AS new
WHERE gone.path = ? AND gone.{x} = {absent} AND gone.b_kind IS NOT NULL
  AND new.path = ? AND new.b_kind IS NULL AND new.{o} <> {present}
"""
_TAKEN: Final = (
    f"SELECT 1 FROM delta WHERE path = ? AND ({{o}} = {PRESENT} "  # noqa: S608 - as above
    f"OR ({{o}} = {AS_BASE} AND b_kind IS NOT NULL))"
)
_CHILDREN: Final = """
SELECT path, b_kind, b{x}_id FROM delta
WHERE path > ? AND path < ? AND folder = ? AND b_kind IS NOT NULL AND b{x}_id <> 0
"""
_CHILD: Final = """
SELECT 1 FROM delta WHERE path = ? AND {x} = {present} AND {x}_kind = ? AND {x}_id = ?
"""

_OF_SIDE: Final = "{x}, {x}_kind, {x}_size, {x}_modified, {x}_id, {x}_path, {x}_cause, {x}_detail"
_OF_BASE: Final = (
    "b_path, b_kind, bs_size, bs_modified, bs_id, bt_size, bt_modified, bt_id, b_doubted"
)
_MOVE_ROWS: Final = """
INSERT INTO delta
  (path, folder, {own}, {others}, {base}, refused_cause, refused_detail, out_of_view, holds_hidden)
SELECT CAST(?2 || substr(path, ?3) AS BLOB),
       CASE WHEN path = ?1 THEN ?4 ELSE CAST(?2 || substr(folder, ?3) AS BLOB) END,
       {own}, {others_moved}, {base_moved}, refused_cause, refused_detail,
       out_of_view, holds_hidden
FROM delta WHERE path = ?1 OR (path > ?6 AND path < ?7)
ON CONFLICT (path) DO UPDATE SET {updates},
  out_of_view = max(out_of_view, excluded.out_of_view),
  holds_hidden = max(holds_hidden, excluded.holds_hidden)
"""
_AT: Final = "coalesce({o}_path, CAST(?5 || substr(path, ?3) AS BLOB))"
_BASE_AT: Final = "coalesce(b_path, CASE WHEN b_kind IS NOT NULL THEN path END)"


def file_under_new_paths(delta: Delta, connection: sqlite3.Connection, side: Side) -> None:
    """Find what a side has moved, folders before files, and move the rows of the delta."""
    delta.flush()
    for agree in (_IS_FOLDER, _SAME_FILE):
        for old, new in _pairs(connection, side, agree):
            at = _still_apart(connection, side, old, new)
            if (
                at is None
                or _blocked_above(connection, side, new)
                or _replaced_above(connection, side, old)
                or _replaced_above(connection, side.other, old)
            ):
                continue
            if agree is _IS_FOLDER and (
                _holds_kept(connection, old) or not _same_inside(connection, side, old, new)
            ):
                continue
            move_rows(connection, side, old, new, at)


def spell_alike(delta: Delta, connection: sqlite3.Connection) -> None:
    """File under its new spelling what a side, or both, wrote in another case or normalisation.

    The spelling that is not the base's wins; where both are, or where there is no base, the
    source's does.
    """
    delta.flush()
    for side_letter, other_letter in (("s", "t"), ("t", "s")):
        for old, new, at in _respelled(connection, side_letter, other_letter):
            if connection.execute(_TAKEN.format(o=other_letter), (to_key(new),)).fetchone():
                continue  # to the other side these are two names, and it has both
            _move_rows(connection, side_letter, other_letter, old, new, at)


def spell_as_source(delta: Delta, connection: sqlite3.Connection) -> None:
    """File under its new spelling a folder that the source wrote in another case.

    For a target that takes both for one, so that there is no other folder to be made: whatever the
    folder holds, also of the target's own, stays in it, and needs no id to be recognised.
    """
    delta.flush()
    gone = {fold(path): path for path in map(from_key, _keys(connection, _GONE_FOLDERS))}
    for new in map(from_key, _keys(connection, _NEW_FOLDERS)):
        old = gone.get(fold(new))
        if old is None or _blocked_above(connection, Side.SOURCE, new):
            continue
        if (at := _still_apart(connection, Side.SOURCE, old, new)) is None:
            continue
        move_rows(connection, Side.SOURCE, old, new, at)


def refuse_what_a_folder_is_in_the_way_of(delta: Delta, connection: sqlite3.Connection) -> None:
    """Refuse a file of the source where the target's folder in another case cannot make way.

    In the same case one row holds both, and the planner tells it; these are two rows, of which the
    one that comes first does not know what becomes of the other.
    """
    delta.flush()
    for folder in map(from_key, _keys(connection, _CLEARED_FOLDERS)):
        key = to_key(folder)
        if not connection.execute(_STAYS, (key + b"\0", key + b"\1")).fetchone():
            continue
        beside = connection.execute(_FILES_BESIDE, (to_key(parent(folder)),)).fetchall()
        for path in (from_key(file) for (file,) in beside):
            if fold(path) == fold(folder):
                detail = "The target has a folder there that holds its own files"
                delta.refuse(path, Obstacle("in_the_way", detail), None)
    delta.flush()


def _keys(connection: sqlite3.Connection, query: str) -> list[bytes]:
    return [key for (key,) in connection.execute(query).fetchall()]


def _respelled(connection: sqlite3.Connection, x: str, o: str) -> Iterator[tuple[RelPath, ...]]:
    # The deepest first: the paths of those above are then still the ones that were found.
    rows = connection.execute(
        f"SELECT path, {x}_path, {o}_path, b_kind IS NULL, b_path FROM delta "  # noqa: S608 - letters of this module
        f"WHERE {x} = {PRESENT} AND {x}_path IS NOT NULL AND refused_cause IS NULL "
        "ORDER BY path DESC"
    ).fetchall()
    for path_key, spelled_key, other_key, unknown, base_key in rows:
        path, spelled = from_key(path_key), from_key(spelled_key)
        sources = base_key is not None and name_of(from_key(base_key)) != name_of(path)
        if name_of(path) == name_of(spelled) or (x == "t" and (unknown or sources)):
            continue
        new = join(parent(path), name_of(spelled))
        yield path, new, path if other_key is None else from_key(other_key)


def move_rows(
    connection: sqlite3.Connection, side: Side, old: RelPath, new: RelPath, at: RelPath
) -> None:
    """Move what the base and the other side say of a path, and of all below it, to another path.

    `at` is where the other side has it.
    """
    _move_rows(connection, side.value, side.other.value, old, new, at)


def _move_rows(
    connection: sqlite3.Connection, x: str, o: str, old: RelPath, new: RelPath, at: RelPath
) -> None:
    others = _OF_SIDE.format(x=o)
    key = to_key(old)
    connection.execute("BEGIN")
    connection.execute(
        _MOVE_ROWS.format(
            own=_OF_SIDE.format(x=x),
            others=others,
            others_moved=others.replace(f"{o}_path", _AT.format(o=o)),
            base=_OF_BASE,
            base_moved=_OF_BASE.replace("b_path", _BASE_AT),
            updates=", ".join(
                f"{name} = excluded.{name}" for name in f"{others}, {_OF_BASE}".split(", ")
            ),
        ),
        (key, to_key(new), len(key) + 1, to_key(parent(new)), to_key(at), key + b"\0", key + b"\1"),
    )
    connection.execute(
        "DELETE FROM delta WHERE path = ?1 OR (path > ?2 AND path < ?3)",
        (key, key + b"\0", key + b"\1"),
    )
    connection.execute("COMMIT")


def _pairs(
    connection: sqlite3.Connection, side: Side, agree: str
) -> Iterator[tuple[RelPath, RelPath]]:
    rows = connection.execute(_sql(_PAIRS.replace("{agree}", agree), side)).fetchall()
    for old, new, _at in rows:
        yield from_key(old), from_key(new)


def _still_apart(
    connection: sqlite3.Connection, side: Side, old: RelPath, new: RelPath
) -> RelPath | None:
    """Return where the other side has it; None where a folder above has taken it along already."""
    row = connection.execute(_sql(_STILL, side), (to_key(old), to_key(new))).fetchone()
    return None if row is None else from_key(row[0])


def _blocked_above(connection: sqlite3.Connection, side: Side, path: RelPath) -> bool:
    """Tell whether a path is in a folder that is not carried over, where nothing can follow it."""
    return _any_above(connection, path, _sql(_BLOCKED, side))


def _replaced_above(connection: sqlite3.Connection, side: Side, path: RelPath) -> bool:
    """Tell whether a side has something else in the place of a folder that held the path.

    The other side's folder makes way before anything is renamed, and takes along what is in it; in
    a link nothing is looked at.
    """
    return _any_above(
        connection, path, _sql(f"{{x}} = {{present}} AND {{x}}_kind <> {_FOLDER}", side)
    )


def _any_above(connection: sqlite3.Connection, path: RelPath, condition: str) -> bool:
    folder = path
    while folder := parent(folder):
        if connection.execute(
            f"SELECT 1 FROM delta WHERE path = ? AND {condition}",  # noqa: S608 - of this module
            (to_key(folder),),
        ).fetchone():
            return True
    return False


def _holds_kept(connection: sqlite3.Connection, folder: RelPath) -> bool:
    """Tell whether a folder holds what was the target's own before the first sync: it stays."""
    key = to_key(folder)
    return bool(
        connection.execute(
            "SELECT 1 FROM delta WHERE path > ? AND path < ? "
            "AND b_kind IS NOT NULL AND bs_size IS NULL LIMIT 1",
            (key + b"\0", key + b"\1"),
        ).fetchone()
    )


def _same_inside(connection: sqlite3.Connection, side: Side, old: RelPath, new: RelPath) -> bool:
    """Tell whether at least one thing in a folder is what the base knows there."""
    key = to_key(old)
    known: list[tuple[Any, ...]] = connection.execute(
        _sql(_CHILDREN, side), (key + b"\0", key + b"\1", key)
    ).fetchall()
    return any(
        connection.execute(
            _sql(_CHILD, side), (to_key(join(new, name_of(from_key(path)))), kind, file_id)
        ).fetchone()
        for path, kind, file_id in known
    )


def _sql(text: str, side: Side) -> str:
    return text.format(x=side.value, o=side.other.value, absent=ABSENT, present=PRESENT)
