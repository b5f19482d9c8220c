"""A small workspace with everything that strings can be in: notes, plurals, contexts, layouts, variations, and markup."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

FILES = {
    "kairos.yaml": """\
locale: en
attributes: {first_name: {type: string}}
moments: {order.shipped: {data: {order_id: {type: string, required: true}, items: integer, note: string}}}
purposes: {transactional: {consent: none, caps: exempt, quiet_hours: exempt}}
providers: {email: [{adapter: outbox}], sms: [{adapter: outbox}]}
""",
    "markets.yaml": """\
GB: {locales: [en], currency: GBP, timezone: Europe/London}
DE: {locales: [de, en], currency: EUR, timezone: Europe/Berlin}
JP: {locales: [ja], currency: JPY, timezone: Asia/Tokyo}
""",
    "campaigns/shipped.yaml": """\
campaign: shipped
purpose: transactional
moment: {on: order.shipped}
channel: [sms, email]
tactic: {template: shipped}
""",
    "templates/_layouts/mail.html": """\
{% block html %}<h1>{% block title %}{% endblock %}</h1>{% block content %}{% endblock %}<p>{{ _('Bye') }}</p>{% endblock %}
""",
    "templates/shipped/email.html": """\
{% extends "_layouts/mail.html" %}
{% block subject %}{% trans order=moment.data.order_id %}Your order {{ order }} is on its way{% endtrans %}{% endblock %}
{% block title %}{{ _('On its way') }}{% endblock %}
{% block content %}
{% set count = moment.data.items|default(1) %}
{# Translators: anything
   that we sell -#}
<p>{% trans n=count, items=count|number %}{{ items }} item{% pluralize n %}{{ items }} items{% endtrans %}</p>
{% if moment.data.note %}<p>{{ pgettext('label', 'Note') }}: {{ moment.data.note }}</p>{% endif %}
{% endblock %}
""",
    "templates/shipped/email@DE.html": """\
{% extends "shipped/email.html" %}
{% block title %}{{ _('With the neighbours, perhaps') }}{% endblock %}
""",
    "templates/shipped/sms.txt": """\
{% block body %}{% trans order=moment.data.order_id %}Your order {{ order }} is on its way{% endtrans %}!{% endblock %}
""",
    "locales/de/LC_MESSAGES/messages.po": """\
# German, by a colleague.
msgid ""
msgstr ""
"Language: de\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"X-Generator: an editor\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

# she says it so
msgid "Your order %(order)s is on its way"
msgstr "Deine Bestellung %(order)s ist unterwegs"

msgid "On its way"
msgstr "Unterwegs"

msgid "%(items)s item"
msgid_plural "%(items)s items"
msgstr[0] "%(items)s Artikel"
msgstr[1] "%(items)s Artikel"

msgid "With the neighbours, perhaps"
msgstr "Vielleicht bei den Nachbarn"

msgctxt "label"
msgid "Note"
msgstr "Hinweis"

msgid "Bye"
msgstr "Tschüss"
""",
}


def files(**changed: str) -> Mapping[str, bytes]:
    """The workspace's files; `changed` ones by their names without folder and ending."""
    by_name = {path: changed.get(Path(path).stem, content) for path, content in FILES.items()}
    return {path: content.encode() for path, content in by_name.items()}


def write(folder: Path) -> Path:
    """The workspace on disk."""
    for path, content in files().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder
