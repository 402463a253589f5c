"""Check: what an encoder writes, the parser reads back as the same frames."""

from __future__ import annotations

from targets.oracles import Violation
from targets.resp.frames import Array, Bulk, Frame
from targets.resp.frames import encode as canonical
from targets.resp.generate import generate
from targets.resp.implementation import Implementation, modes, run
from targets.resp.views import view


def check(data: bytes, subject: Implementation) -> None:
    """Violation when a frame does not come back; undocumented errors escape."""
    for variant in modes(subject, data):
        if variant.commands:
            _require_back(_commands(data), variant, "a value does not come back")
            continue
        _require_back(generate(data, resp3=variant.resp3), variant, "a frame does not come back")
        if variant.encode is not None:
            read = run(variant, (data,)).frames
            _require_back(list(read), variant, "a frame read and written again does not come back")


def _commands(data: bytes) -> list[Frame]:
    """`SET` of a key and a value made from the input, then `GET` of the same key."""
    cut = data[0] % len(data) if data else 0
    key, value = Bulk(data[1 : 1 + cut]), Bulk(data[1 + cut :])
    return [Array((Bulk(b"SET"), key, value)), Array((Bulk(b"GET"), key))]


def _require_back(frames: list[Frame], subject: Implementation, what: str) -> None:
    if subject.encode is not None:
        sent_bytes = b"".join(map(subject.encode, frames))
    else:
        null = b"_\r\n" if subject.resp3 else b"$-1\r\n"
        sent_bytes = b"".join(canonical(frame, null) for frame in frames)
    outcome = run(subject, (sent_bytes,))
    if outcome.error is not None:
        raise Violation(f"roundtrip: {what}: refused", outcome.error)
    sent, back = view(frames, subject.merges), view(outcome.frames, subject.merges)
    if sent == back:
        return
    at = next((at for at in range(min(len(sent), len(back))) if sent[at] != back[at]), -1)
    kinds = f"{back[at][0]} for {sent[at][0]}" if at >= 0 else "another number of frames"
    raise Violation(
        f"roundtrip: {what}: {kinds}",
        f"{str(back[at:][:3])[:200]} for {str(sent[at:][:3])[:200]}",
    )
