"""What the results of the race say: who is ahead, by how much, and whether the goal is reached."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Iterator, Sequence
from typing import Final

from harness.bench.choices import ranks
from harness.bench.choices.race import OURS, Result

SIGNIFICANT: Final = 0.05
PLAIN: Final = "hypothesis"
GOAL: Final = 5.0
"""How many times as long plain Hypothesis shall need, in the median over all cases."""
_LEAST_S: Final = 0.001


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One case: results of each side, one for each seed."""

    case: str
    package: str
    limit_s: float
    sides: dict[str, tuple[Result, ...]]

    def times(self, side: str) -> list[float]:
        """CPU seconds; the limit stands for a seed that did not find the bug."""
        return [self.limit_s if one.seconds is None else one.seconds for one in self.sides[side]]

    def found(self, side: str) -> int:
        """Seeds that found the bug."""
        return sum(one.seconds is not None for one in self.sides[side])

    def median_s(self, side: str) -> float:
        """Of `times`."""
        return statistics.median(self.times(side))

    def executions(self, side: str) -> int:
        """Median of all seeds."""
        return int(statistics.median(one.executions for one in self.sides[side]))

    def chance(self, rival: str) -> float:
        """p of the difference between us and a rival."""
        return ranks.chance(self.times(OURS), self.times(rival))

    def verdict(self, rival: str) -> str:
        """How we stand: `ahead`, `behind`, or `noise`."""
        if self.chance(rival) >= SIGNIFICANT:
            return "noise"
        mine, theirs = self.times(OURS), self.times(rival)
        return "ahead" if ranks.u_of(mine, theirs) * 2 < len(mine) * len(theirs) else "behind"

    def ratio(self, rival: str) -> float:
        """How many times as long the rival needs; at least, if it did not find the bug."""
        return max(self.median_s(rival), _LEAST_S) / max(self.median_s(OURS), _LEAST_S)


def rivals_of(rows: Sequence[Row]) -> list[str]:
    """All sides but ours, in their order."""
    return [side for side in (rows[0].sides if rows else ()) if side != OURS]


def is_reached(rows: Sequence[Row]) -> bool:
    """Never behind, ahead of each rival on most cases, and the goal over plain Hypothesis."""
    for rival in rivals_of(rows):
        said = [row.verdict(rival) for row in rows]
        if "behind" in said or 2 * said.count("ahead") <= len(said):
            return False
    if PLAIN in rivals_of(rows):
        return statistics.median(row.ratio(PLAIN) for row in rows) >= GOAL
    return all(row.found(OURS) for row in rows)


def head(sides: Sequence[str], width: int) -> str:
    """The table's first line."""
    return f"{'case':{width}}" + "".join(f"  {side:>26}" for side in sides)


def line(row: Row, width: int) -> str:
    """One case: seeds that found it, median CPU seconds, executions, and how we stand."""
    cells = [f"{row.case:{width}}"]
    for side, results in row.sides.items():
        told = f"{row.found(side)}/{len(results)} {_seconds(row, side)} {_short(row, side)}"
        if side != OURS:
            told += f" {row.verdict(side):6}"
        cells.append(f"{told:>26}")
    return "  ".join(cells)


def _seconds(row: Row, side: str) -> str:
    median_s = row.median_s(side)
    return f">{row.limit_s:.0f} s" if median_s >= row.limit_s else f"{median_s:.2f} s"


def _short(row: Row, side: str) -> str:
    return f"{row.executions(side) / 1000:,.1f}k"


def summary(rows: Sequence[Row]) -> Iterator[str]:
    """For each rival: on how many cases we are ahead, where behind, and the median ratio."""
    for rival in rivals_of(rows):
        said = {row.case: row.verdict(rival) for row in rows}
        behind = [case for case, verdict in said.items() if verdict == "behind"]
        ratio = statistics.median(row.ratio(rival) for row in rows)
        yield (
            f"{rival}: ahead of it on {list(said.values()).count('ahead')} of {len(rows)}, "
            f"behind on {', '.join(behind) or 'none'}; "
            f"it needs {ratio:.1f} times as long (median, at least)"
        )
    notes = {
        f"{row.case}, {side}: {one.note}"
        for row in rows
        for side, results in row.sides.items()
        for one in results[:1]
        if one.note
    }
    yield from sorted(notes)


def record(rows: Sequence[Row]) -> dict[str, object]:
    """The results as plain values."""
    return {
        "bench": "choices",
        "seconds": rows[0].limit_s if rows else 0.0,
        "reached": is_reached(rows),
        "rows": [
            {
                "case": row.case,
                "package": row.package,
                "sides": {
                    side: [dataclasses.asdict(one) for one in results]
                    for side, results in row.sides.items()
                },
                "against": {
                    rival: {
                        "verdict": row.verdict(rival),
                        "p": round(row.chance(rival), 4),
                        "ratio": round(row.ratio(rival), 2),
                    }
                    for rival in rivals_of([row])
                },
            }
            for row in rows
        ],
    }
