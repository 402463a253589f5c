"""Steps of a state machine made fewer and simpler: rules called with arguments, one JSON line each.

`{"rule": "push", "arguments": {"value": 17}}`. Names of rules and arguments stay as they are.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from triage.minimize.formats import documents
from triage.minimize.formats.calls import reduce_by
from triage.minimize.formats.trees import Path, at, everywhere, paths, put
from triage.minimize.passes.sequences import blocks, cut_head, cut_tail, pairs, windows
from triage.minimize.problem import Pass, Problem, compose

COUNTS_UP_TO = 64
"""Steps of which any number may count others."""


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """One call: `arguments` are values of JSON by their names."""

    rule: str
    arguments: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class _Call:
    """A step as a node of a tree."""

    rule: str
    arguments: documents.Object


def write(steps: Sequence[Step]) -> bytes:
    """One JSON line for each step."""
    lines = ({"rule": step.rule, "arguments": step.arguments} for step in steps)
    return "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines).encode()


def read(data: bytes) -> tuple[Step, ...]:
    """The inverse of `write`; ValueError names the line that is no step."""
    steps = []
    for number, line in enumerate(data.splitlines(), 1):
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"line {number} is no JSON: {error}") from error
        match record:
            case {"rule": str(rule), "arguments": dict(arguments)} if len(record) == 2:
                steps.append(Step(rule, arguments))
            case _:
                raise ValueError(f"line {number} is no step: give rule and arguments")
    return tuple(steps)


class _Steps:
    """The format, and its grammar: a row of calls, each around its arguments."""

    name = "steps"

    def parse(self, case: bytes) -> tuple[_Call, ...]:
        """The calls; ValueError when a line is no step."""
        calls = []
        for step in read(case):
            arguments = documents.JSON.parse(json.dumps([step.arguments]).encode()).value[0]
            calls.append(_Call(step.rule, arguments))
        return tuple(calls)

    def dumps(self, shape: Any) -> bytes:
        """One line for each call."""
        lines = []
        for call in shape:
            if not isinstance(call, _Call) or not isinstance(call.arguments, documents.Object):
                raise ValueError("no step")
            text = documents.JSON.dumps(documents.Document("", call.arguments, ""))
            lines.append(b'{"rule":%s,"arguments":%s}\n' % (json.dumps(call.rule).encode(), text))
        return b"".join(lines)

    def inside(self, node: Any) -> tuple[Any, ...]:
        """Calls of the row, arguments of a call, and so on."""
        return (node.arguments,) if isinstance(node, _Call) else documents.JSON.inside(node)

    def holding(self, node: Any, inside: tuple[Any, ...]) -> Any:
        """The same kind of node around something else."""
        if isinstance(node, _Call):
            return _Call(node.rule, inside[0])
        return documents.JSON.holding(node, inside)


STEPS = _Steps()


def _arguments(root: Any, path: Path) -> Iterator[Any]:
    """Simpler values of arguments; steps and the names of arguments stay."""
    node = at(STEPS, root, path)
    if len(path) > 3 and not isinstance(node, documents.Member):
        yield from documents.simpler_values(STEPS, root, path)
    if len(path) > 3 and isinstance(node, documents.Object | tuple):
        parts = STEPS.inside(node)
        for index in range(len(parts)):
            rest = STEPS.holding(node, (*parts[:index], *parts[index + 1 :]))
            yield put(STEPS, root, path, rest)


def counted(problem: Problem[Any]) -> None:
    """Lower a whole number by one and leave out a later step: a size and one step that fills it."""
    while problem.first(_one_less(problem.current)) is not None:
        pass


def _one_less(root: tuple[_Call, ...]) -> Iterator[Any]:
    if len(root) > COUNTS_UP_TO:
        return
    for path in paths(STEPS, root):
        node = at(STEPS, root, path)
        if isinstance(node, documents.Literal) and _whole(node.text) > 0:
            lower = put(STEPS, root, path, documents.Literal(str(_whole(node.text) - 1)))
            for index in range(path[0] + 1, len(root)):
                yield (*lower[:index], *lower[index + 1 :])


def _whole(text: str) -> int:
    return int(text) if text.isdigit() and len(text) < 10 else 0


def passes() -> tuple[Pass[bytes], ...]:
    """Passes over steps as bytes: fewer first, then simpler."""
    sequence = (cut_tail, cut_head, blocks, windows, pairs)
    simpler = everywhere(STEPS, "arguments", _arguments)
    return tuple(compose(STEPS, pass_) for pass_ in (*sequence, simpler, counted))


def minimize_steps(
    steps: Sequence[Step],
    interesting: Callable[[tuple[Step, ...]], bool],
    *,
    seconds: float = 60.0,
) -> tuple[tuple[Step, ...], bool]:
    """The fewest and simplest of `steps` that are `interesting`; whether nothing is left to try.

    `interesting` runs them from the start and says whether the same failure shows. ValueError when
    they are not interesting to begin with. The same result every time, if time suffices.
    """
    data, complete = reduce_by(
        lambda case: interesting(read(case)), write(steps), passes(), seconds
    )
    return read(data), complete
