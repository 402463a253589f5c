"""Python values that TOML encoders document to take."""

from __future__ import annotations

import datetime
from typing import Final

from targets.drawing import Draw
from targets.formats.grammar import some

INTEGERS: Final = (0, 1, -1, 10, 2**31, 2**53 + 1, 2**63 - 1, -(2**63), 1000000)
FLOATS: Final = (
    *(
        0.0,
        -0.0,
        1.0,
        1.5,
        -2.25,
        1e22,
        1e-7,
        5e-324,
        1.7976931348623157e308,
        0.1,
        1e16,
        123456789.5,
    ),
    *(float("inf"), float("-inf"), float("nan")),
)
TEXTS: Final = (
    *(
        "",
        "a",
        "a b",
        "é",
        "😀",
        "'",
        '"',
        '""',
        '"""',
        "'''",
        "\\",
        "\\n",
        "\n",
        "a\nb",
        "\r\n",
        "\r",
    ),
    *(
        "\t",
        "\0",
        "\x1f",
        "\x7f",
        "\x80",
        "\x9f",
        "\u2028",
        "# c",
        "a.b",
        "=",
        "[a]",
        "{",
        "true",
        "1",
    ),
    *(
        "1979-05-27",
        "end\\",
        'q"',
        " lead",
        "trail ",
        "\n lead",
        "a\\\nb",
        "\ufeff",
        "\b\f",
        "é\n'''",
    ),
)
KEYS: Final = (
    "a",
    "b",
    "c",
    "key",
    "",
    "a b",
    "a.b",
    "é",
    '"',
    "'",
    "\n",
    "#",
    "=",
    "1",
    "-",
    "\\",
    "\t",
)


def document(draw: Draw) -> object:
    """A table."""
    return _table(draw, 0)


def _table(draw: Draw, depth: int) -> dict[str, object]:
    count = some(draw, 0 if depth else 1, 5)
    return {
        draw.choice(KEYS) if draw.chance(0.5) else f"k{number}": _value(draw, depth)
        for number in range(count)
    }


def _value(draw: Draw, depth: int) -> object:
    kind = draw.integer(0, 9 if depth < 4 else 5)
    match kind:
        case 0:
            return draw.choice(INTEGERS)
        case 1:
            return draw.choice(FLOATS)
        case 2 | 3:
            return draw.choice(TEXTS) + (draw.choice(TEXTS) if draw.chance(0.3) else "")
        case 4:
            return draw.choice((True, False))
        case 5:
            return _moment(draw)
        case 6:
            return [_value(draw, depth + 1) for _ in range(some(draw, 0, 4))]
        case 7:
            return [_table(draw, depth + 1) for _ in range(some(draw, 1, 3))]
    return _table(draw, depth + 1)


def _moment(draw: Draw) -> object:
    day = datetime.date(
        draw.choice((1, 1970, 2024, 9999)), draw.integer(1, 12), draw.integer(1, 28)
    )
    micros = draw.choice((0, 0, 1, 100, 500000, 999999))
    clock = datetime.time(draw.integer(0, 23), draw.integer(0, 59), draw.integer(0, 59), micros)
    kind = draw.integer(0, 3)
    if kind == 0:
        return day
    if kind == 1:
        return clock
    held = datetime.datetime.combine(day, clock)
    if kind == 2:
        return held
    minutes = draw.choice((0, 60, -60, 330, -690, 1439, -1439, -30))
    return held.replace(tzinfo=datetime.timezone(datetime.timedelta(minutes=minutes)))
