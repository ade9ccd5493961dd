"""How those statuses are produced that signing in with a provider gives in a way of its own: by operation and status."""

from contract_tests.support import sign_ins
from contract_tests.support.clients import refused
from models.base.settings import settings

PRODUCERS_OF = {}


def produces(operation_id, status):
    def note(producer):
        PRODUCERS_OF[operation_id, status] = producer
        return producer

    return note


@produces("get_identity_callback", 303)
def sent_on(context, operation, status):
    answer = sign_ins.begin(context.world.nobody, context.live.provider).come_back()
    assert (answer.content, answer.headers["Cache-Control"]) == (b"", "no-store")
    return answer


@produces("get_identity_callback", 422)
def against_the_contract(context, operation, status):
    """It ignores parameters that it does not know, and not bad values of its own."""
    assert (
        context.world.send(context.world.request(operation).asking(no_such_parameter="1")).status_code == 200
    )
    return context.world.send(context.world.request(operation).asking(state="no state"))


@produces("create_identity_authorization", 404)
def with_whom_is_not_offered(context, operation, status):
    request = context.world.request(operation)
    with context.monkeypatch.context() as patch:
        patch.setenv("REMIT_GITHUB_CLIENT_ID", "")
        settings.cache_clear()
        answer = context.world.send(request)
    settings.cache_clear()
    assert refused(answer) == (404, "provider_not_configured")
    return answer


@produces("log_in_with_identity", 401)
def without_the_second_factor(context, operation, status):
    request = context.world.request(operation)
    context.world.set_up_two_factor(context.world.own.client.person.id, is_active=True)
    answer = context.world.send(request)
    assert refused(answer) == (401, "second_factor_required")
    return answer


@produces("log_in_with_identity", 409)
@produces("link_identity", 409)
def with_a_code_that_nobody_gave(context, operation, status):
    request = context.world.request(operation)
    request.body["code"] = "x" * 43
    answer = context.world.send(request)
    assert refused(answer) == (409, "sign_in_not_valid")
    return answer


@produces("complete_email_verification", 403)
def with_the_password_of_no_registration(context, operation, status):
    request = context.world.request(operation)
    request.body["password"] = "Wrong-horse-8"
    answer = context.world.send(request)
    assert refused(answer) == (403, "reauthentication_failed")
    return answer


@produces("unlink_identity", 409)
def by_who_has_nothing_else(context, operation, status):
    request = context.world.request(operation)
    somebody = sign_ins.newcomer(context.world.nobody, context.live.provider)
    request.path = f"/identities/{somebody.identity['id']}/unlinking"
    answer = context.world.send(request.having(Authorization=f"Bearer {somebody.token}"))
    assert refused(answer) == (409, "last_way_in")
    return answer
