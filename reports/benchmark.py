"""Results of `fuzz bench bugs` as a Markdown page: which bugs each side found, and how fast."""

from __future__ import annotations

import json
import pathlib
import statistics
from collections.abc import Iterator
from typing import Any

from targets.errors import FarmError

OURS = "fuzzfarm"


def read(path: pathlib.Path) -> dict[str, Any]:
    """The results in a file that the benchmark wrote; FarmError when it is none."""
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if record["bench"] == "bugs" and all("sides" in row for row in record["rows"]):
            return record
    except OSError as error:
        raise FarmError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError):
        pass  # it is no such file: told below
    raise FarmError(f"{path} holds no results: name a file that `fuzz bench bugs` wrote")


def markdown(record: dict[str, Any]) -> str:
    """The page; times are medians over the seeds that found the bug."""
    return "\n".join(_lines(record)) + "\n"


def _lines(record: dict[str, Any]) -> Iterator[str]:
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
