"""Results of a benchmark as a Markdown page: which bugs each side found, and how fast."""

from __future__ import annotations

import json
import pathlib
import statistics
from collections.abc import Callable, Iterator
from typing import Any, Final

from targets.errors import FarmError

OURS = "fuzzfarm"


def read(path: pathlib.Path) -> dict[str, Any]:
    """The results in a file that the benchmark wrote; FarmError when it is none."""
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if record["bench"] in _PAGES and all("sides" in row for row in record["rows"]):
            return record
    except OSError as error:
        raise FarmError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError):
        pass  # it is no such file: told below
    raise FarmError(
        f"{path} holds no results: name a file that `fuzz bench bugs` or `fuzz bench choices` wrote"
    )


def markdown(record: dict[str, Any]) -> str:
    """The page; times are medians over the seeds that found the bug."""
    return "\n".join(_PAGES[record["bench"]](record)) + "\n"


def _bugs(record: dict[str, Any]) -> Iterator[str]:
    rows = record["rows"]
    sides = list(dict.fromkeys([OURS, *(side for row in rows for side in row["sides"])]))
    yield "# Historic bugs, found again"
    yield ""
    yield f"At most {record['seconds']:g} s for each bug and side, one worker."
    yield ""
    for side in sides:
        times = [time_s for row in rows if (time_s := _seconds(row, side)) is not None]
        median = f", median {statistics.median(times):.1f} s" if times else ""
        yield f"- {side}: {len(times)} of {len(rows)} found{median}"
    yield ""
    yield f"| bug | selection | {' | '.join(sides)} | found by | minimized |"
    yield "|---|---|" + "--:|" * len(sides) + "---|--:|"
    for row in rows:
        yield "| " + " | ".join(_cells(row, sides)) + " |"


def _cells(row: dict[str, Any], sides: list[str]) -> Iterator[str]:
    yield f"`{row['bug']}`"
    yield f"`{row['selection']}`"
    for side in sides:
        time_s = _seconds(row, side)
        yield "–" if time_s is None else f"{time_s:.1f} s"
    found = [item for item in row["sides"].get(OURS, []) if item["seconds"] is not None]
    yield f"`{found[0]['check']}`" if found else "–"
    yield f"{len(found[0]['data']) // 2} bytes" if found else "–"


def _seconds(row: dict[str, Any], side: str) -> float | None:
    """Median of the seeds that found it; None when fewer than half of them did."""
    results = row["sides"].get(side, [])
    times = [item["seconds"] for item in results if item["seconds"] is not None]
    return statistics.median(times) if times and 2 * len(times) >= len(results) else None


def _race(record: dict[str, Any]) -> Iterator[str]:
    """Of `fuzz bench choices`: the limit stands for a seed that did not find the bug."""
    rows, limit_s = record["rows"], record["seconds"]
    rivals = list(dict.fromkeys(side for row in rows for side in row["against"]))
    yield "# How soon deep bugs are found"
    yield ""
    yield f"Median of CPU seconds, at most {limit_s:g} s for each run; in how many of the runs."
    yield "Ahead and behind: Mann–Whitney, two-sided, p < 0.05."
    yield ""
    for rival in rivals:
        said = [row["against"][rival]["verdict"] for row in rows]
        ratio = statistics.median(row["against"][rival]["ratio"] for row in rows)
        yield (
            f"- {rival}: ahead of it on {said.count('ahead')} of {len(rows)}, behind on "
            f"{said.count('behind')}; it needs at least {ratio:.1f} times as long in the median"
        )
    yield ""
    yield f"| case | package | ours | {' | '.join(rivals)} |"
    yield "|---|---|--:|" + "--:|" * len(rivals)
    for row in rows:
        cells = [f"`{row['case']}`", row["package"] or "–", _timed(row["sides"]["ours"], limit_s)]
        for rival in rivals:
            told = row["against"][rival]
            time = _timed(row["sides"][rival], limit_s)
            cells.append(f"{time}, {told['verdict']} (p = {told['p']:.3f})")
        yield "| " + " | ".join(cells) + " |"


def _timed(results: list[dict[str, Any]], limit_s: float) -> str:
    """Median time, and how many runs of all found the bug."""
    times = [limit_s if item["seconds"] is None else item["seconds"] for item in results]
    found = sum(item["seconds"] is not None for item in results)
    median_s = statistics.median(times)
    told = f"> {limit_s:g} s" if median_s >= limit_s else f"{median_s:.2f} s"
    return f"{told} ({found}/{len(results)})"


_PAGES: Final[dict[str, Callable[[dict[str, Any]], Iterator[str]]]] = {
    "bugs": _bugs,
    "choices": _race,
}
