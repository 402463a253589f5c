"""Strategies of expressions: fields, lists, ranges, steps, names, words, signs, and damaged text.

Each decision is a draw of its own, simple ones first, so that engines can mutate and shrink them.
"""

from __future__ import annotations

from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from targets.scheduler.cron.terms import FIVE, MONTHS, WEEKDAYS, Field

WORDS: Final = (
    *("@daily", "@hourly", "@weekly", "@monthly", "@yearly", "@annually", "@midnight"),
    *("@reboot", "@", "@DAILY", "@every 1h"),
)
_EDGES: Final = {
    Field.SECOND: (0, 30, 59, 1, 15, 20, 45),
    Field.MINUTE: (0, 30, 59, 1, 15, 20, 45),
    Field.HOUR: (0, 2, 1, 3, 23, 12, 6),
    Field.DAY: (1, 31, 30, 29, 28, 15, 13),
    Field.MONTH: (1, 2, 3, 12, 4, 10, 11),
    Field.WEEKDAY: (0, 7, 1, 6, 5, 3),
    Field.YEAR: (2020, 2024, 2099, 1970, 2023, 2030),
}
_NAMES: Final = {Field.MONTH: MONTHS, Field.WEEKDAY: WEEKDAYS}
_WRONG: Final = (
    *("", "-1", "60", "61", "24", "32", "13", "8", "0", "100", "1000000000", "9" * 20, "9" * 4400),
    *(
        "x",
        "janx",
        "mond",
        "**",
        "*1",
        "1*",
        "*-5",
        "5-*",
        "1-",
        "-",
        "/",
        "*/",
        "/5",
        "*/x",
        "1//2",
    ),
    *("1/2/3", "1-2-3", "*/-1", "1_0", "1.5", "1e1", "0x1", "\u0661", "\u00b9", "1,,2", ",1", "1,"),
    *(
        "#",
        "1#",
        "#1",
        "1#0",
        "1#6",
        "1#x",
        "1#1#1",
        "L#1",
        "LL",
        "L-",
        "L-x",
        "WW",
        "W",
        "1W2",
        "LW1",
    ),
    *("?", "??", "?1", "?,1", "h(", "H()", "H(1)", "H(5-1)", "H(0-99)", "H/0", "R/0", "H(1-5)/0"),
    *("mon", "JAN", "mon#2", "jan-mar/2", "mon-fri/2", "last", "LAST", "2nd fri", "7", "0-7", "L7"),
    *(
        "\t",
        "\n",
        "\u00a0",
        "\u3000",
        "\0",
        "*\u00a0*",
        "%s",
        "{0}",
        "None",
        "*/60",
        "*/100",
        "0/60",
    ),
)
_SIGNS: Final = {
    Field.DAY: ("L", "15W", "LW", "1W", "W15", "L-3", "10-L", "31W", "WL", "l", "1,L"),
    Field.WEEKDAY: ("5L", "L5", "1#1", "5#5", "fri#3", "0L", "L0", "7L", "1#1,5#3", "5#L", "sun#2"),
}


@st.composite
def values(draw: DrawFn, field: Field) -> str:
    """One value of a field: interesting, any, by name, or with a leading zero."""
    form = draw(st.integers(0, 5))
    if form == 4 and field in _NAMES:
        name = draw(st.sampled_from(_NAMES[field]))
        return draw(st.sampled_from((name, name.upper(), name.title())))
    if form <= 2:
        number = draw(st.sampled_from(_EDGES[field]))
    else:
        number = draw(st.integers(field.low, field.high))
    return f"{number:02d}" if form == 5 else str(number)


@st.composite
def terms(draw: DrawFn, field: Field) -> str:
    """One term of a field, well formed; a range may be reversed or of one value."""
    form = draw(st.integers(0, 9))
    if form <= 2:
        return draw(values(field))
    step = "/" + str(draw(st.sampled_from((1, 2, 3, 5, 7, 10, 15, 20)) | st.integers(1, 70)))
    if form <= 4:
        return "*" + step
    if form == 5:
        return draw(values(field)) + step
    if form <= 7:
        low, high = draw(values(field)), draw(values(field))
        reverse = low.isdigit() and high.isdigit() and int(low) > int(high) and draw(st.booleans())
        return (f"{high}-{low}" if reverse else f"{low}-{high}") + (step if form == 7 else "")
    if form == 8:
        whole = f"{field.low}-{6 if field is Field.WEEKDAY else field.high}"
        return whole + draw(st.sampled_from(("", step)))
    return draw(st.sampled_from(_SIGNS.get(field, ("*",))))


@st.composite
def hashes(draw: DrawFn, field: Field) -> str:
    """`H` or `R`, with a range and a step or without."""
    letter = draw(st.sampled_from("HhRr"))
    bounds = ""
    if draw(st.booleans()):
        low = draw(st.integers(field.low, field.high))
        high = draw(st.integers(field.low, field.high + 1))
        bounds = f"({low}-{high})"
    step = f"/{draw(st.integers(0, 40))}" if draw(st.booleans()) else ""
    return letter + bounds + step


def fields(field: Field) -> SearchStrategy[str]:
    """A field: mostly one term, often a star."""
    several = st.lists(terms(field), min_size=2, max_size=4).map(",".join)
    question = st.just("?") if field in _SIGNS else st.just("*")
    return st.one_of(st.just("*"), terms(field), terms(field), several, question)


@st.composite
def proper(draw: DrawFn, counts: tuple[int, ...] = (5, 5, 5, 6, 7)) -> str:
    """An expression whose form is right, whatever it asks for."""
    count = draw(st.sampled_from(counts))
    parts = [draw(fields(field)) for field in FIVE]
    if count > 5:
        second = draw(fields(Field.SECOND))
        parts.insert(draw(st.sampled_from((0, 5))), second)
    if count > 6:
        parts.append(draw(fields(Field.YEAR)))
    return " ".join(parts)


@st.composite
def sparse(draw: DrawFn) -> str:
    """A fixed time of day on certain days: what searches have to look for."""
    form = draw(st.integers(0, 3))
    clock = f"{draw(values(Field.MINUTE))} {draw(values(Field.HOUR))}"
    day = draw(st.sampled_from((*map(str, range(26, 32)), "L", "1", "*/7", "1-31", "*")))
    day = draw(fields(Field.DAY)) if form == 1 else day
    month = draw(values(Field.MONTH)) if form != 2 else "*"
    week = draw(fields(Field.WEEKDAY)) if form == 3 else "*"
    return f"{clock} {day} {month} {week}"


@st.composite
def daily(draw: DrawFn) -> str:
    """A fixed time of every day, at an hour at which clocks are changed."""
    minute = draw(st.sampled_from((0, 30, 59, 15)))
    return f"{minute} {draw(st.sampled_from((0, 2, 1, 3, 23)))} * * *"


@st.composite
def hashed(draw: DrawFn) -> str:
    """An expression with `H` or `R` in some fields."""
    count = draw(st.sampled_from((5, 5, 6, 7)))
    places = (*FIVE, Field.SECOND, Field.YEAR)[:count]
    parts = [
        draw(hashes(field)) if draw(st.booleans()) else draw(fields(field)) for field in places
    ]
    return " ".join(parts)


@st.composite
def damaged(draw: DrawFn) -> str:
    """An expression in which one thing is wrong, or only unusual."""
    parts = draw(proper()).split(" ")
    form = draw(st.integers(0, 6))
    at = draw(st.integers(0, len(parts) - 1))
    if form <= 2:
        parts[at] = draw(st.sampled_from(_WRONG))
    elif form == 3:
        wrong = draw(st.sampled_from(_WRONG))
        parts[at] = draw(st.sampled_from(("{0},{1}", "{0}-{1}", "{0}/{1}", "{1},{0}", "{0}{1}")))
        parts[at] = parts[at].replace("{0}", draw(values(FIVE[at % 5]))).replace("{1}", wrong)
    elif form == 4:
        del parts[at:]
    elif form == 5:
        parts += draw(st.lists(st.sampled_from(("*", "0", "x")), min_size=1, max_size=4))
    else:
        alphabet = "0123456789*/-,?#LWHR()@ \tjanmonsu\u0661\u00a0"
        parts[at] = draw(st.text(alphabet, max_size=6) | st.text(max_size=4))
    gap = draw(st.sampled_from((" ", " ", " ", "  ", "\t", "\n", "\u00a0", "\u3000")))
    return gap.join(parts)


def texts() -> SearchStrategy[str]:
    """Any expression, most of them well formed."""
    return st.one_of(sparse(), proper(), hashed(), damaged(), st.sampled_from(WORDS))


def walked() -> SearchStrategy[str]:
    """Expressions to be walked along: well formed."""
    return st.one_of(sparse(), proper(), proper((5,)), st.sampled_from(WORDS[:7]))
