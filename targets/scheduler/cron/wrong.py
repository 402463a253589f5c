"""What is wrong in a field, or looks as if it were: numbers, signs, blanks and digits of others."""

from __future__ import annotations

from typing import Final

from targets.scheduler.cron.terms import Field

WRONG: Final = (
    *("", "x", "janx", "mond", "**", "*1", "1*", "*-5", "5-*", "1-", "-", "/", "*/", "/5", "*/x"),
    *("1//2", "1/2/3", "1-2-3", "*/-1", "-1", "1-5/", "5-9x", "5-100000x", "*/5x", "1-5/0", "3/0"),
    *(
        "1_0",
        "1.5",
        "1e1",
        "0x1",
        "+1",
        "\u0661",
        "\u00b9",
        "\u06f5",
        "1,,2",
        ",1",
        "1,",
        ",",
        ",,",
    ),
    *(
        "0",
        "*/0",
        "1/0",
        "*/00",
        "000",
        "007",
        "9" * 20,
        "9" * 4400,
        "1" + "0" * 9,
        "*/" + "9" * 20,
    ),
    *("#", "1#", "#1", "1#0", "1#6", "1#x", "1#1#1", "L#1", "1#-1", "5#1,5#2", "1#2,3", "8#1"),
    *("LL", "L-", "L-x", "L-0", "L-31", "WW", "W", "1W2", "LW1", "1,L", "L,1", "0W", "32W", "L7"),
    *("L8", "1L", "lastx", "last", "LAST", "last sun", "2nd fri", "1st xyz", "5th mon", "1-L/2"),
    *(
        "?",
        "??",
        "?1",
        "?,1",
        "?/2",
        "*,1",
        "1,*",
        "*,*",
        "*/2,*",
        "*/60",
        "*/100",
        "0/60",
        "1/255",
    ),
    *("h(", "H()", "H(1)", "H(5-1)", "H(0-99)", "H/0", "R/0", "H(1-5)/0", "R(3-1)", "H(2-2)", "HH"),
    *("H,1", "1-H", "H-5", "h", "r", "H/x", "H(1-)", "R(0-0)/2", "H(a-b)", "H#1", "R/99", "H/2/3"),
    *("mon", "JAN", "mon#2", "jan-mar/2", "mon-fri/2", "7", "0-7", "fri-mon", "sun-mon", "dec-jan"),
    *("5-3", "7-1", "6-0", "sat-sun", "12-1", "3-3", "3-3/2", "7-7", "0-0", "1-1", "59-0", "nov-5"),
    *("\t", "\n", "\u00a0", "\u3000", "\0", "*\u00a0*", "1\u00a0", "\u00a01", "%s", "{0}", "None"),
    *("60", "61", "24", "32", "13", "8", "100", "1970", "2100", "1969", "9999", "10000", "0-99"),
)
"""Parts of an expression that few parsers take, or that they take for different things."""
DAMAGES: Final = (
    *("{1}", "{1}", "{0}-{1}", "{1}-{0}", "{0},{1}", "{1},{0}", "{1}/2", "{0}-{1}/2", "{1}-{1}"),
    *("{0}/{1}", "*/{1}", "{1}-{0}/3"),
)
"""Where a number that is too big or too small stands."""
NO_SIGNS: Final = {
    Field.DAY: (
        "0W",
        "32W",
        "{0}W{0}",
        "L{0}",
        "W",
        "{0}-{0}W",
        "LW-{0}",
        "L-32",
        "{0}#1",
        "{0}LW",
    ),
    Field.WEEKDAY: (
        *("{0}#6", "{0}#0", "{0}#7", "{0}#6", "8#1", "8L", "L8", "{0}W", "{0}#-1", "{0}#1L"),
        *("{0}#{0}#{0}", "{0}#10", "{0}#", "#{0}", "L#{0}", "{0}#x", "{0}L#1", "{0}#0L", "0L0"),
    ),
}
"""What looks like a sign of a day field, and is none."""
GAPS: Final = ("\u00a0", "\n", "\t", "  ", " \t ", "\u3000", "\r\n", "\x0b", "\x1f", ",", "")
"""What stands between two fields instead of a blank."""


def beyond(field: Field) -> tuple[str, ...]:
    """Numbers that are just not of a field, and some that are far from it."""
    low, high = field.low, field.high
    around = (high + 1, high + 1, high + 2, high + 10, 99, 10 * high, 255, 1000, 10**9)
    below = (low - 1, low - 1) if low else ()
    return tuple(str(number) for number in (*around, *below))
