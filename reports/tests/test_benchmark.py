"""Results of the benchmark of historic bugs become a page, and nothing else does."""

from __future__ import annotations

import json
import pathlib

import pytest

from reports import benchmark
from targets.errors import FarmError


def side(*seconds: float | None) -> list[dict[str, object]]:
    return [{"seconds": one, "check": "parse", "data": "00ff"} for one in seconds]


RECORD = {
    "bench": "bugs",
    "seconds": 120.0,
    "rows": [
        {
            "bug": "one",
            "selection": "resp@a==1",
            "sides": {"fuzzfarm": side(3.0, 1.0, None), "atheris": side(None, None, 9.0)},
        },
        {"bug": "two", "selection": "sql@b==2", "sides": {"fuzzfarm": side(None)}},
    ],
}


def test_the_page_tells_who_found_what() -> None:
    """Medians of the seeds that found it; a side that mostly did not, did not."""
    lines = benchmark.markdown(RECORD).splitlines()
    assert "- fuzzfarm: 1 of 2 found, median 2.0 s" in lines
    assert "- atheris: 0 of 2 found" in lines
    assert "| `one` | `resp@a==1` | 2.0 s | – | `parse` | 2 bytes |" in lines
    assert "| `two` | `sql@b==2` | – | – | – | – |" in lines


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"bench": "other", "rows": []}', '{"rows": 3}'])
def test_what_is_no_result_is_told(tmp_path: pathlib.Path, text: str) -> None:
    """One line names the file."""
    path = tmp_path / "results.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FarmError, match="holds no results"):
        benchmark.read(path)


def test_a_file_that_the_benchmark_wrote_is_read(tmp_path: pathlib.Path) -> None:
    """As JSON, unchanged; a file that is not there is told."""
    path = tmp_path / "results.json"
    path.write_text(json.dumps(RECORD), encoding="utf-8")
    assert benchmark.read(path) == RECORD
    with pytest.raises(FarmError, match="cannot be read"):
        benchmark.read(tmp_path / "nothing")


def test_a_race_of_engines_becomes_a_page(tmp_path: pathlib.Path) -> None:
    """With what was found, how soon, and how we stand; the limit stands for what was not found."""
    times: dict[str, list[float | None]] = {
        "ours": [1.0, 2.0, 3.0],
        "hypothesis": [8.0, None, None],
    }
    record = {
        "bench": "choices",
        "seconds": 9.0,
        "rows": [
            {
                "case": "door",
                "package": "",
                "sides": {side: [{"seconds": one} for one in all_] for side, all_ in times.items()},
                "against": {"hypothesis": {"verdict": "ahead", "p": 0.04, "ratio": 4.5}},
            }
        ],
    }
    path = tmp_path / "results.json"
    path.write_text(json.dumps(record), encoding="utf-8")
    lines = benchmark.markdown(benchmark.read(path)).splitlines()
    assert "| `door` | – | 2.00 s (3/3) | > 9 s (1/3), ahead (p = 0.040) |" in lines
    assert any("hypothesis: ahead of it on 1 of 1, behind on 0" in line for line in lines)
