"""A small workspace with nothing wrong in it, and for every code a change that makes it be said."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.blueprint import Problem
from orchestrator.checking import check

PO = "locales/de/LC_MESSAGES/messages.po"
KAIROS = """\
attributes:
  first_name: {type: string}
  points: {type: integer}
  location: {type: geo, sensitive: true}
moments:
  order.shipped:
    data: {order_id: {type: string, required: true}, eta: datetime, total: money}
links: {base: "https://example.com"}
sms: {max_segments: 2}
"""
MARKETS = """\
DE:
  locales: [de, en]
  terms: {site: "https://example.com/de", pay: monthly}
US:
  locales: [en]
  terms: {site: "https://example.com/us", pay: fortnightly}
"""
CAMPAIGN = """\
campaign: shipped
purpose: transactional
identify: [points]
moment: {on: order.shipped}
channel: [sms, email]
tactic: {template: shipped}
"""
SMS = """\
{% block body -%}
  {% trans order=moment.data.order_id %}Your order {{ order }} is on its way.{% endtrans %}
  {{ market.terms.site }}/orders
{%- endblock %}
"""
EMAIL = """\
{% extends "_layouts/email.html" %}
{% block subject %}{{ _('On its way') }}{% endblock %}
{% block content %}
  <p>{% trans n=profile.points %}{{ n }} point{% pluralize n %}{{ n }} points{% endtrans %}</p>
  {% if moment.data.eta %}<p>{{ moment.data.eta|date }}</p>{% endif %}
{% endblock %}
"""
LAYOUT = """\
{% block html %}<html><body>{% block content %}{% endblock %}</body></html>{% endblock %}
"""
CATALOG = """\
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

#, python-format
msgid "Your order %(order)s is on its way."
msgstr "Deine Bestellung %(order)s ist unterwegs."

msgid "On its way"
msgstr "Unterwegs"

#, python-format
msgid "%(n)s point"
msgid_plural "%(n)s points"
msgstr[0] "%(n)s Punkt"
msgstr[1] "%(n)s Punkte"
"""
WORKSPACE: Mapping[str, str] = {
    "kairos.yaml": KAIROS,
    "markets.yaml": MARKETS,
    "segments.yaml": 'collectors: {where: "points >= 100"}\n',
    "campaigns/shipped.yaml": CAMPAIGN,
    "templates/shipped/sms.txt": SMS,
    "templates/shipped/email.html": EMAIL,
    "templates/_layouts/email.html": LAYOUT,
    PO: CATALOG,
}
WHATSAPP = """\
{% block template %}shipped{% endblock %}
{% block variables %}{{ moment.data.order_id }}{% endblock %}
{% block body %}{{ moment.data.order_id }}: {{ market.terms.site }}/orders{% endblock %}
"""

Change = tuple[str, str, str]
"""A file, a piece of it, and what stands in its place; without the piece, all of the file."""

SMS_FILE, EMAIL_FILE, CAMPAIGN_FILE = (
    "templates/shipped/sms.txt",
    "templates/shipped/email.html",
    "campaigns/shipped.yaml",
)
BODY = "{% block body -%}"
EXAMPLES: Mapping[str, tuple[Change, ...]] = {
    "yaml.syntax": ((CAMPAIGN_FILE, "purpose:", "\tpurpose:"),),
    "schema.missing": ((CAMPAIGN_FILE, "tactic: {template: shipped}\n", ""),),
    "schema.unknown_key": ((CAMPAIGN_FILE, "purpose:", "pupose:"),),
    "schema.value": ((CAMPAIGN_FILE, "{on: order.shipped}", "{on: order.shipped, expires: 2 days}"),),
    "condition.syntax": (("segments.yaml", ">=", "=>"),),
    "condition.name": (("segments.yaml", "points", "point"),),
    "purpose.unknown": ((CAMPAIGN_FILE, "transactional", "transactoinal"),),
    "channel.unknown": ((CAMPAIGN_FILE, "[sms,", "[smss,"),),
    "market.unknown": ((CAMPAIGN_FILE, "purpose:", "markets: [DE, UK]\npurpose:"),),
    "moment.unknown": ((CAMPAIGN_FILE, "order.shipped", "order.shiped"),),
    "segment.unknown": ((CAMPAIGN_FILE, "purpose:", "segment: collector\npurpose:"),),
    "topic.unknown": (
        (CAMPAIGN_FILE, "purpose:", "topic: offer\npurpose:"),
        ("kairos.yaml", "sms:", "topics: {offers: Offers}\nsms:"),
    ),
    "template.unknown": ((CAMPAIGN_FILE, "template: shipped", "template: shiped"),),
    "attribute.unknown": ((EMAIL_FILE, "profile.points", "profile.point"),),
    "attribute.name": (("kairos.yaml", "attributes:", "attributes:\n  loyalty-level: {type: string}"),),
    "attribute.sensitive": ((SMS_FILE, BODY, f"{BODY}{{{{ profile.location.lat|default('')|string }}}}"),),
    "campaign.duplicate": (("campaigns/again.yaml", "", CAMPAIGN),),
    "campaign.file_name": ((CAMPAIGN_FILE, "campaign: shipped", "campaign: sent"),),
    "provider.secret_missing": (
        ("kairos.yaml", "sms:", 'providers: {sms: [{adapter: outbox, directory: "${OUTBOX_OF_MINE}"}]}\nsms:'),
    ),
    "provider.secret_written": (("kairos.yaml", "sms:", "providers: {sms: [{adapter: outbox, key: abc}]}\nsms:"),),
    "links.local": (
        ("kairos.yaml", 'links: {base: "https://example.com"}', "providers: {sms: [{adapter: twilio, from: x}]}"),
    ),
    "market.loosened": (("markets.yaml", "DE:", "DE:\n  consent: {email: opt-out}"),),
    "market.no_country": (("markets.yaml", "US:", "USA:"),),
    "market.zone_unknown": (("markets.yaml", "US:", "shop:"),),
    "file.missing": (("kairos.yaml", "", ""),),
    "file.unread": (("segment.yaml", "", "{}\n"),),
    "template.syntax": ((SMS_FILE, "{%- endblock %}", ""),),
    "template.unsafe": ((SMS_FILE, BODY, f"{BODY}{{{{ profile.first_name.__class__ }}}}"),),
    "template.filter": ((EMAIL_FILE, "|date", "|dat"),),
    "template.name": ((EMAIL_FILE, "profile.points", "profil.points"),),
    "template.block": ((EMAIL_FILE, "block content", "block contents"),),
    "template.stray": ((EMAIL_FILE, "{% block content %}", "<p>Hello</p>\n{% block content %}"),),
    "template.not_found": ((EMAIL_FILE, "_layouts/email.html", "_layouts/mail.html"),),
    "template.recursion": (("templates/_layouts/email.html", "", '{% extends "_layouts/email.html" %}\n'),),
    "template.string": ((EMAIL_FILE, "_('On its way')", "_(profile.first_name)"),),
    "template.foreign": ((EMAIL_FILE, "<p>{% trans", "<p>Hello {first_name}</p><p>{% trans"),),
    "template.place": ((EMAIL_FILE, "<p>{% trans", "<p title={{ market.name }}>{% trans"),),
    "template.channel": (("templates/shipped/emial.html", "", EMAIL),),
    "template.unused": (("templates/welcome/sms.txt", "", "{% block body %}Hi{% endblock %}"),),
    "channel.no_template": ((CAMPAIGN_FILE, "[sms,", "[push, sms,"),),
    "link.scheme": ((EMAIL_FILE, "<p>{% trans", '<a href="htps://example.com">x</a><p>{% trans'),),
    "whatsapp.variables": (
        ("templates/shipped/whatsapp.txt", "", WHATSAPP),
        (CAMPAIGN_FILE, "[sms,", "[whatsapp, sms,"),
    ),
    "data.unknown": ((SMS_FILE, "order_id", "order_number"),),
    "term.unknown": ((SMS_FILE, "terms.site", "terms.sit"),),
    "value.unknown": ((SMS_FILE, "market.terms", "market.trems"),),
    "data.optional": ((SMS_FILE, BODY, f"{BODY}{{{{ moment.data.eta|date }}}}"),),
    "attribute.optional": ((CAMPAIGN_FILE, "identify: [points]\n", ""),),
    "term.optional": (("markets.yaml", 'site: "https://example.com/us", ', ""),),
    "value.optional": ((SMS_FILE, BODY, f"{BODY}{{{{ links.unsubscribe }}}}"),),
    "value.kind": ((EMAIL_FILE, "|date", "|money"),),
    "value.unwritten": ((EMAIL_FILE, "|date", ""),),
    "term.never": ((SMS_FILE, BODY, f"{BODY}{{% if market.terms.pay == 'monthy' %}}!{{% endif %}}"),),
    "term.unread": (("markets.yaml", 'site: "https://example.com/us"', 'sites: "https://example.com/us"'),),
    "content.missing_data": (
        (EMAIL_FILE, "{{ _('On its way') }}", "{% if moment.data.eta %}{{ _('On its way') }}{% endif %}"),
    ),
    "content.too_long": ((SMS_FILE, "/orders", f"/{'orders-' * 50}"),),
    "content.error": ((EMAIL_FILE, "|date", "|date('fuul')"),),
    "catalog.locale": (("locales/german!/LC_MESSAGES/messages.po", "", CATALOG),),
    "catalog.missing": (("markets.yaml", "[de, en]", "[de, pl, en]"),),
    "catalog.syntax": ((PO, 'msgstr "Unterwegs"', 'msgstr "Unterwegs'),),
    "catalog.charset": ((PO, "UTF-8", "UTF-88"),),
    "catalog.header": ((PO, "; charset=UTF-8", ""),),
    "catalog.mark": ((PO, 'msgid ""\nmsgstr ""', '\ufeffmsgid ""\nmsgstr ""'),),
    "catalog.plural_rule": ((PO, "(n != 1)", "n"),),
    "catalog.plural_forms": ((PO, 'msgstr[1] "%(n)s Punkte"\n', ""),),
    "catalog.placeholder": ((PO, "Bestellung %(order)s", "Bestellung %(oder)s"),),
    "catalog.percent": ((PO, "%(order)s ist", "%(order)s ist zu 100 %"),),
    "catalog.markup": ((PO, "Unterwegs", "<b>Unterwegs</b>"),),
    "catalog.duplicate": ((PO, 'msgid "On its way"', 'msgid "On its way"\nmsgstr "Los"\n\nmsgid "On its way"'),),
    "catalog.fuzzy": ((PO, 'msgid "On its way"', '#, fuzzy\nmsgid "On its way"'),),
    "catalog.empty": ((PO, '"Unterwegs"', '""'),),
    "string.untranslated": ((PO, 'msgid "On its way"\nmsgstr "Unterwegs"\n\n', ""),),
    "string.unmarked": ((EMAIL_FILE, "<p>{% trans", "<p>Thank you for your order!</p><p>{% trans"),),
    "string.stale": ((PO, 'msgid "On its way"', 'msgid "Gone"\nmsgstr "Weg"\n\nmsgid "On its way"'),),
    "string.plural": ((PO, '"%(n)s points"', '"%(n)s pts"'),),
    "string.grown": ((PO, "Unterwegs", "Deine Bestellung ist schon unterwegs, und bald ist sie auch bei dir zu Hause"),),
}  # fmt: skip


def changed(changes: tuple[Change, ...]) -> dict[str, bytes]:
    """The workspace with these changes; a file that becomes empty is not there."""
    files = dict(WORKSPACE)
    for file, old, new in changes:
        assert old in files.get(file, "")
        files[file] = files[file].replace(old, new, 1) if old else new
    return {name: text.encode() for name, text in files.items() if text}


def said(code: str) -> list[Problem]:
    """What is found with a code in its example."""
    return [problem for problem in check(changed(EXAMPLES[code]), {}) if problem.code == code]
