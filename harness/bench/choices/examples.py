"""What shows the bug of each case: `python -m harness.bench.choices.examples CASE` runs it.

Exit 1 when it shows the bug, 0 when nothing fails, 2 when something else does. It stands apart from
the tests because Hypothesis reads constants out of the modules that a test imports.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from typing import Any

from harness.bench.choices.cases import Case, case_named, module_of

SCRIPT = ["push", "push", "push", "loop", "if", "loop", "mark", "end", "end", "end", "jump"]
HEAD = "Content-Disposition: form-data; name=a; filename=b"


def _formula() -> Any:
    formula: Any = ("-", 1, 2)
    for _ in range(6):
        formula = ("*", formula, 3)
    return formula


ARGUMENTS: dict[str, Callable[[], tuple[Any, ...]]] = {
    "nested": lambda: (90_210, 270_647, 90_212, 270_647 ^ 0x5EA1),
    "header": lambda: ("%DECK-2.7\nlayout:grid/100",),
    "records": lambda: (bytes([7, 1, 9, 9, 9]),),
    "signed": lambda: ([1, 2], "JPY", 5_859_947),
    "formula": lambda: (_formula(),),
    "script": lambda: ([(word, 5) for word in SCRIPT],),
    "croniter_step": lambda: ("* * * * * */7",),
    "h11_chunks": lambda: (b"1\r\naXX0\r\n\r\n",),
    "multipart_empty": lambda: ([HEAD, "", "--x", "--x--", ""],),
    "pyasn1_bits": lambda: (bytes.fromhex("2303030101"),),
    "sqlparse_alias": lambda: ("(as)",),
    "tomlkit_key": lambda: ("a{b=1}",),
}
"""Of each property: what its test is called with."""

LAST = object()
"""Stands for what the first step returned."""

STEPS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "door": [
        ("arm", {}),
        *(("press", {"key": key}) for key in (4, 0, 7, 1, 9)),
        ("arm", {}),
        ("lock", {}),
        ("moves", {}),
    ],
    "transfers": [
        ("begin", {"amount": 70}),
        ("vote", {"transfer": LAST, "who": "left"}),
        ("vote", {"transfer": LAST, "who": "right"}),
        ("commit", {"transfer": LAST}),
        ("dispute", {"transfer": LAST}),
        ("undo", {"transfer": LAST}),
        ("nothing_is_made", {}),
    ],
    "h11_cycles": [
        *(("request", {"method": b"GET"}), ("pull", {}), ("pull", {})),
        *(("respond", {"status": 200, "length": 0}), ("finish", {}), ("again", {})),
        *(("request", {"method": b"GET"}), ("pull", {})),
    ],
    "intervaltree_tree": [
        *(
            ("add", {"begin": begin, "size": size})
            for begin, size in ((11, 2), (19, 5), (0, 3), (1, 8))
        ),
        ("discard", {"begin": 11, "size": 2}),
        ("is_sound", {}),
    ],
}
"""Of each machine: rules and invariants in order, with their arguments."""


def show(case: Case) -> None:
    """Run the example; what it raises is the bug."""
    module = module_of(case)
    if case.name in ARGUMENTS:
        module.test.hypothesis.inner_test(*ARGUMENTS[case.name]())
        return
    machine, first = module.Machine(), None
    for name, given in STEPS[case.name]:
        values = {key: first if value is LAST else value for key, value in given.items()}
        said = getattr(machine, name)(**values)
        first = said if first is None else first


def main(arguments: list[str]) -> int:
    """Run it in this process."""
    case = case_named(arguments[0])
    try:
        show(case)
    except Exception as error:  # whatever it raises is judged
        if case.is_bug(error):
            return 1
        traceback.print_exc()
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
