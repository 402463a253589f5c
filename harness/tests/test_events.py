"""Events survive the journal, and nothing else passes for one."""

from __future__ import annotations

import dataclasses
import json
import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.events import KINDS, Event, InputKept, Noticed, Said, from_json, to_json

VALUES: dict[object, st.SearchStrategy[object]] = {
    int: st.integers(),
    float: st.floats(allow_nan=False),
    str: st.text(st.characters(exclude_categories=())),
    bool: st.booleans(),
    str | None: st.none() | st.text(),
    float | None: st.none() | st.floats(allow_nan=False),
    tuple[str, ...]: st.lists(st.text()).map(tuple),
}


def events(kind: type[Event]) -> st.SearchStrategy[Event]:
    """Any event of this kind, each field drawn by its type."""
    types = typing.get_type_hints(kind)
    fields = {field.name: VALUES[types[field.name]] for field in dataclasses.fields(kind)}
    made: st.SearchStrategy[Event] = st.builds(kind, **fields)
    return made


def milliseconds(number: int) -> float:
    return round(number / 1000, 3)


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_every_kind_survives(kind: type[Event], data: st.DataObject) -> None:
    """An event written as one line of ASCII is read back as it was."""
    said = Said(
        run=data.draw(st.text()),
        time_s=milliseconds(data.draw(st.integers(0, 4 * 10**12))),
        job=data.draw(st.none() | st.text()),
        event=data.draw(events(kind)),
    )
    line = to_json(said)
    assert line.isascii()
    assert "\n" not in line
    assert from_json(line) == said


def test_every_event_has_its_kind() -> None:
    """The union and the table of kinds name the same classes; none uses a name of the envelope."""
    assert set(typing.get_args(Event)) == set(KINDS.values())
    for kind in KINDS.values():
        names = {field.name for field in dataclasses.fields(kind)}
        assert not names & {"run", "time_s", "job", "event"}


GOOD = json.loads(to_json(Said("r", 1.0, None, Noticed("well"))))


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{",
        "null",
        "7",
        "[]",
        "{}",
        to_json(Said("r", 1.0, "j", InputKept("ab", 2)))[:-5],
        json.dumps({**GOOD, "event": "Rained"}),
        json.dumps({**GOOD, "event": ["Noticed"]}),
        json.dumps({**GOOD, "colour": "red"}),
        json.dumps({name: value for name, value in GOOD.items() if name != "message"}),
        json.dumps({name: value for name, value in GOOD.items() if name != "run"}),
    ],
)
def test_what_is_no_event_is_a_value_error(line: str) -> None:
    """Torn lines, other JSON, events of another version: one kind of error for all of them."""
    with pytest.raises(ValueError):
        from_json(line)
