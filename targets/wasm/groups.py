"""Makes modules whose instructions act on each other: one table or memory, its segments, and steps.

A step that traps hides those behind it, so places and lengths mostly lie within, and often end
exactly where a table, memory or segment ends: an emptied one has room for nothing at all.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Final

from targets.drawing import Draw
from targets.wasm.expressions import CONST, DROP, GET, GLOBAL_SET, Code, Maker
from targets.wasm.module import PAGE_BYTES, Limits, Module, Signature, Table
from targets.wasm.opcodes import CODES

MAX_LEFT: Final = 30
"""Instructions that one body has for sub-expressions, about."""
MAX_STEPS: Final = 5
SIGNATURES: Final = tuple(
    Signature(params, results)
    for params, results in (("", ""), ("", "i"), ("x", "i"), ("x", "x"), ("xi", "x"), ("i", "i"))
)
_GET, _SET = 0x25, 0x26
_CALL_INDIRECT: Final = 0x11
_IS_NULL: Final = 0xD1
_SIZE, _GROW = 0x3F, 0x40


@dataclasses.dataclass(slots=True)
class Scene:
    """What one function plays with: a table or the memory, and a segment that fits it."""

    maker: Maker
    table: int = -1
    """Index of the table; -1: the memory."""
    letter: str = ""
    size: int = 0
    """Elements or bytes that are there when the module starts."""
    segment: int = -1
    """Index of the segment; -1: there is none."""
    held: int = 0
    """What the segment still holds, as far as is known."""

    @property
    def draw(self) -> Draw:
        """Where decisions come from."""
        return self.maker.draw

    def span(self, *sizes: int) -> list[Code]:
        """A start in each of the sizes, and one length: within, mostly."""
        draw, room = self.draw, min(sizes)
        length = draw.choice((0, 1, room, draw.integer(0, min(room, 12))))
        length = min(length, room)
        numbers = [
            draw.choice((0, size - length, draw.integer(0, size - length))) for size in sizes
        ]
        numbers.append(length)
        if draw.chance(0.12):  # one beyond the end, or far beyond
            numbers[draw.integer(0, len(sizes))] += draw.choice((1, 1, 0x7FFFFFFF))
        return [[(CONST["i"], number)] for number in numbers]

    def spot(self) -> Code:
        """The index of one element that is there, mostly."""
        last = self.size + self.draw.choice((-1, -1, -1, 0))
        return [(CONST["i"], max(0, self.draw.choice((0, last, self.draw.integer(0, self.size)))))]

    def value(self) -> Code:
        """A reference for the table; those that are passed in are not null, mostly."""
        maker = self.maker
        if self.letter == "x" and "x" in maker.signature.params and self.draw.chance(0.6):
            return [(GET, maker.signature.params.index("x"))]
        return maker.value(self.letter, 2)


def definitions(draw: Draw, module: Module) -> None:
    """The tables, mostly small, and the memory, mostly of a page."""
    first = draw.choice("rx")
    others = "".join(draw.choice("rx") for _ in range(draw.integer(0, 2)))
    for letter in first + others:
        size = draw.choice((0, 1, 2, 5, 8))
        most = None if draw.chance(0.6) else size + draw.choice((0, 1, 4))
        module.tables.append(Table(letter, Limits(size, most)))
    if draw.chance(0.6):
        module.memories.append(Limits(draw.choice((0, 1, 1, 1, 2)), draw.choice((None, 2, 3))))


def signature(draw: Draw) -> Signature:
    """A type that is called with references that are not null, and shows some result."""
    return draw.choice(SIGNATURES)


def body(maker: Maker, module: Module) -> Code:
    """Steps over one table or memory, then what they left behind."""
    scene = _scene(maker, module)
    steps = _OF_TABLES if scene.table >= 0 else _OF_MEMORIES
    code: Code = []
    for _ in range(maker.draw.integer(1, MAX_STEPS)):
        code += maker.draw.choice(steps)(scene)
    for letter in maker.signature.results:
        code += _seen(scene, letter)
    return code


def _scene(maker: Maker, module: Module) -> Scene:
    draw = maker.draw
    if module.memories and draw.chance(0.35):
        scene = Scene(maker, size=module.memories[0].minimum * PAGE_BYTES)
        sizes = [0 if part.offset is not None else len(part.content) for part in module.data]
        fits = list(range(maker.plan.data))
    else:
        at = draw.integer(0, len(module.tables) - 1)
        table = module.tables[at]
        scene = Scene(maker, at, table.type, table.limits.minimum)
        sizes = [len(part.items) if part.mode == "passive" else 0 for part in module.elements]
        fits = [at for at, part in enumerate(module.elements) if part.type == table.type]
    if fits:
        scene.segment = draw.choice(fits)
        # Functions are called several times: one that was called before may have dropped it.
        scene.held = 0 if draw.chance(0.3) else sizes[scene.segment]
    return scene


def _joined(operands: list[Code], *last: tuple[int, ...]) -> Code:
    return [*(one for operand in operands for one in operand), *last]


def _init(scene: Scene) -> Code:
    if scene.segment < 0:
        return _fill(scene)
    operands = scene.span(scene.size, scene.held)
    if scene.table < 0:
        return _joined(operands, (CODES["memory.init"], scene.segment))
    return _joined(operands, (CODES["table.init"], scene.segment, scene.table))


def _forget(scene: Scene) -> Code:
    """Drop the segment, and mostly go on with it."""
    if scene.segment < 0:
        return []
    name = "elem.drop" if scene.table >= 0 else "data.drop"
    code: Code = [(CODES[name], scene.segment)]
    if scene.draw.chance(0.8):
        scene.held = 0
    return [*code, *_init(scene)] if scene.draw.chance(0.6) else code


def _fill(scene: Scene) -> Code:
    start, length = scene.span(scene.size)
    if scene.table < 0:
        return [*start, *scene.maker.value("i", 1), *length, (CODES["memory.fill"],)]
    return [*start, *scene.value(), *length, (CODES["table.fill"], scene.table)]


def _copy(scene: Scene) -> Code:
    """Within, overlapping or not, or between two tables of a type."""
    if scene.table < 0:
        return _joined(scene.span(scene.size, scene.size), (CODES["memory.copy"],))
    tables = scene.maker.plan.tables
    other = scene.draw.choice([at for at, table in enumerate(tables) if table.type == scene.letter])
    operands = scene.span(scene.size, tables[other].limits.minimum)
    return _joined(operands, (CODES["table.copy"], scene.table, other))


def _grow(scene: Scene) -> Code:
    """More room, or none; what is new is looked at."""
    by: Code = [(CONST["i"], scene.draw.choice((0, 1, 1, 2, 3)))]
    if scene.table < 0:
        return [*by, (_GROW,), (DROP,)]
    grown: Code = [*scene.value(), *by, (CODES["table.grow"], scene.table), (DROP,)]
    if scene.draw.chance(0.4):
        return grown
    return [*grown, *_last(scene), (_GET, scene.table), *_kept(scene)]


def _last(scene: Scene) -> Code:
    """The index of the last element, as large as the table may be by now."""
    return [(CODES["table.size"], scene.table), (CONST["i"], 1), (CODES["i32.sub"],)]


def _set(scene: Scene) -> Code:
    return [*scene.spot(), *scene.value(), (_SET, scene.table)]


def _get(scene: Scene) -> Code:
    return [*scene.spot(), (_GET, scene.table), *_kept(scene)]


def _kept(scene: Scene) -> Code:
    """A reference on the stack: into a global, or gone."""
    found = [
        at for at, (letter, mutable) in enumerate(scene.maker.plan.globals)
        if mutable and letter == scene.letter
    ]  # fmt: skip
    return [(GLOBAL_SET, scene.draw.choice(found))] if found else [(DROP,)]


def _call(scene: Scene) -> Code:
    """A call through the table, of what it holds or of nothing."""
    if scene.letter != "r":
        return _get(scene)
    types = scene.maker.plan.types
    at = scene.draw.integer(0, len(types) - 1)
    code = [*scene.maker.arguments(types[at], 1), *scene.spot()]
    code.append((_CALL_INDIRECT, at, scene.table))
    return [*code, *([(DROP,)] * len(types[at].results))]


def _statement(scene: Scene) -> Code:
    return scene.maker.statement(2)


def _seen(scene: Scene, letter: str) -> Code:
    """A result that tells what the steps did."""
    maker, draw = scene.maker, scene.draw
    if letter == "x" and scene.letter == "x":
        return [*(scene.spot() if draw.chance(0.6) else _last(scene)), (_GET, scene.table)]
    if letter != "i" or draw.chance(0.2):
        return maker.value(letter, 2)
    if scene.table < 0:
        return [(_SIZE,)] if draw.chance(0.2) else maker.value("i", 3)
    if draw.chance(0.4):
        return [(CODES["table.size"], scene.table)]
    return [*scene.spot(), (_GET, scene.table), (_IS_NULL,)]


_OF_TABLES: Final[tuple[Callable[[Scene], Code], ...]] = (
    _init, _init, _init, _forget, _forget, _fill, _copy, _grow, _set, _set, _get, _call, _statement,
)  # fmt: skip
_OF_MEMORIES: Final[tuple[Callable[[Scene], Code], ...]] = (
    _init, _init, _init, _forget, _forget, _fill, _copy, _copy, _grow, _statement, _statement,
)  # fmt: skip
