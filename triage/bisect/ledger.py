"""What single versions showed, kept beside the crash: a search that ran out of time goes on."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import sys
import time
from typing import Any

from harness.crash import Crash
from harness.home import Home, write_atomic
from triage.bisect.attempts import Attempt
from triage.bisect.search import Verdict

FORMAT = 1
SKIP_HOLDS_S = 3600.0
"""After so long a version that could not be tried is tried again: the index may have been away."""


@dataclasses.dataclass(slots=True)
class Ledger:
    """Verdicts by what was searched and version, for one input, selection and Python."""

    path: pathlib.Path
    key: dict[str, Any]
    over: str
    """`package NAME` or `git NAME`."""

    def read(self) -> dict[str, Attempt]:
        """Version → what it showed; a file that is damaged or of another input counts as none."""
        now_s = time.time()
        known = {}
        for version, record in self._records().get(self.over, {}).items():
            try:
                found = Attempt(Verdict(record["verdict"]), str(record["note"]))
                age_s = now_s - float(record["time_s"])
            except (KeyError, TypeError, ValueError):
                continue
            if found.verdict is not Verdict.SKIP or age_s < SKIP_HOLDS_S:
                known[version] = found
        return known

    def write(self, version: str, seen: Attempt) -> None:
        """Add what one version showed."""
        records = self._records()
        record = {"verdict": seen.verdict.value, "note": seen.note, "time_s": time.time()}
        records.setdefault(self.over, {})[version] = record
        text = json.dumps({"format": FORMAT, **self.key, "tried": records}, indent=1)
        write_atomic(self.path, text.encode("utf-8", "backslashreplace"), durable=False)

    def _records(self) -> dict[str, dict[str, Any]]:
        try:
            stored = json.loads(self.path.read_bytes())
            if stored["format"] != FORMAT or any(stored[key] != self.key[key] for key in self.key):
                return {}
            tried = stored["tried"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return {}
        if not isinstance(tried, dict):
            return {}
        return {over: seen for over, seen in tried.items() if isinstance(seen, dict)}


def open_ledger(home: Home, crash: Crash, over: str) -> Ledger:
    """The ledger of the crash's input as it is now."""
    key = {
        "sha256": crash.example.sha256,
        "selection": crash.example.selection.partition("==")[0],
        "requirements": list(crash.example.requirements),
        "fingerprint": crash.fingerprint,
        "python": sys.version,
    }
    return Ledger(home.crash(crash.id) / "bisect.json", key, over)
