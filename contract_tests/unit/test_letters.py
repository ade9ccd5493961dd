"""Mails: whatever people wrote, each is one mail to one person, with the headers and the links that are ours alone."""

import base64
import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.policy import SMTP
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract_tests.support import composed_mails
from handlers.gateways import letters
from handlers.gateways.literal import plain
from handlers.gateways.mail import MailRefused

TEMPLATES = sorted(path.stem for path in letters.FOLDER.glob("*.txt"))
MOMENT = "2026-03-01T09:30:00+00:00"
ID = "0198c0de-7c7e-7f00-8000-000000000009"
URL = "https://remit.example/account/verification#token=abc"
HEADERS = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"]
LINK = re.compile(
    r"(?i)[a-z][a-z0-9+.-]*://\S+|\bmailto:\S+|\bwww\.\S+|[\w-]+[.\u3002\uff0e\uff61][^\W\d_][\w-]+"
)


def encoded(text, how="b"):
    """An encoded word of RFC 2047."""
    inner = (
        base64.b64encode(text.encode()).decode()
        if how == "b"
        else "".join(f"={byte:02X}" for byte in text.encode())
    )
    return f"=?utf-8?{how}?{inner}?="


INJECTION = "Your account\r\nBcc: everybody@evil.example\r\nContent-Type: text/html\r\n\r\n<h1>Remit"
HOSTILE = [
    encoded(INJECTION),
    encoded(INJECTION, "q"),
    encoded("\r\n\r\nBody"),
    encoded("\0"),
    f"A {encoded('b')} {encoded('c')}",
    f"x{encoded('y')}",
    "=?utf-8?b?",
    "=?",
    "?=",
    "=?x?q?y?=",
    "=?utf-8*en?q?a?=",
    INJECTION,
    "a\nBcc: b",
    "a\r\tb",
    "\0",
    "</h1><a href=//evil.example>Sign in</a><!--",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}{% raw %}",
    "&lt;b&gt;",
    "\u202egnp.exe",
    "\u2066a\u2069",
    "a\u2028b\u2029c\x85d\x0be",
    "\ud800",
    "\ufeff\u200b",
    "https://evil.example/sign-in?a=b",
    "HTTPS://evil.example",
    "www.evil.example",
    "evil.example",
    "evil\u3002example",
    "a@evil.example",
    "mailto:a@b.example",
    "xn--e1afmkfd.xn--p1ai",
    "J\u00f6rg \u00c5str\u00f6m",
    "\u5e83\u544a\u90e8",
    "x" * 300,
    "\u00e9" * 100,
    "a b " * 60,
    ".",
    "..",
    "a.b",
    "https\u200b://evil.\u200bexample",
    "https://evil.\u200dexample",
    "Subject: x",
    "\u0000\u0001\u001f\u007f",
    "a" * 70 + "=?",
    '"',
]


class Links(HTMLParser):
    """The addresses of links, and the text, of a page."""

    def __init__(self, html):
        super().__init__()
        self.links, self.tags, self.text, self.is_style = set(), set(), "", False
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.is_style = tag == "style"
        self.links |= {value for name, value in attributes if name in ("href", "src", "action")}

    def handle_data(self, data):
        self.text += "" if self.is_style else data

    def handle_endtag(self, tag):
        self.is_style = False


def facts_of(template, kind="txt"):
    """The names of the facts that a template may show."""
    names = set(re.findall(r"{{ (\w+)", (letters.FOLDER / f"{template}.{kind}").read_text()))
    return sorted((names | {"name"}) - {"service_url"})


def facts(template, fact, value):
    """Facts of which one has a value; the others are harmless."""
    values = dict.fromkeys(facts_of(template), "Ada")
    values |= {name: MOMENT for name in ("expires_at", "at", "starts_at", "ends_at") if name in values}
    values |= {"url": URL} if "url" in values else {}
    if template.startswith("notification"):
        values |= composed_mails.FACTS
    values |= {name: ID for name in values if name.endswith("_id")}
    return {**values, fact: value} if fact else values


def made(template, values, recipient="ada@northwind.example"):
    return letters.letter(
        "0198c0de-7c7e-7f00-8000-000000000009", datetime(2026, 3, 1, tzinfo=UTC), recipient, template, values
    )


def headers_of(values):
    """The names of the headers, in order: of RFC 8058, too, where such mails can be stopped."""
    one_click = ["List-Unsubscribe", "List-Unsubscribe-Post"] if "unsubscribe_url" in values else []
    return [*HEADERS[:6], *one_click, *HEADERS[6:]]


def is_one_mail(template, values):
    letter = made(template, values)
    raw = letter.as_bytes(policy=SMTP)
    subject, text = letters.texts(template, values)
    assert raw == letter.as_bytes(policy=SMTP)
    for kind in (policy.default, policy.compat32, SMTP):
        read = message_from_bytes(raw, policy=kind)
        assert list(read.keys()) == headers_of(values)
        assert read.get_content_type() == "multipart/alternative" and not read.defects
        parts = read.get_payload()
        assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
        assert all(
            list(part.keys()) == ["Content-Type", "Content-Transfer-Encoding", *part.keys()[2:]]
            for part in parts
        )
        assert read["To"] == "ada@northwind.example"
        header = read["Subject"]
        header = str(make_header(decode_header(header))) if kind is policy.compat32 else header
        assert header == subject
        assert parts[0].get_payload(decode=True).decode().replace("\r\n", "\n") == text
    assert [
        address.addr_spec for address in message_from_bytes(raw, policy=policy.default)["To"].addresses
    ] == ["ada@northwind.example"]
    for line in raw.partition(b"\r\n\r\n")[0].split(b"\r\n"):
        assert line.isascii() and len(line) <= 998 and b"\n" not in line and b"\r" not in line


@pytest.mark.parametrize("template", TEMPLATES)
def test_no_fact_of_people_is_a_header_markup_a_link_or_another_mail(template):
    harmless = facts(template, None, None)
    lines = letters.texts(template, harmless)[1].count("\n")
    tags = Links(letters.html(template, harmless)).tags
    ours = Links(letters.html(template, harmless)).links
    for fact in facts_of(template):
        if harmless[fact] in (URL, MOMENT, ID):
            continue
        for value in HOSTILE:
            values = facts(template, fact, value)
            is_one_mail(template, values)
            subject, text = letters.texts(template, values)
            page = Links(letters.html(template, values))
            assert text.count("\n") == lines
            assert (page.tags, page.links) == (tags, ours)
            for content in (subject, text, page.text):
                assert set(LINK.findall(content)) <= set(LINK.findall(letters.texts(template, harmless)[1]))
                assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x09\x0b-\x1f\x7f]", content)
            assert plain(value) in page.text or fact not in facts_of(template, "html")


@given(st.text(max_size=120))
def test_whatever_people_wrote_is_in_the_subject_to_the_letter(text):
    values = facts("invitation", "inviter", text)
    is_one_mail("invitation", values)
    assert letters.texts("invitation", values)[0].startswith(plain(text))


@given(st.text(alphabet="=?utf-8bqQB_. \t\r\n\u00e9\u2028x", max_size=60))
def test_no_encoded_word_is_read(text):
    is_one_mail("invitation", facts("invitation", "organization", text))


@pytest.mark.parametrize(
    "address",
    ["ada@northwind.example", "a.b+c@x.example", '"a b"@x.example', "a=b@x.example", "o'neil@x.example"],
)
def test_an_address_is_written_to_as_it_is(address):
    raw = made("password_changed", {}, address).as_bytes(policy=SMTP)
    read = message_from_bytes(raw, policy=policy.default)["To"]
    assert [recipient.addr_spec for recipient in read.addresses] == [address]


@pytest.mark.parametrize(
    "address",
    [
        f"{encoded('a')}@x.example",
        "=?utf-8?q?a=0D=0ABcc:_b?=@x.example",
        f'"{encoded("a")}"@x.example',
        "a@x.example, b@x.example",
        "a@x.example\r\nBcc: b@x.example",
        "a@x.example\n",
        "a <b@x.example>",
        "",
        "a",
        "@",
        "a@b@c.example",
        "\u00e9@x.example",
        "(c)a@x.example",
        "a@x.example;b@x.example",
    ],
)
def test_what_may_be_read_as_another_address_is_not_written_to(address):
    with pytest.raises(MailRefused):
        made("password_changed", {}, address)


@pytest.mark.parametrize(
    "fact, plain_fact",
    [
        ("https://evil.example/a.b", "https[:]//evil[.]example/a.b"),
        ("Booking.com", "Booking[.]com"),
        ("Dr. Who", "Dr. Who"),
        ("v1.2", "v1.2"),
        ("Acme Inc.", "Acme Inc."),
        ("12:30", "12:30"),
        ("a\r\nb", "a b"),
        ("\u202eabc", "abc"),
        ("a\0b", "a\ufffdb"),
    ],
)
def test_a_fact_that_looks_like_a_link_is_none(fact, plain_fact):
    assert plain(fact) == plain_fact
