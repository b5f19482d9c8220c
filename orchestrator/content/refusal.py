"""Why a message cannot be rendered for one person.

    content.missing_data    a value that the template needs is not there, and the template does not say what then
    content.too_long        the finished text is longer than the channel or the workspace allows
    content.error           anything else: a template that does not compile, a value of the wrong kind

A template that cannot be made into a message at all is `Unsound`; at run time that is a `content.error`, too.
"""

from __future__ import annotations


class ContentRefused(Exception):
    """No content for this person on this channel. `code` is one of `orchestrator.reasons`, `detail` says why in plain words."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class MissingData(ContentRefused):
    """A value was needed that is not there; `name` is what the template calls it."""

    def __init__(self, name: str) -> None:
        super().__init__("content.missing_data", f"{name} is missing")
        self.name = name


class Unfit(ContentRefused):
    """A value is there, but of a kind that cannot stand where the template wants it."""

    def __init__(self, detail: str) -> None:
        super().__init__("content.error", detail)


class Unsound(Exception):
    """A template that cannot be made into a message; `position` says where in it, `code` which kind of problem it is."""

    def __init__(self, position: int, code: str, message: str) -> None:
        super().__init__(message)
        self.position = position
        self.code = code
