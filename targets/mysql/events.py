"""Check: events of the binary log that the farm built are read back with the same values.

An input is decisions (`binlog/choices.py`): first whether events carry checksums, whether there is
a table with rows or an event of another kind, and whether the bytes are damaged on the way. Of a
damaged event only this is wanted: an end, and no checksum that is called right.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import io
import math
import traceback
import zlib
from collections.abc import Callable
from typing import Any, Final

from targets.mysql.binlog.choices import Choices
from targets.mysql.binlog.columns import Column
from targets.mysql.binlog.events import Event, draw_event, packed
from targets.mysql.binlog.replication import Reader, Setting
from targets.mysql.binlog.tables import Table, draw_table
from targets.oracles import Violation

MISSING: Final = object()


def check(data: bytes, subject: Reader) -> None:
    """Violation when a value differs; what is no documented error escapes."""
    choices = Choices(data)
    setting = _setting(choices)
    try:
        _check(choices, subject, setting)
    except Violation as violation:
        how = _how(data, subject, setting, violation.oracle)
        raise Violation(f"{violation.oracle}{how}", violation.detail) from None


def _setting(choices: Choices) -> Setting:
    """How events are written and read. Each part takes one byte, whatever the others are: so a
    setting that does not matter can be made the usual one without moving what follows."""
    checksum = not choices.chance(0.2)
    verified = choices.chance(0.3) and checksum
    extra = choices.choice((*(0,) * 36, 1, 2, 4, 13))
    return Setting(checksum, verified, extra=extra)


def _how(data: bytes, subject: Reader, setting: Setting, oracle: str) -> str:
    """What of the setting it takes, in words: the least that gives the same violation."""
    usual = Setting(checksum=True, verified=False)
    checked = dataclasses.replace(setting, extra=0)
    longer = dataclasses.replace(usual, extra=setting.extra)
    for simpler in (usual, checked, longer):
        if simpler == setting or _violated(data, subject, simpler) == oracle:
            return _words(simpler)
    return _words(setting)


def _words(setting: Setting) -> str:
    how = "" if setting.checksum else " without checksums"
    how += " when checksums are verified" if setting.verified else ""
    return how + (" with longer post-headers" if setting.extra else "")


def _violated(data: bytes, subject: Reader, setting: Setting) -> str:
    """What is violated by an input in another setting than its own; empty: nothing is."""
    choices = Choices(data)
    _setting(choices)
    try:
        _check(choices, subject, setting)
    except Violation as violation:
        return violation.oracle
    except Exception:
        # Another crash of that setting is found, and told, by another input.
        return ""
    return ""


def _check(choices: Choices, subject: Reader, setting: Setting) -> None:
    damage = choices if choices.chance(0.15) else None
    if choices.chance(0.5):
        event = draw_event(choices)
        setting = dataclasses.replace(setting, mariadb=event.mariadb)
        _exchange(subject, event, setting, damage)
    else:
        _exchange_rows(subject, draw_table(choices), setting, damage)


def _exchange(subject: Reader, event: Event, setting: Setting, damage: Choices | None) -> None:
    data = packed(event, checksum=setting.checksum, extra=setting.extra)
    if damage is not None:
        _read_damaged(data, damage, lambda data: subject.read(data, None, {}, setting), subject)
        return
    read = _told(event, subject.name, lambda: subject.read(data, None, {}, setting))
    if read is not None:
        _require_fields(event, read)
        _require_checksum(event, read)
        _dumped(event, subject.name, read)


def _exchange_rows(subject: Reader, table: Table, setting: Setting, damage: Choices | None) -> None:
    tables: dict[int, object] = {}

    def read(data: bytes) -> Any:
        return subject.read(data, table, tables, setting)

    data = packed(table.map, checksum=setting.checksum, extra=setting.extra)
    if damage is not None and damage.chance(0.5):
        _read_damaged(data, damage, read, subject)
        return
    first = data
    _require_fields(table.map, _told(table.map, subject.name, lambda: read(first)))
    data = packed(table.rows, checksum=setting.checksum, extra=setting.extra)
    if damage is not None:
        _read_damaged(data, damage, read, subject)
        return
    rows = _told(table.rows, subject.name, lambda: read(data))
    if rows is None:
        raise Violation(f"events: {table.rows.name}: the event is left out")
    _told(table.rows, subject.name, lambda: rows.rows)
    _require_rows(table, rows)
    _require_checksum(table.rows, rows)
    _require_dumped(table, _dumped(table.rows, subject.name, rows))


def _told(event: Event, package: str, read: Callable[[], Any]) -> Any:
    """What `read` gives. An error for a sound event is told by the kind of event and the place in
    the library that knew of it, as all of them end in the same few lines that take bytes."""
    try:
        return read()
    except Exception as error:
        # Whatever is raised for a sound event is a crash: no error is documented for it.
        frames = [
            frame.f_code.co_qualname
            for frame, _line in traceback.walk_tb(error.__traceback__)
            if package.replace("-", "") in str(frame.f_globals.get("__name__")).replace("_", "")
            and not str(frame.f_globals.get("__name__")).endswith(".packet")
        ]
        where = f" in {frames[-1]}" if frames else ""
        raise Violation(
            f"events: {event.name}: {type(error).__name__}{where}", str(error)[:300]
        ) from error


def _read_damaged(
    data: bytes, damage: Choices, read: Callable[[bytes], Any], subject: Reader
) -> None:
    """The header stays, as servers send it whole; what follows is changed or cut."""
    body = bytearray(data[19:])
    for _ in range(damage.choice((1, 1, 2, 5))):
        if body:
            body[damage.integer(0, len(body) - 1)] = damage.integer(0, 255)
    if damage.chance(0.3):
        del body[damage.integer(0, len(body)) :]
    changed = data[:19] + bytes(body)
    try:
        event = read(changed)
        getattr(event, "rows", None)
    except Exception as error:
        # Among what is accepted of a damaged event is a bare Exception, which PyMySQL raises.
        if type(error) is Exception or isinstance(error, subject.errors):
            return
        raise
    called_right = getattr(event, "_is_event_valid", None)
    if called_right and zlib.crc32(changed[:-4]).to_bytes(4, "little") != changed[-4:]:
        raise Violation("events: a wrong checksum is called right")


def _require_checksum(event: Event, read: Any) -> None:
    if getattr(read, "_is_event_valid", None) is False:
        raise Violation(f"events: {event.name}: a right checksum is called wrong")


def _dumped(event: Event, package: str, read: Any) -> str:
    """What the library shows of the event to a person."""
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        _told(event, package, read.dump)
    return shown.getvalue()


def _require_dumped(table: Table, text: str) -> None:
    """Short words and numbers of rows are shown as they are."""
    rows = table.rows.fields["rows"]
    assert isinstance(rows, list), "drawn as a list"
    for row in rows:
        for values in row.values():
            for value in values.values():
                if type(value) is int and str(value) not in text:
                    raise Violation(
                        f"events: {table.rows.name}: a value is not shown", f"{value}: {text:.300}"
                    )


def _require_fields(event: Event, read: Any) -> None:
    """Fields that this release does not offer are passed over."""
    for name, wanted in event.fields.items():
        found = _field(read, name)
        if found is not MISSING and not same(found, wanted):
            raise Violation(
                f"events: {event.name}: {name} differs", f"{found!r:.200}, expected {wanted!r:.200}"
            )


def _field(read: Any, name: str) -> object:
    several, _, inner = name.partition("[].")
    found = getattr(read, several, MISSING)
    if inner and found is not MISSING:
        assert isinstance(found, list), "the library documents a list"
        return [getattr(item, inner) for item in found]
    return found


def _require_rows(table: Table, read: Any) -> None:
    wanted = table.rows.fields["rows"]
    assert isinstance(wanted, list), "drawn as a list"
    found = read.rows
    if len(found) != len(wanted):
        raise Violation(
            f"events: {table.rows.name}: wrong number of rows", f"{len(found)}, not {len(wanted)}"
        )
    for row, expected in zip(found, wanted, strict=True):
        for image, values in expected.items():
            _require_row(table, row[image], values)


def _require_row(table: Table, row: dict[str, object], values: dict[str, object]) -> None:
    if set(row) != set(values):
        raise Violation(
            "events: names of columns differ", f"{sorted(map(str, set(row) ^ set(values)))[:6]}"
        )
    for column, (name, wanted) in zip(table.columns, values.items(), strict=True):
        if not same(row[name], wanted):
            raise Violation(
                f"events: {_described(column, wanted)} differs in a row",
                f"{row[name]!r:.200}, expected {wanted!r:.200}, of {column.sql:.60}",
            )


def _described(column: Column, wanted: object) -> str:
    """A word for the value, the same for all that an encoding treats alike."""
    words = [column.kind]
    if isinstance(wanted, datetime.timedelta):
        words.insert(0, "negative" if wanted.days < 0 else "positive")
        words += ["with a fraction"] if wanted.microseconds else []
    elif isinstance(wanted, datetime.datetime) and wanted.microsecond:
        words.append("with a fraction")
    elif wanted is None:
        words.insert(0, "absent or zero")
    return " ".join(words)


def same(found: object, wanted: object) -> bool:
    """Equal, where bytes stand for the same text in documents, and in type."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        mine = {_text(key): value for key, value in found.items()}
        return set(mine) == set(wanted) and all(same(mine[key], wanted[key]) for key in wanted)
    if isinstance(wanted, (list, tuple)) and isinstance(found, (list, tuple)):
        return len(found) == len(wanted) and all(
            same(one, two) for one, two in zip(found, wanted, strict=True)
        )
    if isinstance(wanted, float) and isinstance(found, float):
        return found == wanted or (math.isnan(found) and math.isnan(wanted))
    if isinstance(wanted, bool) or isinstance(found, bool):
        return found is wanted
    return _text(found) == _text(wanted)


def _text(value: object) -> object:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value
