"""Reads the pieces of a module: numbers, names, types, constants, instructions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from targets.wasm.module import (
    REFERENCES,
    TYPE_OF_BYTE,
    GlobalType,
    Instruction,
    Invalid,
    Limits,
    Table,
    Unsupported,
)
from targets.wasm.opcodes import CODES, OPERATIONS, PROPOSED

END: Final = CODES["end"]
_IF: Final = CODES["if"]
_ELSE: Final = CODES["else"]
_KNOWN_TYPES: Final = frozenset({0x63, 0x64, *range(0x68, 0x78)})
"""First bytes of types of later proposals."""
MAX_LOCALS: Final = 50_000
MAX_NAME_BYTES: Final = 100_000


class Reader:
    """A cursor over `data[at:end]`. Invalid where the bytes break the format.

    `lenient` names rules that are not enforced; only a planted fault asks for that.
    """

    __slots__ = ("at", "data", "end", "lenient")

    def __init__(self, data: bytes, at: int = 0, end: int | None = None, lenient: str = "") -> None:
        self.data = data
        self.at = at
        self.end = len(data) if end is None else end
        self.lenient = lenient

    def byte(self) -> int:
        """The next byte."""
        at = self.at
        if at >= self.end:
            raise Invalid("unexpected end")
        self.at = at + 1
        return self.data[at]

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        at = self.at
        if size > self.end - at:
            raise Invalid("unexpected end")
        self.at = at + size
        return self.data[at : at + size]

    def u32(self) -> int:
        """An unsigned number of 32 bits."""
        at = self.at
        if at < self.end:
            byte = self.data[at]
            if byte < 0x80:
                self.at = at + 1
                return byte
        return self._unsigned(32)

    def _unsigned(self, bits: int) -> int:
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
            shift += 7
            if shift >= bits and self.lenient != "leb":
                raise Invalid("integer representation too long")
        if value >> bits and self.lenient != "leb":
            raise Invalid("integer too large")
        return value & ((1 << bits) - 1)

    def signed(self, bits: int) -> int:
        """A signed number of `bits` bits."""
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
            if shift >= bits:
                raise Invalid("integer representation too long")
        if byte & 0x40:
            value -= 1 << shift
        if not -(1 << (bits - 1)) <= value < 1 << (bits - 1):
            raise Invalid("integer too large")
        return value

    def name(self) -> str:
        """A name in UTF-8."""
        size = self.u32()
        if size > MAX_NAME_BYTES:
            raise Unsupported("long name")
        try:
            return self.take(size).decode("utf-8")
        except UnicodeDecodeError:
            raise Invalid("malformed UTF-8 encoding") from None

    def value_type(self) -> str:
        """A value type."""
        byte = self.byte()
        letter = TYPE_OF_BYTE.get(byte)
        if letter is None:
            if byte in _KNOWN_TYPES:
                raise Unsupported("type of a proposal")
            raise Invalid("malformed value type")
        return letter

    def value_types(self) -> str:
        """A vector of value types."""
        count = self.u32()
        if count > self.end - self.at:
            raise Invalid("unexpected end")
        if count > 1000:
            raise Unsupported("many types")
        return "".join([self.value_type() for _ in range(count)])

    def reference_type(self) -> str:
        """A type of references."""
        letter = self.value_type()
        if letter not in REFERENCES:
            raise Invalid("malformed reference type")
        return letter

    def limits(self) -> Limits:
        """Sizes with an optional maximum."""
        flag = self.byte()
        if flag > 1:
            if flag < 0x10:
                raise Unsupported("flags of limits")
            raise Invalid("malformed flags of limits")
        minimum = self.u32()
        return Limits(minimum, self.u32() if flag else None)

    def table(self) -> Table:
        """A type of a table."""
        if self.at < self.end and self.data[self.at] == 0x40:
            raise Unsupported("table with a first value")
        return Table(self.reference_type(), self.limits())

    def global_type(self) -> GlobalType:
        """A type of a global."""
        letter = self.value_type()
        flag = self.byte()
        if flag > 1:
            if flag < 4:
                raise Unsupported("shared global")
            raise Invalid("malformed mutability")
        return GlobalType(letter, bool(flag))

    def constant(self) -> Instruction:
        """A constant expression of one instruction with its `end`."""
        found = self.instruction()
        if found[0] == END:
            raise Invalid("type mismatch in a constant expression")
        if self.instruction()[0] != END:
            raise Unsupported("constant expression of several instructions")
        return found

    def code(self) -> tuple[Instruction, ...]:
        """Instructions up to the `end` of the body, which is included."""
        found: list[Instruction] = []
        opened = [False]
        while opened:
            instruction = self.instruction()
            found.append(instruction)
            code = instruction[0]
            if code == END:
                opened.pop()
            elif 0x02 <= code <= 0x04:
                opened.append(code == _IF)
            elif code == _ELSE:
                if not opened[-1]:
                    raise Invalid("else without if")
                opened[-1] = False
        return tuple(found)

    def instruction(self) -> Instruction:
        """One instruction with its immediates."""
        code = self.byte()
        if code in (0xFC, 0xFD):
            number = self.u32()
            if code == 0xFD and number > 0xFF:
                if number < 0x140:
                    raise Unsupported("relaxed vector instruction")
                raise Invalid("unknown opcode")
            if code == 0xFC and 0x11 < number < 0x20:
                raise Unsupported("instruction of a proposal")
            code = code << 16 | number
        operation = OPERATIONS.get(code)
        if operation is None:
            if code in PROPOSED:
                raise Unsupported("instruction of a proposal")
            raise Invalid("unknown opcode")
        read = _IMMEDIATES[code]
        return (code, *read(self)) if read is not None else (code,)

    def _index(self) -> tuple[int]:
        return (self.u32(),)

    _label = _func = _local = _global = _table = _data = _elem = _index

    def _two(self) -> tuple[int, int]:
        return self.u32(), self.u32()

    _type_table = _elem_table = _tables = _two

    def _block(self) -> tuple[str | int]:
        if self.at < self.end and self.data[self.at] == 0x40:
            self.at += 1
            return ("",)
        if self.at < self.end and self.data[self.at] & 0xC0 == 0x40:
            return (self.value_type(),)
        index = self.signed(33)
        if index < 0:
            raise Invalid("malformed block type")
        return (index,)

    def _labels(self) -> tuple[tuple[int, ...], int]:
        count = self.u32()
        if count > self.end - self.at:
            raise Invalid("unexpected end")
        return tuple([self.u32() for _ in range(count)]), self.u32()

    def _types(self) -> tuple[str]:
        return (self.value_types(),)

    def _memory_zero(self) -> None:
        byte = self.byte()
        if byte >= 0x80:
            raise Unsupported("index of a memory in several bytes")
        if byte:
            raise Invalid("index of a memory is not zero")

    def _memory(self) -> tuple[()]:
        self._memory_zero()
        return ()

    def _memories(self) -> tuple[()]:
        self._memory_zero()
        self._memory_zero()
        return ()

    def _data_memory(self) -> tuple[int]:
        index = self.u32()
        self._memory_zero()
        return (index,)

    def _memarg(self) -> tuple[int, int]:
        align = self.u32()
        if align >= 0x40:
            if align < 0x80:
                raise Unsupported("index of a memory in an access")
            raise Invalid("malformed alignment")
        return align, self.u32()

    def _memarg_lane(self) -> tuple[int, int, int]:
        align, offset = self._memarg()
        return align, offset, self.byte()

    def _lane(self) -> tuple[int]:
        return (self.byte(),)

    def _shuffle(self) -> tuple[bytes]:
        return (self.take(16),)

    def _heap(self) -> tuple[str]:
        return (self.reference_type(),)

    def _i32(self) -> tuple[int]:
        return (self.signed(32) & 0xFFFFFFFF,)

    def _i64(self) -> tuple[int]:
        return (self.signed(64) & 0xFFFFFFFFFFFFFFFF,)

    def _f32(self) -> tuple[int]:
        return (int.from_bytes(self.take(4), "little"),)

    def _f64(self) -> tuple[int]:
        return (int.from_bytes(self.take(8), "little"),)

    def _v128(self) -> tuple[int]:
        return (int.from_bytes(self.take(16), "little"),)


_IMMEDIATES: Final[dict[int, Callable[[Reader], tuple[Any, ...]] | None]] = {
    code: getattr(Reader, f"_{operation.immediate}") if operation.immediate else None
    for code, operation in OPERATIONS.items()
}
