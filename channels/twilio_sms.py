"""SMS by Twilio's Messages API; see `channels.twilio` for what its channels share."""

from __future__ import annotations

from channels.twilio import Twilio, TwilioSettings


class TwilioSms(Twilio[TwilioSettings]):
    """A text to a number. Its parts were counted when it was composed."""

    channels = ("sms",)
    carries = frozenset({"body"})
    model = TwilioSettings
