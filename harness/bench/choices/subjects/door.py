"""A door with a code that is entered key by key, and an alarm."""

from __future__ import annotations


class Door:
    """A wrong key begins anew; the bug: it locks again without closing."""

    CODE = (4, 0, 7, 1, 9)

    def __init__(self) -> None:
        self.entered = 0
        self.armed = False
        self.open = False
        self.stuck = False

    def arm(self) -> None:
        """Switch the alarm on; the code entered so far is forgotten."""
        self.armed = True
        self.entered = 0

    def press(self, key: int) -> None:
        """Enter one key of the code."""
        if self.armed and key == self.CODE[self.entered]:
            self.entered += 1
            if self.entered == len(self.CODE):
                self.open, self.armed, self.entered = True, False, 0
        else:
            self.entered = 0

    def lock(self) -> None:
        """Lock the door, which must not be open."""
        if self.open and self.armed:
            self.stuck = True
        self.open = False
