"""Edits of a tomlkit document: what is written after one is TOML, and means what was edited."""

from __future__ import annotations

import copy
import pickle
import re
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final

from targets.formats.flat import Parts, brief, difference, flat
from targets.formats.implementation import refusal
from targets.oracles import Violation

Path = tuple[Any, ...]
Edit = Callable[[Any, Any], None]
"""Changes the container that holds a key, in a document as in plain dictionaries."""
MAX_EDITS: Final = 5
"""Edits of one document; each parses it again."""
ABSENT: Final = (KeyError, IndexError)
_LINE_END: Final = re.compile(r"\r+\n")


def _remove(container: Any, key: Any) -> None:
    del container[key]


def _replace(container: Any, key: Any) -> None:
    container[key] = "changed"


def _replace_by_table(container: Any, key: Any) -> None:
    container[key] = {"x": 1, "y": {"z": "w"}}


def _replace_by_array(container: Any, key: Any) -> None:
    container[key] = [1, 2, {"a": 3}]


def _fresh(container: list[Any]) -> Any:
    """A new item that fits: an array of tables takes tables only."""
    return {"n": 1} if container and isinstance(container[0], dict) else 9


def _add(container: Any, _key: Any) -> None:
    if isinstance(container, list):
        container.append(_fresh(container))
    else:
        container["added"] = 7


def _add_table(container: Any, _key: Any) -> None:
    if isinstance(container, list):
        container.insert(0, _fresh(container))
    else:
        container["added table"] = {"k": [1, 2]}


def _again(container: Any, key: Any) -> None:
    """Remove it and put another in its place."""
    fresh = _fresh(container) if isinstance(container, list) else 5
    del container[key]
    if isinstance(container, list):
        container.insert(key, fresh)
    else:
        container[key] = fresh


def _pop_and_update(container: Any, key: Any) -> None:
    container.pop(key)
    if isinstance(container, dict):
        container.update({"new": "é\n", "b": 1})


def _set_default(container: Any, _key: Any) -> None:
    if isinstance(container, dict):
        container.setdefault("a", {"b": 1})
        container.setdefault("default", [])
    else:
        container.extend([_fresh(container)])


def _move(container: Any, key: Any) -> None:
    """Take it out and put it back at the end, under another name in a table."""
    item = container.pop(key)
    if isinstance(container, list):
        container.append(item)
    else:
        container["moved"] = item


def _put_copy(container: Any, key: Any) -> None:
    """Put a copy in its place: the copy is written as the original is."""
    container[key] = copy.deepcopy(container[key])


def _same_again(container: Any, key: Any) -> None:
    container[key] = container[key]


def _clear(container: Any, key: Any) -> None:
    """Empty what is there, then add to it."""
    held = container[key]
    if isinstance(held, list):
        fresh = _fresh(held)
        held.clear()
        held.append(fresh)
    elif isinstance(held, dict):
        held.clear()
        _add(held, key)
    else:
        _add(container, key)


def _replace_by_tables(container: Any, key: Any) -> None:
    container[key] = [{"a": 1}, {"b": {"c": [True, 1.5, "é\\\n"]}}]


def _grow(container: Any, key: Any) -> None:
    """Several new items in a row, some at the front."""
    held = container[key]
    if isinstance(held, list):
        for _ in range(3):
            held.append(_fresh(held))
        held.insert(1, _fresh(held))
        del held[0]
    elif isinstance(held, dict):
        for number in range(3):
            held[f"key {number}"] = {"x.y": number} if number else number
        del held["key 0"]
    else:
        container[key] = -1


def _reverse(container: Any, key: Any) -> None:
    held = container[key]
    if isinstance(held, list):
        held.reverse()
    else:
        _same_again(container, key)


def _cut(container: Any, key: Any) -> None:
    held = container[key]
    if isinstance(held, list):
        fresh = _fresh(held)
        del held[0:2]
        held.append(fresh)
    elif isinstance(held, dict):
        held.pop(next(iter(held), ""), None)
    else:
        container[key] = 1.5


EDITS: Final[tuple[Edit, ...]] = (
    *(_remove, _replace, _replace_by_table, _replace_by_array, _add, _add_table, _again),
    *(_pop_and_update, _set_default, _move, _put_copy, _same_again, _clear, _replace_by_tables),
    *(_grow, _reverse, _cut),
)


def check(
    text: str, parse: Callable[[str], Any], read: Callable[[str], Any], errors: tuple[Any, ...]
) -> None:
    """Violation when an edited document is no TOML, or another than the edited value.

    `parse` gives a document that can be edited and whose `as_string` writes it; `read` is a second
    parser, whose `errors` are its refusals.
    """
    value = read(text)
    paths = list(_paths(value, ()))
    if not paths:
        return
    start = zlib.crc32(text.encode())
    everything = len(paths) * len(EDITS)
    for turn in range(min(MAX_EDITS, everything)):
        chosen = (start + turn * 7) % everything
        path, edit = paths[chosen // len(EDITS)], EDITS[chosen % len(EDITS)]
        model = copy.deepcopy(value)
        try:
            edit(_holder(model, path), path[-1])
        except ABSENT:
            continue
        document = parse(text)
        holder = _holder(document, path)
        if type(holder).__name__ == "AoT" and edit in _NO_TABLES:
            continue
        where = _described(holder, path[-1])
        require_same_copy(document)
        edit(holder, path[-1])
        _require(document, model, f"{edit.__name__.strip('_')} {where}", (read, errors))


_NO_TABLES: Final = (_replace, _replace_by_array, _replace_by_tables)
"""What these put in the place of a table is none."""


def require_same_copy(document: Any) -> None:
    """A copy, also one that was pickled, is written as the document is."""
    written = document.as_string()
    for how, copied in (
        ("copy", copy.copy(document)),
        ("deepcopy", copy.deepcopy(document)),
        ("pickle", pickle.loads(pickle.dumps(document))),
    ):
        if copied.as_string() != written:
            raise Violation(
                f"roundtrip: tomlkit writes a copy otherwise ({how})",
                f"{brief(copied.as_string())} for {brief(written)}",
            )


def _require(document: Any, model: Any, name: str, reader: tuple[Any, tuple[Any, ...]]) -> None:
    read, errors = reader
    written = document.as_string()
    try:
        back = read(written)
    except errors as error:
        raise Violation(
            f"roundtrip: tomlkit writes no TOML after an edit ({name}): {refusal(error)}",
            f"{brief(written)}: {error}",
        ) from None
    found = difference(_normal(back), _normal(model))
    if found is not None:
        raise Violation(
            f"roundtrip: tomlkit writes something else than was edited ({name}): {found[0]}",
            f"{found[1]}: {brief(written)}",
        )
    if len(document) != len(list(document)) or any(key not in document for key in document):
        raise Violation(
            f"roundtrip: tomlkit has keys that it has not ({name})", f"{list(document)[:9]}"
        )
    if not hasattr(document, "unwrap"):  # before 0.11
        return
    held = difference(_normal(document.unwrap()), _normal(model))
    if held is not None:
        raise Violation(
            f"roundtrip: tomlkit holds something else than was edited ({name}): {held[0]}",
            f"{held[1]}: {brief(written)}",
        )


def _normal(value: Any) -> object:
    return flat(in_order(value), line_ends)


def line_ends(value: object) -> Parts | None:
    """TOML lets a parser normalize the line ends in texts; tomllib does.

    An escaped carriage return may stand before such a line end. Which of the two a parser has
    dropped cannot be seen in the text, so all of them before a line feed go.
    """
    if isinstance(value, str) and "\r\n" in value:
        return ("text", _LINE_END.sub("\n", value)), ()
    return None


def _described(holder: Any, key: Any) -> str:
    """The classes of an item and of what holds it, and how its key is written."""
    item = holder[key]
    style = " of a super table" if callable(getattr(item, "is_super_table", None)) else ""
    if style and not item.is_super_table():
        style = ""
    name = getattr(item, "display_name", None)
    dotted = " dotted" if isinstance(name, str) and "." in name else ""
    kind = type(item).__name__ if isinstance(item, dict | list) else "value"
    return f"of {kind}{style}{dotted} in {type(holder).__name__}"


def in_order(value: Any) -> Any:
    """Order is a matter of style in TOML, edits may move tables, and empty ones may go."""
    if isinstance(value, dict):
        held = {str(key): in_order(value[key]) for key in sorted(value)}
        return {key: item for key, item in held.items() if item != {}}
    if isinstance(value, list):
        return [in_order(item) for item in value]
    return value


def _paths(value: Any, path: Path) -> Iterator[Path]:
    items: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    for key, held in items:
        yield (*path, key)
        if len(path) < 5:
            yield from _paths(held, (*path, key))


def _holder(value: Any, path: Path) -> Any:
    for key in path[:-1]:
        value = value[key]
    return value
