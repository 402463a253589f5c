"""Strategies of expressions: fields, lists, ranges, steps, names, words, signs, and damaged text.

Each decision is a draw of its own, simple ones first, so that engines can mutate and shrink them.
Strategies without arguments are made once: to make and check one costs more than to draw from it.
"""

from __future__ import annotations

from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from targets.scheduler.cron.terms import FIVE, MONTHS, WEEKDAYS, Field
from targets.scheduler.cron.wrong import DAMAGES, GAPS, NO_SIGNS, WRONG, beyond

WORDS: Final = (
    *("@daily", "@hourly", "@weekly", "@monthly", "@yearly", "@annually", "@midnight"),
    *("@reboot", "@", "@DAILY", "@every 1h", "@never", "@Weekly", "@hourly "),
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
_SIGNS: Final = {
    Field.DAY: ("L", "{}W", "LW", "1W", "W{}", "L-{}", "{}-L", "31W", "WL", "l", "L-3"),
    Field.WEEKDAY: ("{}L", "L{}", "{}#1", "{}#5", "{}#3", "{}#L", "7#2", "fri#4", "L5", "7L"),
}
_STEPS: Final = (*(1, 2, 3, 5, 7, 10, 15, 20) * 3, *range(1, 71), 100, 366)
_OPEN: Final = (Field.DAY, Field.WEEKDAY)


def _values(field: Field) -> SearchStrategy[str]:
    """One value of a field: interesting, any, by name, or with a leading zero."""
    edges = [str(number) for number in _EDGES[field]]
    numbers = [str(number) for number in range(field.low, field.high + 1)]
    few = max(len(numbers) // (2 * len(edges)), 1)
    names = _NAMES.get(field, ())
    written = [name.upper() for name in names[::3]] + [name.title() for name in names[1::3]]
    return st.sampled_from(
        (*edges * few, *numbers, *names, *written, *(edge.zfill(2) for edge in edges[:3]))
    )


VALUES: Final = {field: _values(field) for field in Field}
STEPS: Final = st.sampled_from([f"/{step}" for step in _STEPS])
_STEP_OR_NONE: Final = st.sampled_from(("", "", "", *(f"/{step}" for step in _STEPS)))
_PLAIN: Final = ("value", "value", "star", "range", "start", "whole", "range step", "star")
_FORMS: Final = {
    field: st.sampled_from((*_PLAIN, "sign", "sign", "sign") if field in _SIGNS else _PLAIN)
    for field in Field
}
_WHOLE: Final = {
    field: st.sampled_from(
        ("0-6", "1-7", "0-7", "sun-sat", "mon-sun")
        if field is Field.WEEKDAY
        else (f"{field.low}-{field.high}", f"{field.low}-{field.high - 1}")
    )
    for field in Field
}
_SIGN: Final = {field: st.sampled_from(signs) for field, signs in _SIGNS.items()}
_REVERSED: Final = st.sampled_from((False, False, True))


@st.composite
def _terms(draw: DrawFn, field: Field) -> str:
    """One term of a field, well formed; a range may be reversed or of one value."""
    form = draw(_FORMS[field])
    match form:
        case "value":
            return draw(VALUES[field])
        case "star":
            return "*" + draw(STEPS)
        case "start":
            return draw(VALUES[field]) + draw(STEPS)
        case "whole":
            return draw(_WHOLE[field]) + draw(_STEP_OR_NONE)
        case "sign":
            sign = draw(_SIGN[field])
            return sign.format(draw(VALUES[field])) if "{" in sign else sign
    low, high = draw(VALUES[field]), draw(VALUES[field])
    if low.isdigit() and high.isdigit() and int(low) > int(high) and not draw(_REVERSED):
        low, high = high, low
    return f"{low}-{high}" + (draw(STEPS) if form == "range step" else "")


TERMS: Final = {field: _terms(field) for field in Field}


def _fields(field: Field) -> SearchStrategy[str]:
    """A field: mostly one term, often a star."""
    term = TERMS[field]
    star = st.sampled_from(("*", "*", "*", "?") if field in _OPEN else ("*",))
    return st.one_of(
        star,
        star,
        term,
        term,
        st.tuples(term, term).map(",".join),
        st.tuples(term, term, term).map(",".join),
    )


FIELDS: Final = {field: _fields(field) for field in Field}
_LISTS: Final = {
    field: st.one_of(
        TERMS[field], st.tuples(TERMS[field], TERMS[field]).map(",".join), TERMS[field]
    )
    for field in Field
}
"""As `FIELDS`, without those that are open."""


@st.composite
def _hashes(draw: DrawFn, field: Field) -> str:
    """`H` or `R`, with a range and a step or without."""
    letter = draw(_LETTERS)
    bounds = f"({draw(_BOUNDS[field])}-{draw(_BOUNDS[field])})" if draw(_BOOLEANS) else ""
    return letter + bounds + draw(_HASH_STEPS)


_BOOLEANS: Final = st.booleans()
_LETTERS: Final = st.sampled_from("HhRr")
_BOUNDS: Final = {
    field: st.sampled_from((*range(field.low, field.high + 1), field.high + 1, field.low, 99))
    for field in Field
}
_HASH_STEPS: Final = st.sampled_from(
    ("", "", "", "/0", *(f"/{step}" for step in (*range(1, 31), 40, 59, 60)))
)
HASHES: Final = {field: _hashes(field) for field in Field}
_HASHED: Final = {field: st.one_of(st.just("*"), HASHES[field], FIELDS[field]) for field in Field}
_PLACES: Final = (*FIVE, Field.SECOND, Field.YEAR)
_COUNTS: Final = st.sampled_from((5, 5, 5, 6, 7))
_SECOND_AT: Final = st.sampled_from((5, 0))


@st.composite
def _proper(draw: DrawFn, counted: bool) -> str:
    """An expression whose form is right, whatever it asks for; `counted`: five to seven fields."""
    count = draw(_COUNTS) if counted else 5
    parts = [draw(FIELDS[field]) for field in FIVE]
    if count > 5:
        parts.insert(draw(_SECOND_AT), draw(FIELDS[Field.SECOND]))
    if count > 6:
        parts.append(draw(FIELDS[Field.YEAR]))
    return " ".join(parts)


PROPER: Final = _proper(counted=True)
FIVE_FIELDS: Final = _proper(counted=False)
_WHICH: Final = st.sampled_from((0, 1, 2, 3, 4, 2, 4))
"""Day fields are where most rules are."""
_BASES: Final = st.sampled_from(("* * * * *", "0 0 * * *", "* * * * *", "30 12 1 1 *"))
_MORE: Final = st.sampled_from(("", "", "", "first", "last", "year"))


@st.composite
def _lone(draw: DrawFn) -> str:
    """An expression that asks for something unusual in one field alone."""
    parts = draw(_BASES).split(" ")
    more = draw(_MORE)
    at = draw(_WHICH)
    if more == "first":
        return " ".join((draw(_LISTS[Field.SECOND]), *parts))
    if more == "last":
        return " ".join((*parts, draw(_LISTS[Field.SECOND])))
    if more == "year":
        return " ".join((*parts, "0", draw(_LISTS[Field.YEAR])))
    parts[at] = draw(_LISTS[FIVE[at]])
    return " ".join(parts)


LONE: Final = _lone()
_SHAPES: Final = st.sampled_from(("date", "date", "month", "day", "week", "either", "rare"))
_ENDS: Final = st.sampled_from(
    (*("30", "31", "29", "28", "1", "L"), *("27", "26", "1,30", "29,30", "28-31", "*/7", "*"))
)


_RARE: Final = st.sampled_from(
    (
        "29 2 *",
        "* 2 1#5",
        "29 2 ?",
        "* feb sat#5",
        "L 2 *",
        "29,30 2 *",
        "30 2 *",
        "* 2 5#5",
        "31 4 1",
    )
)
"""What comes once in years, if ever."""


@st.composite
def _sparse(draw: DrawFn) -> str:
    """A fixed time of day on certain days: what searches have to look for."""
    shape = draw(_SHAPES)
    clock = f"{draw(VALUES[Field.MINUTE])} {draw(VALUES[Field.HOUR])}"
    if shape == "rare":
        return f"{clock} {draw(_RARE)}"
    day = draw(FIELDS[Field.DAY] if shape == "day" else _ENDS)
    month = draw(FIELDS[Field.MONTH]) if shape in ("month", "day") else draw(VALUES[Field.MONTH])
    week = draw(FIELDS[Field.WEEKDAY]) if shape in ("week", "either") else "*"
    return f"{clock} {day} {'*' if shape == 'week' else month} {week}"


SPARSE: Final = _sparse()
_MINUTES: Final = st.sampled_from(
    (
        *("0", "30", "59", "15", "45", "0", "30"),
        *("*", "*/30", "*/15", "0,30", "15,45", "*/20", "?/30"),
    )
)
_HOURS: Final = st.sampled_from(
    (*("0", "2", "1", "3", "23", "4", "0", "2"), *("*", "*", "*/2", "0-4", "1,2", "1-3", "*/3"))
)
_OFTEN: Final = st.sampled_from(
    (*("* * *",) * 10, "1 * *", "* * 0", "L * *", "* * sun", "*/2 * *", "1 4,10 *", "* 3,10 *")
)


@st.composite
def _daily(draw: DrawFn) -> str:
    """Some times of every day, or almost, at an hour at which clocks are changed."""
    return f"{draw(_MINUTES)} {draw(_HOURS)} {draw(_OFTEN)}"


DAILY: Final = _daily()


@st.composite
def _hashed(draw: DrawFn) -> str:
    """An expression with `H` or `R` in some fields."""
    count = draw(_COUNTS)
    return " ".join([draw(_HASHED[field]) for field in _PLACES[:count]])


@st.composite
def _lone_hash(draw: DrawFn) -> str:
    parts = ["*"] * 5
    at = draw(_WHICH)
    parts[at] = draw(HASHES[FIVE[at]])
    return " ".join(parts)


HASHED: Final = st.one_of(_lone_hash(), _hashed())
_DAMAGED: Final = st.sampled_from(
    ("wrong", "beyond", "joined", "beyond", "wrong", "fewer", "more", "text", "gap", "joined")
)
_WRONG: Final = st.sampled_from(WRONG)
_BEYOND: Final = {field: st.sampled_from(beyond(field)) for field in Field}
_JOINS: Final = st.sampled_from(("{0},{1}", "{0}-{1}", "{0}/{1}", "{1},{0}", "{0}{1}", "{1}{0}"))
_EXTRA: Final = st.sampled_from(("*", "0", "x", "* *", "* * *", "0 0", "2024 *", "* * * *"))
_ALPHABET: Final = "0123456789*/-,?#LWHR()@ \tjanmonsu\u0661\u00a0"
_TEXT: Final = st.text(_ALPHABET, max_size=6) | st.text(max_size=4)
_GAPS: Final = st.sampled_from(GAPS)
_NO_SIGNS: Final = {field: st.sampled_from(signs) for field, signs in NO_SIGNS.items()}
_FORM: Final = st.sampled_from(DAMAGES)


@st.composite
def _damaged(draw: DrawFn) -> str:
    """An expression in which one thing is wrong, or only unusual."""
    parts = draw(_DAMAGED_BASES).split(" ")
    form, at = draw(_DAMAGED), draw(_WHICH)
    field = FIVE[at]
    match form:
        case "wrong":
            parts[at] = draw(_WRONG)
        case "beyond" if draw(_BOOLEANS) and field in _OPEN:
            parts[at] = draw(_NO_SIGNS[field]).format(draw(VALUES[field]))
        case "beyond":
            parts[at] = draw(_FORM).replace("{1}", draw(_BEYOND[field]))
            if "{0}" in parts[at]:
                parts[at] = parts[at].replace("{0}", draw(VALUES[field]))
        case "joined":
            joined = draw(_JOINS).replace("{0}", draw(VALUES[field]))
            parts[at] = joined.replace("{1}", draw(_WRONG))
        case "fewer":
            del parts[at:]
        case "more":
            parts.append(draw(_EXTRA))
        case "text":
            parts[at] = draw(_TEXT)
        case _:
            return draw(_GAPS).join(parts)
    return " ".join(parts)


_DAMAGED_BASES: Final = st.one_of(_BASES, st.just("* * * * * 0"), FIVE_FIELDS, PROPER)
DAMAGED: Final = _damaged()
_WORDS: Final = st.sampled_from(WORDS)
_TEXTS: Final = st.one_of(LONE, SPARSE, PROPER, HASHED, DAMAGED, DAMAGED, DAMAGED, _WORDS)
_WALKED: Final = st.one_of(
    SPARSE, SPARSE, LONE, LONE, FIVE_FIELDS, PROPER, st.sampled_from(WORDS[:7])
)


def texts() -> SearchStrategy[str]:
    """Any expression, many of them damaged."""
    return _TEXTS


def walked() -> SearchStrategy[str]:
    """Expressions to be walked along: well formed."""
    return _WALKED
