"""What a person would get, and why: one draft through the one door, without any effect.

The person is somebody on record (by id), somebody described (a profile line, with `consents` if they matter), or a sample.
So is the moment: described, or a sample of what the campaign waits for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from orchestrator import samples, wire
from orchestrator.app import App
from orchestrator.blueprint import Campaign, notices
from orchestrator.blueprint.problems import did_you_mean
from orchestrator.checking.shapes import shapes_in
from orchestrator.claims import Claims, rebuilt
from orchestrator.compose import Ask
from orchestrator.engine import Engine
from orchestrator.material import Material, listens_to
from orchestrator.model import Draft, Moment
from orchestrator.ports import Records
from orchestrator.samples import Sample
from orchestrator.stores.memory import MemoryRecords, MemoryTouches

Line = Mapping[str, Any]


class Unanswerable(ValueError):
    """The question cannot be put; the text says what is wrong with it, `about` which part of it."""

    def __init__(self, about: str, text: str) -> None:
        super().__init__(text)
        self.about = about


class Nobody(Unanswerable):
    """There is no such person on record."""


def preview(
    app: App,
    campaign: str,
    now: datetime,
    *,
    profile: str | Line | None = None,
    moment: Line | None = None,
    locale: str | None = None,
    channel: str | None = None,
) -> Draft:
    """What becomes of a campaign's message for one person and one moment.

    Args:
        profile: a person's id, a profile line, or None for a sample.
        moment: a moment line, or None for a sample.
        locale: pretend that the person speaks this; for a sample or a described person only.
        channel: pretend that there is only this channel.

    Raises:
        Unanswerable: something asked for does not exist, or is not as it must be.
    """
    material = app.material
    asked = campaign_of(material, campaign, channel)
    sample = samples.sample(asked, material.workspace, now, shapes_in(material.renderer, asked.template))
    if isinstance(profile, str):
        records, person = app.records, _on_record(app.records, profile, locale)
    elif profile is None:
        records, person = _sampled(material, sample, locale, now)
    else:
        records, person = _described(profile, locale, now)
    happened = replace(sample.moment, profile=person) if moment is None else _moment(asked, person, moment, now)
    if records is not app.records:
        records.accept([happened], now=now, lease=timedelta(0))
    return composed(material, records, Ask(happened, asked), now)


def campaign_of(material: Material, name: str, channel: str | None = None) -> Campaign:
    """The campaign of that name, of the workspace or of the house; with a channel, as if it had only that one.

    Raises:
        Unanswerable: there is no such campaign, or channel.
    """
    campaigns = material.workspace.campaigns
    found = notices.campaign(material.workspace, name)
    if found is None:
        raise Unanswerable(
            "campaign",
            f"There is no campaign {name!r}.{did_you_mean(name, campaigns)} There are: {_listed(campaigns)}.",
        )
    if channel and channel not in material.channels:
        hint = did_you_mean(channel, material.channels)
        raise Unanswerable(
            "channel", f"There is no channel {channel!r}{hint}; there are: {_listed(material.channels)}."
        )
    return replace(found, channel=(channel,)) if channel else found


def composed(material: Material, records: Records, ask: Ask, now: datetime) -> Draft:
    """One draft from these records, without any effect; touches are read from the records themselves."""
    claims = Claims(MemoryTouches(rebuild=partial(rebuilt, records), horizon=material.horizon), lambda: now)
    return Engine(material, records, claims, lambda: now).compose([ask], show=True)[0]


def _on_record(records: Records, profile: str, locale: str | None) -> str:
    if profile not in records.profiles([profile]):
        raise Nobody("profile", f"There is no person {profile!r} on record.")
    if locale is not None:
        raise Unanswerable("locale", "A person on record has a locale of their own: leave `locale` out.")
    return profile


def _sampled(material: Material, sample: Sample, locale: str | None, now: datetime) -> tuple[Records, str]:
    """Records of a sample person, who has consented to everything."""
    granted = samples.consents(sample.profile["id"], material.workspace, material.channels)
    records, person = _described({**sample.profile, "consents": granted}, locale, now)
    records.accept(sample.past, now=now, lease=timedelta(0))
    return records, person


def _described(profile: Line, locale: str | None, now: datetime) -> tuple[Records, str]:
    """Records of one person only, who has consented to what is described."""
    line = {**profile, "locale": locale} if locale else profile
    records = MemoryRecords()
    try:
        records.update_profiles([wire.profile(line, at=now)])
        entries = [{"profile": line["id"], **entry} for entry in line.get("consents", ())]
        records.record_consents([wire.consent(entry, at=now, recorded_at=now) for entry in entries])
    except wire.Malformed as error:
        raise Unanswerable("profile", str(error)) from None
    return records, line["id"]


def _moment(campaign: Campaign, person: str, moment: Line, now: datetime) -> Moment:
    line = {"name": listens_to(campaign), "id": "preview", **moment, "profile": person}
    try:
        return wire.moment(line, now=now, new_id=lambda: "preview")
    except wire.Malformed as error:
        raise Unanswerable("moment", str(error)) from None


def _listed(names: Any) -> str:
    return ", ".join(sorted(names))
