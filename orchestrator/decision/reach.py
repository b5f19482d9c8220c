"""Gates on the way to a person: a template for the channel, an address, one that may be used, an open conversation."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache

from orchestrator.decision.case import Case, Passes, passed, refused
from orchestrator.model import Finding

FREE_FORM = timedelta(hours=24)  # WhatsApp's customer service window
CONVERSATIONAL = frozenset({"whatsapp"})  # channels on which free text needs an open conversation
REACHED = Passes("address", "address.valid", "The person can be reached by {}.")
USABLE = Passes("suppression", "address.usable", "The address is not suppressed.")
NO_WINDOW = Passes("window", "window.none", "The channel has no conversation window.")
APPROVED = Passes("window", "window.approved", "The message uses an approved template.")


def has_template(case: Case, channel: str) -> Finding:
    """Does the tactic have a template for the channel?"""
    if channel in case.templates:
        return _found(case.campaign.template, channel)
    found = ", ".join(sorted(case.templates)) or "none"
    return refused(
        "template",
        "channel.no_template",
        f"{case.campaign.template} has templates for: {found}; not {channel}.",
        channel,
    )


@lru_cache(maxsize=1024)
def _found(template: str, channel: str) -> Finding:
    return passed("template", "template.found", f"{template} has a template for {channel}.", channel)


def has_address(case: Case, channel: str) -> Finding:
    """Does the person have an address on the channel, and is it one?"""
    route = case.route(channel)
    if not route.written:
        return refused("address", "address.missing", f"The person has no address for {channel}.", channel)
    if not route.valid:
        return refused("address", "address.invalid", f"What is on record for {channel} is no valid address.", channel)
    return REACHED[channel]


def unsuppressed(case: Case, channel: str) -> Finding:
    """May the address be used?"""
    if case.route(channel).usable:
        return USABLE[channel]
    return refused("suppression", "address.suppressed", channel=channel)


def window_open(case: Case, channel: str) -> Finding:
    """Where free text needs an open conversation: is it open, or is the text approved beforehand?"""
    if channel not in CONVERSATIONAL:
        return NO_WINDOW[channel]
    if channel in case.approved:
        return APPROVED[channel]
    return conversation(case, channel)


def conversation(case: Case, channel: str) -> Finding:
    """Has the person written within the last day?"""
    last = case.facts.replied.get(channel)
    if last is not None and case.now - last < FREE_FORM:
        return passed("window", "window.open", f"The person wrote at {last:%Y-%m-%d %H:%M} UTC.", channel)
    return refused("window", "channel.window_closed", channel=channel)
