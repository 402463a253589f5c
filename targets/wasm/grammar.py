"""Structure-aware mutations: a new module, or one taken apart, changed, and put together again."""

from __future__ import annotations

import dataclasses
import random as randomness
from typing import TYPE_CHECKING, Final

from targets import drawing
from targets.drawing import Draw
from targets.wasm import constants, generator, hostile, leb, proposals
from targets.wasm.decoder import decode, sections
from targets.wasm.encoder import encode, section
from targets.wasm.expressions import CONST
from targets.wasm.module import HEADER, Body, Instruction, Invalid, Module, Unsupported
from targets.wasm.opcodes import OPERATIONS, PLAIN

if TYPE_CHECKING:  # pragma: no cover - a pinned environment has no Hypothesis
    from hypothesis.strategies import SearchStrategy

_ALIKE: Final[dict[tuple[str, str, str], tuple[int, ...]]] = {}
for _operation in OPERATIONS.values():
    _key = (_operation.immediate, _operation.params, _operation.results)
    if _operation in PLAIN or _operation.immediate == "memarg":
        _ALIKE[_key] = (*_ALIKE.get(_key, ()), _operation.code)
_SIMPLE: Final = tuple(operation for operation in PLAIN if not operation.immediate)
_NUMBERS: Final = (0, 1, 2, 5, 127, 128, 255, 65535, 65536, 65537, 0x7FFFFFFF, 0xFFFFFFFF)
_TEXTS: Final = (b"(module)", b" (module) ", b"(module (func))", b"(component)")
_BYTES: Final = (
    b"\0asm", HEADER, b"\0asm\2\0\0\0", b"\0asm\x0d\0\1\0", b"\x80\x00", b"\xff\xff\xff\xff\x0f",
    b"\xff\xff\xff\xff\x1f", b"\x80\x80\x80\x80\x80\x00", b"\x0b", b"\x0b\x0b", b"\x41\x00",
    b"\xd0\x70", b"\xd2\x00", b"\xfc\x08", b"\xfd\x0c", b"\x60\x00\x00", b"\x70\x00\x01",
)  # fmt: skip


def mutate(data: bytes, max_size: int, random: randomness.Random) -> bytes:
    """A changed `data` of at most `max_size` bytes; the same arguments give the same bytes."""
    draw = drawing.from_random(random)
    for _ in range(3):
        made = _mutated(data, draw)
        if len(made) <= max_size:
            return made
    return made[:max_size]


def mutate_embedded(data: bytes, max_size: int, random: randomness.Random) -> bytes:
    """Like `mutate`, with new modules that export much to a host."""
    draw = drawing.from_random(random)
    made = generator.embedded(draw) if draw.chance(0.7) else _mutated(data, draw)
    return made if len(made) <= max_size else made[:max_size]


def mutate_hostile(data: bytes, max_size: int, random: randomness.Random) -> bytes:
    """Like `mutate`, with new modules that want too much."""
    draw = drawing.from_random(random)
    made = hostile.build(draw) if draw.chance(0.5) else _mutated(data, draw)
    return made if len(made) <= max_size else made[:max_size]


def mutate_loaded(data: bytes, max_size: int, random: randomness.Random) -> bytes:
    """Like `mutate`, and mostly broken in one place."""
    draw = drawing.from_random(random)
    made = proposals.build(draw) if draw.chance(0.1) else _mutated(data, draw)
    if draw.chance(0.7):
        made = broken(made, draw)
    return made if len(made) <= max_size else made[:max_size]


def strategy() -> SearchStrategy[bytes]:
    """Valid modules, for Hypothesis."""
    return drawing.strategy(generator.build)


def embedded_strategy() -> SearchStrategy[bytes]:
    """Modules that export much, for Hypothesis."""
    return drawing.strategy(generator.embedded)


def hostile_strategy() -> SearchStrategy[bytes]:
    """Hostile modules, for Hypothesis."""
    return drawing.strategy(hostile.build)


def loaded_strategy() -> SearchStrategy[bytes]:
    """Modules, half of them broken in one place, for Hypothesis."""

    def build(draw: Draw) -> bytes:
        made = generator.build(draw)
        return broken(made, draw) if draw.chance(0.5) else made

    return drawing.strategy(build)


def tokens(data: bytes) -> list[bytes]:
    """Header and sections; what a minimizer may remove whole."""
    if data[:8] != HEADER:
        return [data]
    pieces = [data[:8]]
    at = 8
    for _, content in sections(data):
        start = at
        at += 1
        while data[at] & 0x80:
            at += 1
        at += 1 + len(content)
        pieces.append(data[start:at])
    return [*pieces, data[at:]] if at < len(data) else pieces


def _mutated(data: bytes, draw: Draw) -> bytes:
    pick = draw.integer(0, 9)
    if pick < 5 or len(data) < 9:
        return generator.build(draw)
    if pick < 9:
        try:
            return encode(changed(decode(data), draw))
        except (Invalid, Unsupported, KeyError, ValueError, AssertionError):
            return generator.build(draw)
    return broken(data, draw)


def changed(module: Module, draw: Draw) -> Module:
    """Some instructions of one body replaced by others of the same types; mostly valid still."""
    if not module.bodies:
        return module
    at = draw.integer(0, len(module.bodies) - 1)
    code = list(module.bodies[at].code)
    for _ in range(draw.integer(1, 4)):
        index = draw.integer(0, len(code) - 1)
        code[index] = _instruction(code[index], draw)
    module.bodies[at] = Body(module.bodies[at].locals, tuple(code))
    return module


def _instruction(found: Instruction, draw: Draw) -> Instruction:
    code = found[0]
    operation = OPERATIONS[code]
    for letter, constant in CONST.items():
        if code == constant:
            return code, constants.value(draw, letter)
    key = (operation.immediate, operation.params, operation.results)
    alike = _ALIKE.get(key)
    if alike is None or operation.immediate in ("lane", "shuffle"):
        return found
    other = OPERATIONS[draw.choice(alike)]
    if operation.immediate == "memarg":
        align = min(found[1], other.width.bit_length() - 1)
        return other.code, align, draw.choice((found[2], *_NUMBERS))
    return (other.code,)


def broken(data: bytes, draw: Draw) -> bytes:
    """One thing wrong: an immediate, a section's content, its size, order, count, or some bytes."""
    pick = draw.integer(0, 9)
    if pick == 0:
        return draw.choice(_TEXTS)
    if pick <= 2:
        return _odd(data, draw)
    parts = sections(data)
    if not parts or pick <= 4:
        return _bytes(data, draw)
    at = draw.integer(0, len(parts) - 1)
    id_, content = parts[at]
    if pick == 5:
        parts.insert(draw.integer(0, len(parts)), draw.choice(parts))
    elif pick == 6:
        parts.pop(at)
        if draw.chance(0.5):
            parts.insert(draw.integer(0, len(parts)), (id_, content))
    elif pick == 7:
        size = leb.unsigned(draw.choice((*_NUMBERS, len(content) + 1, len(content) - 1 & 0xFF)))
        if draw.chance(0.4):  # the right one, in as many bytes as are legal, or in more
            size = leb.unsigned(len(content), draw.choice((5, 6, 6, 7, 10)))
        before = HEADER + b"".join(section(*part) for part in parts[:at])
        after = b"".join(section(*part) for part in parts[at + 1 :])
        return before + bytes([id_]) + size + content + after
    else:
        changed_content = _bytes(content, draw)
        parts[at] = (draw.integer(0, 14) if draw.chance(0.05) else id_, changed_content)
    return HEADER + b"".join(section(*part) for part in parts)


def _bytes(data: bytes, draw: Draw) -> bytes:
    """Bytes changed, removed, doubled, inserted or cut off."""
    out = bytearray(data)
    at = draw.integer(0, len(out))
    pick = draw.integer(0, 5)
    if pick == 0:
        out[at:at] = draw.choice(_BYTES)
    elif pick == 1:
        del out[at : at + draw.integer(1, 4)]
    elif pick == 2:
        return bytes(out[:at]) if draw.chance(0.5) else bytes(out) + draw.binary(1, 3)
    elif out and at < len(out):
        if pick == 3:
            out[at] ^= 1 << draw.integer(0, 7)
        elif pick == 4:
            out[at] = (out[at] + draw.choice((1, -1))) & 0xFF
        else:
            out[at] = draw.integer(0, 255)
    return bytes(out)


def _odd(data: bytes, draw: Draw) -> bytes:
    """An index, limit, count or type of the module that does not fit the rest."""
    try:
        module = decode(data)
    except (Invalid, Unsupported):
        return _bytes(data, draw)
    choices = [name for name in ("types", "imports", "functions", "tables", "memories", "globals",
                                 "exports", "elements", "data", "bodies")
               if getattr(module, name)]  # fmt: skip
    if not choices:
        return _bytes(data, draw)
    name = draw.choice(choices)
    items = getattr(module, name)
    at = draw.integer(0, len(items) - 1)
    if name == "bodies":
        items[at] = _odd_body(items[at], draw)
    elif name == "functions":
        items[at] = draw.integer(0, len(module.types))
    elif name in ("types", "tables", "memories") or draw.chance(0.4):
        if draw.chance(0.5):
            items.append(items[at])
        else:
            items.pop(at)
    else:
        fields = {"exports": "index", "elements": "table"}
        if name in fields:
            items[at] = dataclasses.replace(items[at], **{fields[name]: draw.integer(0, 4)})
        elif name == "imports":
            items[at] = dataclasses.replace(items[at], name=draw.choice(("x", "log", "\udcff")))
        else:
            items[at] = dataclasses.replace(items[at], **_odd_init(name, draw))
    try:
        return encode(module)
    except (KeyError, ValueError, AssertionError):
        return _bytes(data, draw)


def _odd_init(name: str, draw: Draw) -> dict[str, Instruction]:
    value: Instruction = draw.choice(
        ((0x41, 0), (0x42, 1), (0x43, 0), (0xD0, "r"), (0xD2, 0), (0x23, 0), (0x3F,), (0x0B,))
    )
    return {"init" if name == "globals" else "offset": value}


def _odd_body(body: Body, draw: Draw) -> Body:
    code = list(body.code)
    at = draw.integer(0, len(code) - 1)
    pick = draw.integer(0, 3)
    if pick == 0:
        code.pop(at)
    elif pick == 1:
        code.insert(at, draw.choice(code))
    elif pick == 2:
        code[at] = (draw.choice(_SIMPLE).code,) if len(code[at]) == 1 else code[at]
    else:
        found = code[at]
        if len(found) > 1 and isinstance(found[-1], int):
            code[at] = (*found[:-1], max(0, found[-1] + draw.choice((1, -1, 7))))
    return Body(body.locals, tuple(code))
