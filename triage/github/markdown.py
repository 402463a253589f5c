"""Untrusted text inside GitHub's Markdown: it is shown as it is and can do nothing.

Inside code nothing is a mention, a reference, a link, HTML or an image; so untrusted text only ever
appears inside code, and this file sees to it that it cannot end the code.
"""

from __future__ import annotations

import re

from triage.text import safe

_COMMENT_START = re.compile(r"<!(?=--)")
_MENTION = re.compile(r"@(?=[\w-])")
_REFERENCE = re.compile(r"(?<![\w&])#(?=\d)|\b(?<=GH)-(?=\d)", re.IGNORECASE)
_JOINER = "\N{WORD JOINER}"
"""Invisible; breaks a mention or a hidden marker without changing what people read."""


def code(text: str) -> str:
    """Inline code in one line; more backticks around it than in it."""
    plain = _COMMENT_START.sub(f"<!{_JOINER}", safe(" ".join(text.split())))
    if not plain:
        return "(nothing)"
    ticks = "`" * (_longest_run(plain) + 1)
    pad = " " if plain.startswith("`") or plain.endswith("`") else ""
    return f"{ticks}{pad}{plain}{pad}{ticks}"


def fence(text: str, language: str = "text") -> str:
    """A block of code; the fence is longer than any run of backticks in it."""
    lines = (safe(line, keep="\t") for line in re.split(r"\r\n|\r|\n", text.rstrip("\r\n")))
    plain = _COMMENT_START.sub(f"<!{_JOINER}", "\n".join(lines))
    ticks = "`" * max(3, _longest_run(plain) + 1)
    return f"{ticks}{language}\n{plain}\n{ticks}"


def heading(text: str, limit: int) -> str:
    """A title of at most `limit` characters: one line of plain text, nobody is notified by it."""
    plain = safe(" ".join(text.split()))
    plain = _REFERENCE.sub(lambda found: f"{found[0]}{_JOINER}", plain)
    plain = _MENTION.sub(f"@{_JOINER}", plain)
    plain = _COMMENT_START.sub(f"<!{_JOINER}", plain)
    return plain if len(plain) <= limit else plain[: limit - 1].rstrip() + "…"


def details(summary: str, content: str) -> str:
    """A section that opens on a click; `summary` must be our own words."""
    return f"<details><summary>{summary}</summary>\n\n{content}\n\n</details>"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall(r"`+", text)), default=0)
