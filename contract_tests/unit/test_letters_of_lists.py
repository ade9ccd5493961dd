"""Mails with lists, and with a link that stops such mails: what people wrote is text there, too."""

from email.policy import SMTP

import pytest

from contract_tests.support.composed_mails import ENTRY, UNSUBSCRIBE
from contract_tests.unit.test_letters import HOSTILE, Links, facts, is_one_mail, made
from handlers.gateways import letters
from handlers.gateways.literal import plain


@pytest.mark.parametrize("template", ["notifications", "notification_digest"])
@pytest.mark.parametrize("name", ["title", "organization", "actor"])
def test_no_text_of_a_list_is_a_header_markup_a_link_or_another_mail(template, name):
    harmless = facts(template, None, None)
    ours, lines = Links(letters.html(template, harmless)), letters.texts(template, harmless)[1].count("\n")
    for value in HOSTILE:
        values = facts(template, "entries", [{**ENTRY, name: value}])
        is_one_mail(template, values)
        page = Links(letters.html(template, values))
        assert letters.texts(template, values)[1].count("\n") == lines
        assert (page.tags, page.links) == (ours.tags, ours.links) and plain(value) in page.text


def test_a_link_that_stops_mails_is_one_line_of_its_header():
    values = facts("notifications", "unsubscribe_url", f"{UNSUBSCRIBE}{'x' * 200}")
    raw = made("notifications", values).as_bytes(policy=SMTP)
    assert f"List-Unsubscribe: <{values['unsubscribe_url']}>\r\n".encode() in raw
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw
