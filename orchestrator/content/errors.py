"""What can go wrong when a value is written for its reader."""

from __future__ import annotations


class FormatError(ValueError):
    """A value that cannot be written as asked; the text says what was found and what was expected."""
