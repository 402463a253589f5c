"""The corpus folder as a worker sees it: what is new to it, and where it puts what it keeps."""

from __future__ import annotations

import hashlib
import pathlib
from collections.abc import Iterator

from harness.children.spec import Spec


class Shelf:
    """Knows files by name and content; inputs known to end the process are passed over."""

    def __init__(self, spec: Spec) -> None:
        self._corpus = pathlib.Path(spec.corpus) if spec.corpus else None
        self._draft = pathlib.Path(spec.folder) / "draft"
        self._deadly = frozenset(spec.deadly)
        self._known: set[str] = set()
        self._folders = [*map(pathlib.Path, spec.seeds)]
        self._inputs = [*map(pathlib.Path, spec.inputs)]

    def begin(self) -> Iterator[bytes]:
        """Everything that a worker begins with: inputs to run once, seeds and the corpus."""
        for path in self._inputs:
            yield path.read_bytes()
        for folder in self._folders:
            yield from self._fresh(folder)
        yield from self.fresh()

    def fresh(self) -> Iterator[bytes]:
        """What came into the corpus since it was looked at."""
        if self._corpus is not None:
            yield from self._fresh(self._corpus)

    def store(self, data: bytes) -> None:
        """Put a test case into the corpus; it appears there whole or not at all."""
        name = hashlib.sha256(data).hexdigest()
        if name in self._known or self._corpus is None:
            return
        self._draft.write_bytes(data)
        sha1 = hashlib.sha1(data, usedforsecurity=False).hexdigest()
        self._draft.replace(self._corpus / sha1)
        self._known |= {name, sha1}

    def _fresh(self, folder: pathlib.Path) -> Iterator[bytes]:
        if not folder.is_dir():
            return
        for path in sorted(folder.iterdir()):
            if path.name in self._known or not path.is_file():
                continue
            self._known.add(path.name)
            try:
                data = path.read_bytes()
            except FileNotFoundError:  # given its final name meanwhile: seen then
                continue
            sha256 = hashlib.sha256(data).hexdigest()
            if sha256 not in self._deadly:
                self._known.add(sha256)
                yield data
