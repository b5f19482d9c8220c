"""What a campaign moved, counted where the messages and the moments are."""

from __future__ import annotations

from orchestrator.ports import BURST, Aim, Group, Tally
from orchestrator.reasons import PERSON
from orchestrator.stores.instants import micros
from orchestrator.stores.sql.session import Session

HANDED = "m.campaign = :campaign AND m.handed_over IS NOT NULL AND m.state IN ('sent', 'delivered', 'unknown')"
HAPPENED = """
    EXISTS (SELECT 1 FROM moments AS g WHERE g.profile = m.profile AND g.name = :moment AND g.at > {since} AND g.at <= {until})
"""
IN_TIME = HAPPENED.format(since="m.handed_over", until="m.handed_over + :within")
AFTER_CLICK = HAPPENED.format(since="r.at", until="m.handed_over + :within")
AFTERWARDS = HAPPENED.format(since="m.at", until="m.at + :within")
# a link that was followed while another one of the same message was, too
BY_MACHINE = """
    (r.machine <> '' OR EXISTS (SELECT 1 FROM receipts AS o WHERE o.message = r.message AND o.kind = 'clicked'
                                AND o.link <> r.link AND o.at BETWEEN r.at - :burst AND r.at + :burst))
"""
SENT = f"""
    SELECT count(*) AS messages, count(DISTINCT m.profile) AS people,
        count(DISTINCT CASE WHEN {IN_TIME} THEN m.profile END) AS converted
    FROM messages AS m WHERE {HANDED}
"""
CLICKS = f"""
    WITH clicks AS (
        SELECT m.profile, CASE WHEN {BY_MACHINE} THEN 1 ELSE 0 END AS by_machine,
            CASE WHEN {AFTER_CLICK} THEN 1 ELSE 0 END AS in_time
        FROM messages AS m JOIN receipts AS r ON r.message = m.id AND r.kind = 'clicked' WHERE {HANDED}
    ), people AS (
        SELECT profile, min(by_machine) AS scanned, max(in_time * (1 - by_machine)) AS converted FROM clicks GROUP BY profile
    )
    SELECT COALESCE(sum(1 - scanned), 0) AS clicked, COALESCE(sum(scanned), 0) AS scanned,
        COALESCE(sum(converted), 0) AS converted FROM people
"""
CHOSEN = f"""
    SELECT count(DISTINCT m.profile) AS people, count(DISTINCT CASE WHEN {AFTERWARDS} THEN m.profile END) AS converted
    FROM messages AS m WHERE m.campaign = :campaign AND m.at <= :over AND {{group}}
"""
ADDRESSED = CHOSEN.format(group="(m.reason IS NULL OR NOT (m.reason IN :reasons))")
HELD_OUT = CHOSEN.format(group="m.reason IN :reasons")
HOLDOUT = "experiment.holdout"


def tally(session: Session, aim: Aim) -> Tally:
    """What became of a campaign's messages."""
    within = int(aim.within.total_seconds() * 1_000_000)
    named = {"campaign": aim.campaign, "moment": aim.moment or "", "within": within}
    messages, *sent = session.rows(SENT, **named)[0]
    clicked, scanned, after_click = map(int, session.rows(CLICKS, **named, burst=BURST.seconds * 1_000_000)[0])
    over = micros(aim.now) - within
    addressed = session.rows(ADDRESSED, **named, over=over, reasons=tuple(PERSON))[0]
    holdout = session.rows(HELD_OUT, **named, over=over, reasons=(HOLDOUT,))[0]
    return Tally(messages, Group(*sent), clicked, scanned, after_click, Group(*addressed), Group(*holdout))
