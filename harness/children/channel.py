"""JSON lines from a child to the supervisor, on a pipe of their own."""

from __future__ import annotations

import json
import os


class Channel:
    """Writes one JSON object per line; stdout and stderr stay with the code under test."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self.busy = False
        """A line is being written: a signal handler must not write between its parts."""

    def say(self, kind: str, **fields: object) -> None:
        """Send one message; a supervisor that is gone is no error, the child is about to end."""
        line = (json.dumps({"kind": kind, **fields}) + "\n").encode()
        self.busy = True
        try:
            while line:
                line = line[os.write(self._fd, line) :]
        except BrokenPipeError:
            os._exit(0)
        finally:
            self.busy = False
