"""What the pipeline is measured on: a workspace with three campaigns, ten locales, and an audience of any size."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from orchestrator.content.plurals import header

LOCALES = ("en", "de", "fr", "es", "pt", "pl", "ar", "ja", "th", "id")
SENTENCE = "Hi %(name)s, you have %(points)s points worth %(worth)s until %(until)s."
CLOSING = "You can leave whenever you like."
SMS = (
    "{% trans name=profile.first_name, points=profile.points|number, worth=profile.balance|money, until=profile.until|date %}"
    "Hi {{ name }}, you have {{ points }} points worth {{ worth }} until {{ until }}.{% endtrans %}"
)
ROW = '<tr><td style="padding:8px 12px;border-bottom:1px solid #ddd;font:16px sans-serif;color:#222">%s</td></tr>\n'
EMAIL = (
    '<table role="presentation" width="100%" style="max-width:600px;margin:auto;background:#fff">\n'
    + "".join(
        ROW % (SMS if number % 9 == 0 else f"<p>{{{{ _('{CLOSING}') }}}} {{{{ profile.first_name }}}} {number}</p>")
        for number in range(36)
    )
    + "</table>"
)
KAIROS = """
locale: en
attributes:
  first_name: {type: string}
  points: {type: integer}
  balance: {type: number}
  until: {type: date}
moments:
  order.shipped: {data: {order_id: string}}
caps:
  - {limit: 300, per: 7d, purpose: marketing}
  - {limit: 100, per: 24h, channel: sms}
links: {base: "https://example.com"}
providers:
  sms: [TEXTS]
  email: [MAIL]
"""
SENDGRID = """{adapter: sendgrid, key: SG.key, from: "Kairos <hello@example.com>", base_url: "SINK"}"""
NULL = "{adapter: 'null'}"
CALLS = """{adapter: twilio, account_sid: AC1, auth_token: token, from: "+12025550100", base_url: "SINK",
         status_callback: "https://example.com/r"}"""
MARKETS = """
US: {locales: [en], currency: USD, timezone: UTC, consent: {email: opt-in, sms: opt-in, push: opt-in, whatsapp: opt-in}, quiet_hours: none}
"""
CAMPAIGN = "campaign: {name}\npurpose: marketing\nmoment: {{every: 'daily 03:33'}}\nchannel: [{channel}]\ntactic: {{template: points}}\n"
URGENT = "campaign: shipped\npurpose: transactional\nmoment: {on: order.shipped}\nchannel: [sms]\ntactic: {template: points}\n"
BULK = {"text": "sms", "mail": "email"}  # campaign, and its channel
SMALL = ("US", "Etc/UTC")  # where one in ten lives, for what takes longer
LARGE = ("US", "UTC")


def _catalog(locale: str) -> str:
    return (
        f'msgid ""\nmsgstr ""\n"Language: {locale}\\n"\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
        f'"Plural-Forms: {header(locale)}\\n"\n\nmsgid "{SENTENCE}"\nmsgstr "{locale}: {SENTENCE}"\n\n'
        f'msgid "{CLOSING}"\nmsgstr "{locale}: {CLOSING}"\n'
    )


CATALOGS = {locale: _catalog(locale) for locale in LOCALES[1:]}


def write(folder: Path, sink: str, *, calls: bool, mail: str = SENDGRID) -> None:
    """Write the workspace; with `calls`, each text message is an HTTP call to the sink, else nothing is called for it."""
    providers = KAIROS.replace("TEXTS", CALLS if calls else NULL).replace("MAIL", mail)
    files = {
        "kairos.yaml": providers.replace("SINK", sink),
        "markets.yaml": MARKETS,
        "campaigns/shipped.yaml": URGENT,
        "templates/points/sms.txt": f"{{% block body %}}{SMS}{{% endblock %}}",
        "templates/points/email.html": f"{{% block subject %}}{SMS}{{% endblock %}}{{% block html %}}{EMAIL}{{% endblock %}}",
    }
    files |= {f"campaigns/{name}.yaml": CAMPAIGN.format(name=name, channel=channel) for name, channel in BULK.items()}
    files |= {f"locales/{locale}/LC_MESSAGES/messages.po": text for locale, text in CATALOGS.items()}
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)


def people(count: int) -> Iterator[dict[str, Any]]:
    """An audience over ten locales, each person with values of their own."""
    for number in range(count):
        id_ = f"p{number:08d}"
        yield {
            "id": id_,
            "market": "US",
            "locale": LOCALES[number % 10],
            "timezone": (SMALL if number // 10 % 10 == 0 else LARGE)[1],
            "email": f"{id_}@example.com",
            "phone": f"+1555{number:07d}",
            "attributes": {
                "first_name": f"Ana {number}",
                "points": number % 5_000,
                "balance": number % 9_973 + 0.5,
                "until": f"2026-{number % 12 + 1:02d}-{number % 28 + 1:02d}",
            },
        }


def agreed(person: str) -> list[dict[str, str]]:
    """Consent lines of somebody who has agreed to everything."""
    line = {"profile": person, "purpose": "marketing", "state": "granted", "source": "bench"}
    return [{**line, "channel": channel} for channel in BULK.values()]


def batches(lines: Iterator[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    """Lines, so many at a time."""
    while batch := list(islice(lines, size)):
        yield batch
