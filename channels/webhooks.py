"""What the reading of webhooks has in common: replay windows, and the fields of forms."""

from __future__ import annotations

from urllib.parse import parse_qsl

REPLAY_WINDOW = 600.0  # seconds


def is_fresh(stamp: str, received: float) -> bool:
    """Whether a signature's Unix time is within ten minutes of the webhook's arrival; what is no time is not."""
    return stamp.isascii() and stamp.isdigit() and len(stamp) <= 12 and abs(received - int(stamp)) <= REPLAY_WINDOW


class Form(dict[str, list[str]]):
    """The fields of a posted form, each with all its values."""

    @classmethod
    def read(cls, text: str) -> Form:
        """Read what `application/x-www-form-urlencoded` carries.

        Raises:
            ValueError: it carries more than a thousand fields.
        """
        form = cls()
        for name, value in parse_qsl(text, keep_blank_values=True, max_num_fields=1000):
            form.setdefault(name, []).append(value)
        return form

    def first(self, name: str) -> str:
        """The first value of a field; empty where there is none."""
        return self.get(name, [""])[0]

    def getlist(self, name: str) -> list[str]:
        """All values of a field, as Twilio's validator asks for them."""
        return self[name]
