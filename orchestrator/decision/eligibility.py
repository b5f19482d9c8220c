"""Gates that are asked once for a person: is this moment good, does the campaign mean this person, do we know enough?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b

from orchestrator.blueprint import Campaign
from orchestrator.decision.case import Case, PersonGate, passed, refused
from orchestrator.decision.consent import on_topic
from orchestrator.model import Finding

KNOWN = passed("profile", "profile.known", "The person is known.")
VALID = passed("moment", "moment.valid", "The moment carries what its type declares.")
FIRST = passed("duplicate", "moment.new", "The moment was not received before.")
RUNNING = passed("campaign", "campaign.running", "The campaign is running.")
UNCONDITIONAL = passed("moment.where", "moment.matched", "The campaign asks nothing more of the moment.")
EVERYBODY = passed("segment", "segment.everybody", "The campaign addresses everybody.")
NOTHING_NEEDED = passed("identify", "identify.nothing_needed", "The campaign needs to know nothing in particular.")
NO_HOLDOUT = passed("experiment", "experiment.none", "Nobody is held out of the campaign.")


def profile_known(case: Case) -> Finding:
    """Is there such a person?"""
    if case.facts.profile is None:
        return refused("profile", "profile.unknown", f"No profile {case.moment.profile!r} was ever reported.")
    return KNOWN


def moment_valid(case: Case) -> Finding:
    """Does the moment carry what its type declares?"""
    return refused("moment", "moment.invalid", "; ".join(case.problems)) if case.problems else VALID


def moment_new(case: Case) -> Finding:
    """Is it the first time that this moment is received?"""
    if case.duplicate:
        return refused("duplicate", "moment.duplicate", f"The moment {case.moment.id!r} was received before.")
    return FIRST


def campaign_running(case: Case) -> Finding:
    """Is the campaign neither paused in its file nor by an operator?"""
    if case.campaign.paused or case.paused:
        return refused("campaign", "campaign.paused")
    return RUNNING


def moment_matches(case: Case) -> Finding:
    """Does the campaign's condition on the moment hold?"""
    where = case.campaign.moment.where
    if where is None:
        return UNCONDITIONAL
    if where.holds(case.scope()):
        return passed("moment.where", "moment.matched", f"{where.text!r} holds.")
    return refused(
        "moment.where", "moment.not_matched", f"{where.text!r} does not hold, or a value it needs is missing."
    )


def market_targeted(case: Case) -> Finding:
    """Does the campaign address the person's market?"""
    name, markets = case.profile.market, case.campaign.markets
    if case.market is None:
        why = f"The workspace has no market {name!r}." if name else "It is not known where the person is a customer."
        return refused("market", "market.not_targeted", why)
    if markets is not None and name not in markets:
        return refused(
            "market", "market.not_targeted", f"The campaign addresses {', '.join(sorted(markets))}, not {name}."
        )
    return _targeted(case.market.name)


@lru_cache(maxsize=1024)
def _targeted(market: str) -> Finding:
    return passed("market", "market.targeted", f"The campaign addresses {market}.")


def in_segment(case: Case) -> Finding:
    """Is the person in the campaign's segment?"""
    segment = case.campaign.segment
    if segment is None:
        return EVERYBODY
    if segment.holds(case.scope()):
        return passed("segment", "segment.matched", f"{segment.text!r} holds.")
    return refused("segment", "segment.not_matched", f"{segment.text!r} does not hold, or a value it needs is missing.")


def identified(case: Case) -> Finding:
    """Is all that the campaign must know about the person known, and fresh?"""
    needed = case.campaign.identify
    if not needed:
        return NOTHING_NEEDED
    stale = [name for name in needed if case.is_stale(name)]
    missing = [name for name in needed if name not in stale and case.known.get(name) is None]
    if missing:
        return refused("identify", "identify.missing", f"Not known: {', '.join(missing)}.")
    if stale:
        return refused("identify", "identify.stale", f"Learnt too long ago: {', '.join(stale)}.")
    return passed("identify", "identify.known", f"Known: {', '.join(needed)}.")


def not_held_out(case: Case) -> Finding:
    """Is the person among those the campaign writes to, or in the group that shows what happens without it?"""
    share = case.campaign.holdout
    if not share:
        return NO_HOLDOUT
    if bucket(case.campaign.name, case.profile.id) < share:
        return refused("experiment", "experiment.holdout", f"The person is in the {share:.4g} that are held out.")
    return passed("experiment", "experiment.included", f"The person is not in the {share:.4g} that are held out.")


def bucket(salt: str, person: str) -> float:
    """A number in [0, 1) for a person: the same at every call, and independent between salts."""
    digest = blake2b(person.encode(), key=salt.encode()[:64], digest_size=8).digest()
    return int.from_bytes(digest) / 2**64


PERSON_GATES = (
    profile_known,
    moment_valid,
    moment_new,
    campaign_running,
    moment_matches,
    market_targeted,
    in_segment,
    identified,
    not_held_out,
)
WITH_TOPIC = (*PERSON_GATES[:-1], on_topic, not_held_out)


def person_gates(campaign: Campaign) -> Sequence[PersonGate]:
    """The gates that a campaign's case goes through; that of the topic only where it has one."""
    return PERSON_GATES if campaign.topic is None else WITH_TOPIC
