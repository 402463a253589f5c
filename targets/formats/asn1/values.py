"""Values of pyasn1 that its encoders take: every universal type, tagged and nested."""

from __future__ import annotations

from typing import Any, Final

from targets.drawing import Draw
from targets.formats.grammar import some

INTEGERS: Final = (
    *(
        0,
        1,
        -1,
        127,
        128,
        -128,
        -129,
        255,
        256,
        65535,
        2**31,
        -(2**31),
        2**63,
        -(2**63),
        2**64,
        2**200,
    ),
    *(-(2**200), -255, -256, 32767, 32768, -32768, -32769),
)
OIDS: Final = (
    *((1, 2, 840, 113549), (0, 0), (0, 39), (1, 39), (2, 0), (2, 40), (2, 999, 3), (2, 5, 4, 3)),
    *((1, 3, 2**32), (2, 2**40), (1, 3, 6, 1, 127, 128, 16383, 16384), (2, 47), (2, 48), (2, 175)),
)
REALS: Final = (
    *(0.0, 1.0, float("inf"), float("-inf")),
    *((1, 2, 5), (3, 2, -4), (-1, 10, 3), (123, 10, -2), (1, 2, 300), (4, 2, 0), (100, 10, 0)),
)
BITS: Final = ("", "0", "1", "10110", "1" * 8, "0" * 9, "1" * 64, "01" * 100)
TEXTS: Final = ("", "a", "Quick brown fox", "x" * 127, "y" * 128, "z" * 1001, "é", "𝄞")
TIMES: Final = ("910506234540Z", "20170711000102.3Z", "19851106210627.5Z", "20170711000102Z")


class Natives:
    """Values, made of the modules that are given."""

    def __init__(self, univ: Any, char: Any, useful: Any, tag: Any) -> None:
        self._univ, self._char, self._useful, self._tag = univ, char, useful, tag

    def value(self, draw: Draw, depth: int = 0) -> Any:
        """A value; containers hold less the deeper they are."""
        made = self._plain(draw, depth)
        if draw.chance(0.15):
            number = draw.choice((0, 1, 30, 31, 127, 128, 16384))
            form = draw.choice((self._tag.tagFormatSimple, self._tag.tagFormatConstructed))
            label = self._tag.Tag(self._tag.tagClassContext, form, number)
            if isinstance(made, self._univ.SequenceOf | self._univ.SetOf):
                made = made.subtype(explicitTag=label, cloneValueFlag=True)
            else:
                made = made.subtype(explicitTag=label)
        return made

    def _plain(self, draw: Draw, depth: int) -> Any:
        univ = self._univ
        kind = draw.integer(0, 12 if depth < 3 else 9)
        match kind:
            case 0:
                return univ.Integer(draw.choice(INTEGERS))
            case 1:
                return univ.Boolean(draw.integer(0, 1))
            case 2:
                return univ.BitString(draw.choice(BITS))
            case 3:
                return univ.OctetString(draw.binary(0, 40) * draw.choice((1, 1, 30)))
            case 4:
                return univ.Null("")
            case 5:
                return univ.ObjectIdentifier(draw.choice(OIDS))
            case 6:
                return univ.Real(draw.choice(REALS))
            case 7:
                return univ.Enumerated(draw.choice(INTEGERS))
            case 8:
                names = (
                    "UTF8String",
                    "IA5String",
                    "BMPString",
                    "UniversalString",
                    "PrintableString",
                )
                name = draw.choice(names)
                text = draw.choice(
                    TEXTS[:6] if name in names[1::3] or name[0] == "P" else TEXTS[:7]
                )
                return getattr(self._char, name)(text)
            case 9:
                name = draw.choice(("UTCTime", "GeneralizedTime"))
                return getattr(self._useful, name)(
                    TIMES[0] if name[0] == "U" else draw.choice(TIMES[1:])
                )
        held = univ.SequenceOf() if kind < 12 else univ.SetOf()
        for _ in range(some(draw, 1, 4)):
            held.append(self.value(draw, depth + 1))
        return held
