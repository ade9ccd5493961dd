"""Unsubscriptions: the link of an email stops such emails with one click, and can do nothing else."""

import base64

import pytest

from contract_tests.support.notifying import assign, link_of, listed, pass_minutes, send_due
from models.services.unsubscriptions import Unsubscription

PREFERENCES = "/users/me/notification-preferences"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def mail(boss, ada):
    assign(boss, ada)
    pass_minutes(ada)
    (sent,) = send_due(ada)
    return sent


def email_of(client, reason="task.assigned"):
    return {each["reason"]: each["email"] for each in client.get(PREFERENCES).json()["reasons"]}[reason]


def click(client, path):
    return client.request("POST", path, data=ONE_CLICK, headers={"Authorization": ""})


def test_one_click_of_a_mail_program_stops_such_emails(anonymous, boss, ada, mail):
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    answer = click(anonymous, link_of(mail))
    assert (answer.status_code, answer.headers.get("Location")) == (200, None)
    assert email_of(ada) == "none"
    assign(boss, ada)
    pass_minutes(ada)
    assert send_due(ada) == [] and len(listed(ada)) == 2


def test_a_mail_program_may_send_the_form_in_parts(anonymous, ada, mail):
    head = b'--part\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
    answer = anonymous.request(
        "POST",
        link_of(mail),
        content=head + b"One-Click\r\n--part--\r\n",
        headers={"Authorization": "", "Content-Type": "multipart/form-data; boundary=part"},
    )
    assert (answer.status_code, email_of(ada)) == (200, "none")


@pytest.mark.parametrize("form", [{}, {"List-Unsubscribe": ""}], ids=["no form", "an empty form"])
def test_a_request_that_does_not_say_one_click_changes_nothing(anonymous, ada, mail, form):
    headers = {"Authorization": "", "Content-Type": "application/x-www-form-urlencoded"}
    assert anonymous.request("POST", link_of(mail), data=form, headers=headers).status_code == 422
    assert email_of(ada) == "immediate"


def test_no_email_that_waits_is_sent_after_the_click(anonymous, boss, ada, mail):
    assign(boss, ada)
    pass_minutes(ada)
    assert send_due(ada, before_sending=lambda: click(anonymous, link_of(mail))) == []


def test_opening_the_link_changes_nothing(anonymous, ada, mail):
    for _ in range(2):
        page = anonymous.get(link_of(mail), headers={"Authorization": ""})
        assert page.status_code == 200 and '<form method="post"' in page.text
    assert anonymous.request("HEAD", link_of(mail)).status_code == 200
    assert email_of(ada) == "immediate"


def test_the_form_of_the_page_does_what_the_click_does(anonymous, ada, mail):
    page = anonymous.get(link_of(mail), headers={"Authorization": ""})
    action = page.text.partition('action="')[2].partition('"')[0].replace("&amp;", "&")
    assert action.partition("/api/v1")[2] == link_of(mail)
    assert "no more emails" in click(anonymous, link_of(mail)).text
    assert "no-store" in page.headers["Cache-Control"] and ada.person.email not in page.text
    assert email_of(ada) == "none"


def test_a_second_click_changes_nothing(anonymous, ada, mail):
    first, second = click(anonymous, link_of(mail)), click(anonymous, link_of(mail))
    assert (first.status_code, first.text) == (second.status_code, second.text)
    assert ada.get(PREFERENCES).json()["version"] == 1


def test_an_email_of_several_reasons_stops_all(anonymous, ada):
    link = Unsubscription(ada.person.id, "all").url.partition("/api/v1")[2]
    assert click(anonymous, link).status_code == 200
    assert ada.get(PREFERENCES).json()["has_email"] is False
    assert email_of(ada) == "immediate"


def test_a_token_that_was_changed_is_refused(anonymous, ada, mail):
    path, _, token = link_of(mail).partition("token=")
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    forged = [
        raw[:16] + bytes(16) + raw[32:],  # of somebody else
        raw[:32] + b"all",
        raw[:-1] + bytes([raw[-1] ^ 1]),
        raw[:20],
        bytes(len(raw)),
    ]
    for bad in forged:
        sent = base64.urlsafe_b64encode(bad).decode().rstrip("=")
        assert click(anonymous, f"{path}token={sent}").status_code == 404
        assert anonymous.get(f"{path}token={sent}", headers={"Authorization": ""}).status_code == 404
    assert email_of(ada) == "immediate"


def test_a_token_logs_nobody_in(anonymous, mail):
    token = link_of(mail).partition("token=")[2]
    assert anonymous.get("/notifications", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_who_is_gone_is_answered_as_anybody(anonymous, mail):
    gone = Unsubscription("0198c0de-7c7e-7f00-8000-000000000099", "task.assigned").url.partition("/api/v1")[2]
    assert click(anonymous, gone).text == click(anonymous, link_of(mail)).text


def test_a_reason_of_an_earlier_release_is_answered_as_any_other(anonymous, ada):
    link = Unsubscription(ada.person.id, "task.forgotten").url.partition("/api/v1")[2]
    assert click(anonymous, link).status_code == 200
    assert ada.get(PREFERENCES).json()["version"] == 0
