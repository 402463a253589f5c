"""Small targets that fail in one known way each, for the end-to-end tests."""

from harness.tests.farm import Example

CLEAN = """
    def make():
        def subject(data):
            total = 0
            for byte in data:
                if byte == 65:
                    total += 1
                elif byte > 128:
                    total += 2
                elif byte < 32:
                    total += 3
            return total
        return subject
"""

EXAMPLES = {
    "clean": Example(CLEAN),
    "clean2": Example(CLEAN),
    "clean3": Example(CLEAN),
    "native": Example(
        """
        import ctypes

        def make():
            def subject(data):
                if data[:1] == b"S" and data[-1:] == b"!":
                    ctypes.string_at(0)
                if data[:1] == b"K":
                    raise KeyError("native goes on")
            return subject
        """,
        seeds=(b"S!", b"S-", b"J"),
    ),
    "handles": Example(
        """
        import os, signal

        def make():
            traps = []
            signal.signal(signal.SIGILL, lambda *_: traps.append(1))

            def subject(data):
                if data[:1] == b"T":
                    os.kill(os.getpid(), signal.SIGILL)
            return subject
        """,
        seeds=(b"T",),
    ),
    "unchecked": Example(
        """
        import ctypes

        def make():
            library = ctypes.CDLL(None)
            library.calloc.restype = ctypes.c_void_p
            library.calloc.argtypes = [ctypes.c_size_t, ctypes.c_size_t]

            def subject(data):
                if data[:1] == b"A" and not library.calloc(1, 3 << 30):
                    ctypes.string_at(0)
            return subject
        """,
        seeds=(b"A",),
    ),
    "sleeps": Example(
        """
        import threading

        slept = 0

        def make():
            def subject(data):
                global slept
                if data == b"wait" or 0 < slept < 2:
                    slept += 1
                    threading.Event().wait()
                if data[:1] == b"w":
                    raise KeyError("after sleeping")
            return subject
        """,
        seeds=(b"wait",),
    ),
    "stuck": Example(
        """
        import collections
        import itertools

        def make():
            def subject(data):
                if data == b"stuck":
                    collections.deque(itertools.repeat(0), maxlen=0)
                if data[:2] == b"st":
                    raise KeyError("after hanging")
            return subject
        """,
        seeds=(b"stuck",),
    ),
    "swallows": Example(
        """
        def make():
            def subject(data):
                while data == b"swallow":
                    try:
                        while True:
                            pass
                    except BaseException:
                        pass
                if data[:2] == b"sw":
                    raise KeyError("after swallowing")
            return subject
        """,
        seeds=(b"swallow",),
    ),
    "mutator_long": Example(
        CLEAN,
        mutate="examples.{name}.mutator:mutate",
        mutator="""
        def mutate(data, max_size, rng):
            return b"x" * 1000
        """,
    ),
    "leaks": Example(
        """
        calls = 0

        def make():
            def subject(data):
                global calls
                calls += 1
                if calls == 10:
                    raise LookupError("state of earlier calls")
            return subject
        """
    ),
    "once": Example(
        """
        def make():
            def subject(data):
                if data == b"once":
                    raise KeyError("only this seed")
            return subject
        """,
        seeds=(b"once",),
    ),
    "quits": Example(
        """
        import os
        import sys

        def make():
            def subject(data):
                print("noise of the subject")
                print("noise of the subject", file=sys.stderr)
                if data[:1] == b"Q":
                    os._exit(0)
                if data[:1] == b"R":
                    raise SystemExit(3)
            return subject
        """,
        seeds=(b"P",),
    ),
    "doomed": Example(
        """
        import os

        def make():
            def subject(data):
                os.abort()
            return subject
        """
    ),
    "import_raises": Example(CLEAN, read="raise ValueError('a check that cannot be imported')\n"),
    "import_ends": Example("import os\nos._exit(5)\n"),
    "make_raises": Example("def make():\n    raise OSError('no device')\n"),
    "needs_absent": Example(
        "def make():\n    import absent_package_q\n    return absent_package_q\n"
    ),
    "mutator_raises": Example(
        CLEAN,
        mutate="examples.{name}.mutator:mutate",
        mutator="""
        def mutate(data, max_size, rng):
            raise ZeroDivisionError("a mutator of the user")
        """,
    ),
    "mutator_wrong": Example(
        CLEAN,
        mutate="examples.{name}.mutator:mutate",
        mutator="""
        def mutate(data, max_size, rng):
            return None
        """,
    ),
}
