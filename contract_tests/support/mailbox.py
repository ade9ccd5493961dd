"""The mailbox of the tests: what was written to whom, by its facts, its texts and its link."""

from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from handlers.gateways.letters import html, texts
from models.base.database import database
from models.platform.mails import with_decrypted_url

NEWEST = """
select id::text, recipient, template, locale, facts from mails
where recipient = %s and (%s::text is null or template = %s) order by created_at desc, id desc
"""


@dataclass
class Letter:
    """One mail, as it was written in the transaction of its reason."""

    id: str
    recipient: str
    template: str
    locale: str
    facts: dict

    @property
    def link(self):
        """Where it leads."""
        return self.facts["url"]

    @property
    def subject(self):
        return texts(self.template, self.facts)[0]

    @property
    def text(self):
        return texts(self.template, self.facts)[1]

    @property
    def html(self):
        return html(self.template, self.facts)

    @property
    def token(self):
        """The secret in its link: the parameter ``token`` behind ``?`` or ``#``, else the end of the path."""
        parts = urlsplit(self.link)
        parameters = {**parse_qs(parts.query), **parse_qs(parts.fragment)}
        return parameters["token"][0] if "token" in parameters else parts.path.rpartition("/")[2]


class Mailbox:
    """Everybody's mails.  No worker runs beside the tests, so that nothing is stored that no test has asked for."""

    def all_to(self, address, template=None):
        """Every mail to somebody (of one template), the newest first."""
        with database.connection_context():
            return [
                Letter(*row[:4], with_decrypted_url(row[0], row[4] or {}))
                for row in database.rows(NEWEST, (address.lower(), template, template))
            ]

    def to(self, address, template=None):
        """The newest mail to somebody (of one template)."""
        letters = self.all_to(address, template)
        assert letters, f"No mail{f' {template}' if template else ''} was written to {address}."
        return letters[0]
