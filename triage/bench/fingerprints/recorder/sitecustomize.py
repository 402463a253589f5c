"""In a child: before an uncaught exception is shown, its failure is recorded for the live path."""

import json
import os
import pathlib
import resource
import sys
import threading


def _record(error: BaseException) -> None:
    from harness.failure import from_exception, to_record

    text = json.dumps(to_record(from_exception(error)))
    pathlib.Path(os.environ["RECORD"]).write_text(text, encoding="utf-8")


def _on_exception(kind, error, trace):  # type: ignore[no-untyped-def]
    _record(error)
    sys.__excepthook__(kind, error, trace)


def _on_thread(arguments):  # type: ignore[no-untyped-def]
    _record(arguments.exc_value)
    threading.__excepthook__(arguments)


resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
if os.environ.get("RECORD"):
    sys.excepthook = _on_exception
    threading.excepthook = _on_thread
