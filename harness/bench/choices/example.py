"""Runs the example of one case: `python -m harness.bench.choices.example CASE`.

Exit 1 when it shows the bug, 0 when nothing fails, 2 when something else does.
"""

from __future__ import annotations

import sys
import traceback

from harness.bench.choices.cases import case_named, module_of


def main(arguments: list[str]) -> int:
    """Run it in this process."""
    case = case_named(arguments[0])
    example = module_of(case).example
    try:
        example()
    except Exception as error:  # whatever it raises is judged
        if case.is_bug(error):
            return 1
        traceback.print_exc()
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
