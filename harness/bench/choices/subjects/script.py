"""A little language: commands that work on a stack, some only after others."""

from __future__ import annotations


class Interpreter:
    """Runs commands, one a call."""

    def __init__(self) -> None:
        self.stack: list[int] = []
        self.open: list[str] = []
        self.marked = False

    def run(self, command: str, number: int) -> None:
        """ValueError for what cannot be done now. RuntimeError: the bug."""
        if command == "push":
            self.stack.append(number)
        elif command == "loop":
            if not self.stack or self.stack[-1] < 2:
                raise ValueError("nothing to count")
            self.open.append(command)
        elif command == "if":
            if not self.open or self.open[-1] != "loop":
                raise ValueError("only within a loop")
            self.open.append(command)
        elif command == "mark":
            if self.open != ["loop", "if", "loop"]:
                raise ValueError("no place for a mark")
            self.marked = True
        elif command == "end":
            if not self.open:
                raise ValueError("nothing to end")
            self.open.pop()
        elif command == "jump":
            if not self.marked:
                raise ValueError("no mark")
            if not self.open and len(self.stack) == 3:
                raise RuntimeError("a jump into a loop that is over")
