"""Document templates: how they are created, changed, and deleted, and what a document takes of one."""

import base64
import datetime
import hashlib
import struct
import threading
import zlib

import pytest

from contract_tests.support.company import Company
from handlers.gateways.rendering.documents import Document, Style, Text, pdf
from models.base.database import database
from models.services import logos
from models.services.document_templates import DocumentTemplate
from spec import load


def png(width=1, height=1, pixels=None):
    """A PNG file with pixels of one gray."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0" * (width + 1) * height) if pixels is None else pixels
    return logos.SIGNATURE + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def base64_of(content):
    return base64.b64encode(content).decode()


@pytest.fixture(scope="module")
def company(anonymous):
    return Company(anonymous)


@pytest.fixture
def address(company):
    return f"/organizations/{company.id}/document-templates"


def created(company, address, **fields):
    answer = company.owner.post(address, {"name": "Letter", **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_document_template_is_where_its_location_says(company, address):
    made = company.owner.post(address, {"name": "First"})
    assert made.status_code == 201
    assert made.json()["sections"] == ["key_figures", "text", "chart", "table"]
    assert company.owner.get(made.headers["Location"]).json() == made.json()
    assert made.json() in company.owner.get(address).json()["items"]


def test_a_document_template_that_is_deleted_is_gone(company, address):
    location = company.owner.post(address, {"name": "First"}).headers["Location"]
    assert company.owner.delete(location).status_code == 204
    assert company.owner.get(location).status_code == 404


def test_an_organization_has_one_default(company, address):
    first = created(company, address, is_default=True)
    second = created(company, address, is_default=True)
    location = f"/document-templates/{first['id']}"
    assert company.owner.get(location).json()["is_default"] is False
    assert company.owner.patch(location, {"is_default": True}).json()["is_default"] is True
    assert company.owner.get(f"/document-templates/{second['id']}").json()["is_default"] is False


def test_of_requests_at_once_one_makes_the_default(company, address):
    places = [f"/document-templates/{created(company, address)['id']}" for _ in range(4)]
    answers = []
    threads = [
        threading.Thread(
            target=lambda p=location: answers.append(company.owner.patch(p, {"is_default": True}))
        )
        for location in places
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [200] * 4
    assert sum(item["is_default"] for item in company.owner.everything(address)) == 1


def test_a_logo_is_known_by_its_digest_and_given_to_documents_alone(company, address):
    logo = png(20, 10)
    made = created(
        company,
        address,
        logo=base64_of(logo),
        locale="de_ch",
        paper="letter",
        header_text="Müller & Söhne #import",
        sections=["text"],
    )
    assert made["logo_sha256"] == hashlib.sha256(logo).hexdigest()
    assert "logo" not in made
    with database.connection_context():
        style = Style(**DocumentTemplate.get_by_id(made["id"]).style())
    assert (style.logo, style.locale, style.paper) == (logo, "de-CH", "letter")
    moment = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    assert pdf(Document(title="x", sections=[Text(body="x")], created_at=moment), style).startswith(b"%PDF-")
    location = f"/document-templates/{made['id']}"
    same = company.owner.patch(location, {"logo": base64_of(logo)})
    assert same.json()["version"] == made["version"], "the same logo is no change"
    assert company.owner.patch(location, {"logo": None}).json()["logo_sha256"] is None


def test_every_locale_of_the_contract_can_be_written():
    from babel import Locale

    for name in load()["components"]["schemas"]["DocumentLocale"]["enum"]:
        template = DocumentTemplate.from_row([("locale", name), ("sections", [])])
        Locale.parse(template.style()["locale"], sep="-")


@pytest.mark.parametrize(
    ("logo", "reason"),
    [
        (b"GIF89a" + b"x" * 20, "not a PNG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a PNG"),
        (png(1_025, 1), "1025 × 1"),
        (png(2**31 - 1, 2**31 - 1, pixels=b""), "pixels"),
        (png()[:-4] + b"abcd", "damaged"),
        (png()[:-12], "not complete"),
        (png(pixels=b"garbage"), "cannot be read"),
        (png(pixels=zlib.compress(b"\0" * 20_000_000)), "cannot be read"),
        (logos.SIGNATURE, "not complete"),
        (logos.SIGNATURE + b"\xff" * 30, "damaged"),
        (logos.SIGNATURE + b"\0" * 49_140, "49,148|damaged"),
    ],
)
def test_what_is_no_logo_is_refused_with_the_reason(company, address, logo, reason):
    answer = company.owner.post(address, {"name": "Letter", "logo": base64_of(logo)})
    assert (answer.status_code, answer.json()["code"]) == (422, "logo_not_usable")
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["code"]) == ("/logo", "logo_not_usable")
    assert any(part in error["detail"] for part in reason.split("|"))


def test_texts_of_templates_are_lines(company, address):
    for field in ("name", "header_text", "footer_text"):
        answer = company.owner.post(address, {"name": "Letter", field: "two\nlines"})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/{field}")
