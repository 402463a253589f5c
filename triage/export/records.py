"""Crashes as JSON that loses nothing: `triage import` reads it back."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from typing import Any, Final

from harness.crash import Crash, to_json

FORMAT: Final = 1
"""Version of the object around the crashes; each says the format of its own facts."""


def document(crashes: Iterable[Crash]) -> str:
    """`{"format": 1, "crashes": […]}`, one line of ASCII for each crash."""
    lines = [json.dumps(record(crash)) for crash in crashes]
    return f'{{"format": {FORMAT}, "crashes": [\n' + ",\n".join(lines) + "\n]}\n"


def record(crash: Crash) -> dict[str, Any]:
    """All facts of one crash, its input as base64 and its trace."""
    return {
        **to_json(crash),
        "input": base64.b64encode(crash.data).decode("ascii"),
        "trace": crash.example.failure.text,
    }
