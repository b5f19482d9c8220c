"""Every reason why somebody was not written to, or not yet: stable codes, one sentence each, in the order of the gates.

Codes are part of the contract: add, never rename; sentences may improve. Those in `PERSON` are asked once for a person,
those in `CHANNEL` for each channel in turn. When every channel is refused, the refusal that came furthest
along `CHANNEL` is the reason (the first in the campaign's order among equals).
"""

from __future__ import annotations

PERSON = {
    "profile.unknown": "No such person is known here.",
    "moment.invalid": "The moment does not carry what its type declares.",
    "moment.duplicate": "A moment with this id was already received.",
    "moment.undecidable": "Deciding it went wrong again and again; it is set aside until a person has had a look.",
    "campaign.paused": "The campaign is paused.",
    "campaign.cancelled": "The campaign was cancelled before the message was handed over.",
    "moment.not_matched": "The campaign's condition on the moment does not hold.",
    "market.not_targeted": "The campaign does not address the person's market.",
    "segment.not_matched": "The person is not in the campaign's segment.",
    "identify.missing": "Something the campaign must know about the person is not known.",
    "identify.stale": "Something the campaign must know about the person was learnt too long ago.",
    "topic.left": "The person does not want to hear about the campaign's topic.",
    "experiment.holdout": "The person is held out of the campaign, to measure what it moves.",
}

CHANNEL = {
    "channel.no_template": "The campaign's tactic has no template for the channel.",
    "address.missing": "The person has no address on the channel.",
    "address.invalid": "The person's address on the channel is not one.",
    "consent.missing": "The person has not agreed to such messages on the channel.",
    "consent.settled": "There is nothing that the person would have to confirm any more.",
    "consent.withdrawn": "The person has withdrawn consent for the channel.",
    "address.suppressed": "The address bounced, complained or is dead.",
    "channel.window_closed": "Free text is allowed only within 24 hours of the person's last message.",
    "moment.expired": "The message could only be sent after it has lost its sense.",
    "timing.paused": "The person has asked to be left in peace for a while.",
    "timing.quiet_hours": "It is a time at which the person must not be disturbed.",
    "timing.window": "It is outside the campaign's send windows.",
    "caps.exceeded": "The person has had as many messages as the caps allow.",
    "priority.lost": "A campaign of higher priority took the last touch that the caps allow.",
    "content.untranslated": "The message is complete in none of the locales that may be used.",
    "content.missing_data": "A value that the template needs is missing.",
    "content.too_long": "The message is longer than the channel or the workspace allows.",
    "content.error": "The message cannot be rendered.",
    "claim.contended": "Too many messages to this person were decided at once; it is tried again.",
}

SENTENCES = {**PERSON, **CHANNEL}
_RANK = {code: rank for rank, code in enumerate(SENTENCES)}


def rank(code: str) -> int:
    """How far along the gates a refusal with this code came.

    Raises:
        KeyError: the code is not one of ours.
    """
    return _RANK[code]
