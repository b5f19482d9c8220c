"""Adapters by name: those of the house, and those that other packages register under `kairos.channels`.

A plugin's entry point names a class that fills in `channels.base.Adapter`. A name that two packages claim, or that
is taken by the house, belongs to nobody until one of them gives way: who sends must never depend on chance.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from channels.base import ANY, Adapter, assert_served
from channels.errors import Misconfigured

GROUP = "kairos.channels"
_PARTS = ("name", "channels", "capabilities", "build", "deliver", "verify", "parse", "close")


BUILT_IN: Mapping[str, Mapping[str, str]] = {
    "apns": {"push": "channels.apns:Apns"},
    "fcm": {"push": "channels.fcm:Fcm"},
    "meta": {"whatsapp": "channels.meta:Meta"},
    "null": {ANY: "channels.null:Null"},
    "outbox": {ANY: "channels.outbox:Outbox"},
    "postmark": {"email": "channels.postmark:Postmark"},
    "sendgrid": {"email": "channels.sendgrid:SendGrid"},
    "ses": {"email": "channels.ses:Ses"},
    "smtp": {"email": "channels.smtp:Smtp"},
    "twilio": {"sms": "channels.twilio_sms:TwilioSms", "whatsapp": "channels.twilio_whatsapp:TwilioWhatsApp"},
    "vonage": {"sms": "channels.vonage:Vonage"},
    "webhook": {ANY: "channels.webhook:Webhook"},
    "webpush": {"push": "channels.webpush:WebPush"},
}


def adapter(name: str, channel: str, settings: Mapping[str, Any]) -> Adapter:
    """Make the adapter of this name for a channel.

    Raises:
        Misconfigured: no such adapter, one that does not serve the channel, a name claimed twice, or wrong settings.
    """
    found = _class(name, channel)
    assert_served(name, channel, found.channels)
    made: Adapter = found(channel, settings)
    return made


def names() -> tuple[str, ...]:
    """Every adapter that can be named in a workspace, in order."""
    return tuple(sorted({*BUILT_IN, *(plugin.name for plugin in _plugins())}))


@cache
def _plugins() -> tuple[EntryPoint, ...]:
    return tuple(entry_points(group=GROUP))


def _class(name: str, channel: str) -> Any:
    claims = [plugin for plugin in _plugins() if plugin.name == name]
    _assert_unclaimed(name, claims)
    if claims:
        return _loaded(claims[0])
    if name not in BUILT_IN:
        raise Misconfigured(f"there is no adapter {name!r}; {_suggestion(name)}")
    served = BUILT_IN[name]
    assert_served(name, channel, served)
    module, _, attribute = served.get(channel, served.get(ANY, "")).partition(":")
    return getattr(import_module(module), attribute)


def _assert_unclaimed(name: str, claims: list[EntryPoint]) -> None:
    owners = [plugin.dist.name if plugin.dist else plugin.value for plugin in claims]
    if name in BUILT_IN and owners:
        raise Misconfigured(f"adapter {name} is built in, and {', '.join(owners)} claims its name; uninstall or rename")
    if len(owners) > 1:
        raise Misconfigured(f"adapter {name} is claimed by {' and '.join(sorted(owners))}; uninstall one of them")


def _loaded(plugin: EntryPoint) -> Any:
    try:
        found = plugin.load()
    except Exception as fault:
        raise Misconfigured(f"adapter {plugin.name} cannot be loaded from {plugin.value}: {fault}") from fault
    lacking = [part for part in _PARTS if not hasattr(found, part)]
    if lacking:
        raise Misconfigured(f"adapter {plugin.name}, {plugin.value}, is none: it lacks {', '.join(lacking)}")
    return found


def _suggestion(name: str) -> str:
    close = difflib.get_close_matches(name, names(), n=1)
    return f"did you mean {close[0]!r}?" if close else f"there are {', '.join(names())}"
