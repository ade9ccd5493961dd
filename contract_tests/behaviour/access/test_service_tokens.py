"""Service tokens: a program signs each request by itself (RFC 7523)."""

from uuid import uuid4

import pytest
from peewee import OperationalError
from psycopg2.errorcodes import DEADLOCK_DETECTED

from contract_tests.support.clients import at_once, refused
from contract_tests.support.programs import Program, Signer, ask, service_account
from models.access import service_tokens
from models.base.database import database

UNAUTHENTICATED = (401, "unauthenticated")


@pytest.mark.parametrize("algorithm", ["Ed25519", "ES256", "RS256"])
def test_whoever_signs_is_the_program(algorithm, founded):
    program = Program(founded, service_account(founded, founded.organization_id), algorithm)
    answer = program.get("/users/me")
    assert (answer.status_code, answer.json()["id"]) == (200, program.account["id"])


def test_a_token_may_be_sent_in_either_header(program):
    headers = {"X-API-Key": program.token()}
    assert program.anonymous.get("/users/me", headers=headers).status_code == 200


def test_the_older_name_of_ed25519_is_understood(program):
    assert ask(program, program.token({"alg": "EdDSA"})).status_code == 200


def test_a_token_is_good_once(program):
    token = program.token()
    assert ask(program, token).status_code == 200
    again = ask(program, token)
    assert refused(again) == UNAUTHENTICATED
    assert "already used" in again.json()["detail"]


def test_F11_of_many_who_send_one_token_at_the_same_moment_one_is_let_in(program):
    token = program.token()
    answers = at_once(*[lambda: ask(program, token)] * 8)
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 7


def test_a_request_id_of_ones_own_makes_no_token_good_twice(program):
    token, headers = program.token(), {"Request-Id": "the-same", "Idempotency-Key": "the-same"}
    answers = [program.get("/users/me", token=token, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 401]


def test_two_programs_may_use_the_same_id_of_a_token(program, founded):
    other = Program(founded, service_account(founded, founded.organization_id))
    jti = str(uuid4())
    assert ask(program, program.token(claims={"jti": jti})).status_code == 200
    assert ask(other, other.token(claims={"jti": jti})).status_code == 200


def test_a_token_that_is_refused_for_another_reason_is_not_used_up(program):
    claims = program.claims()
    assert (
        refused(ask(program, program.token(claims={**claims, "aud": "https://elsewhere.example"})))
        == UNAUTHENTICATED
    )
    assert ask(program, program.token(claims=claims)).status_code == 200


def test_a_replay_is_told_to_the_organization_and_a_bad_signature_is_not(program, founded):
    sql = """select outcome, user_id::text, personal->>'key_id' from security_entries
        where organization_id = %s and kind = 'service_token.replayed'"""
    with database.connection_context():
        before = len(database.rows(sql, (founded.organization_id,)))
    token = program.token()
    for _ in range(2):
        ask(program, token)
    ask(program, program.token(sign=Signer().sign))
    with database.connection_context():
        entries = database.rows(sql, (founded.organization_id,))
    assert entries[before:] == [("failure", program.account["id"], program.key["id"])]


def test_the_scopes_of_a_key_hold_for_what_it_signs(founded):
    account = service_account(founded, founded.organization_id)
    program = Program(founded, account, scopes=["account:read"])
    assert program.get("/users/me").status_code == 200
    assert program.get("/tasks").json()["permission"] == "tasks:read"


def test_a_key_that_has_ended_signs_nothing(founded):
    account = service_account(founded, founded.organization_id)
    program = Program(founded, account, expires_at="2999-01-01T00:00:00Z")
    assert program.get("/users/me").status_code == 200
    with database.connection_context():
        database.run("update service_keys set expires_at = now() where id = %s", (program.key["id"],))
    assert refused(program.get("/users/me")) == UNAUTHENTICATED


def test_uses_are_forgotten_when_their_tokens_have_ended(program):
    assert program.get("/users/me").status_code == 200
    sql = "select count(*) from service_token_uses where service_account_id = %s"
    with database.connection_context():
        service_tokens.forget_old()
        assert database.rows(sql, (program.account["id"],))[0][0] > 0
        database.run("update service_token_uses set expires_at = expires_at - interval '10 minutes'")
        service_tokens.forget_old()
        assert database.rows(sql, (program.account["id"],))[0][0] == 0


def test_a_request_that_is_tried_again_because_of_the_database_uses_its_token_once(
    program, live, monkeypatch
):
    plan, tries = live.plans["get_me"], []
    handler = plan.handler

    class InTheWay(OperationalError):
        pgcode = DEADLOCK_DETECTED

    def fail_at_first(**arguments):
        tries.append(1)
        if len(tries) == 1:
            raise InTheWay("deadlock detected")
        return handler(**arguments)

    monkeypatch.setattr(plan, "handler", fail_at_first)
    token = program.token()
    assert (ask(program, token).status_code, len(tries)) == (200, 2)
    assert refused(ask(program, token)) == UNAUTHENTICATED
