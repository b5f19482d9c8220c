"""What an adapter may raise.

ChannelError
├── Unsupported      the message asks for what the provider cannot do: said of one message, never retried
└── Misconfigured    the settings are incomplete or wrong: said once, when the adapter is made
"""

from __future__ import annotations


class ChannelError(Exception):
    """Base of what an adapter may raise; its text holds no secret and nobody's address."""


class Unsupported(ChannelError):
    """The message asks for something that the provider cannot do."""


class Misconfigured(ChannelError):
    """The adapter's settings are incomplete or wrong; the text says which, and what to set."""
