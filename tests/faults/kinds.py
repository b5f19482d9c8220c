"""The ways in which providers misbehave, and what each means for a message that must not be repeated blindly.

sent      taken, however oddly it is said
retry     known not to be sent: tried again
unknown   it may have been sent, and nobody says so
"""

from __future__ import annotations

from collections.abc import Mapping

KINDS: Mapping[str, str] = {
    "accept": "sent",
    "busy": "retry",  # 429 with Retry-After
    "away": "retry",  # 503 with Retry-After
    "overload": "unknown",  # 503 without
    "error": "unknown",  # 500
    "gateway": "unknown",  # 504
    "reset": "unknown",  # after the request's last byte
    "garbage": "unknown",  # not HTTP at all
    "empty": "unknown",  # 200, and nothing
    "html": "unknown",  # 200, and somebody else's page
    "large": "unknown",  # 200, and JSON of many megabytes
    "mistyped": "sent",  # the right JSON, said to be something else
    "same": "sent",  # the same name for every message
    "redirect": "unknown",  # 302 to somewhere else
    "drip": "unknown",  # a byte a second
    "silence": "unknown",  # never an answer
}
NAMES = tuple(KINDS)
