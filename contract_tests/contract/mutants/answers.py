"""Mutants of answers: what leaves the server is not what the contract documents."""

import orjson

from contract_tests.contract.mutants.checks import answers
from contract_tests.contract.mutants.mutant import in_code
from handlers.http import edge, frame, problems


@in_code(answers.a_task_matches_the_contract, 'null is not of type "string"')
def a_text_is_null(context):
    context.json("get_task", lambda task: task.update(title=None))


@in_code(answers.a_task_matches_the_contract, '1.5 is not of type "integer"')
def a_whole_number_has_a_fraction(context):
    context.json("create_task", lambda task: task.update(version=1.5))


@in_code(answers.a_task_matches_the_contract, 'is not of type "object"')
def ids_stand_where_objects_should(context):
    context.json(
        "list_tasks",
        lambda page: page["included"].update(people=[person["id"] for person in page["included"]["people"]]),
    )


@in_code(answers.a_task_matches_the_contract, "a task is read as it was created")
def a_moment_is_in_the_year_1(context):
    context.json("create_task", lambda task: task.update(created_at="0001-01-01T00:00:00Z"))


@in_code(answers.a_task_matches_the_contract, 'is not a "date-time"')
def a_moment_has_no_zone(context):
    context.json(
        "create_task", lambda task: task.update(created_at=task["created_at"][:19].replace("T", " "))
    )


@in_code(answers.a_task_matches_the_contract, '"TODO" does not match')
def a_value_is_in_upper_case(context):
    context.json("get_task", lambda task: task.update(status="TODO"))


@in_code(answers.a_task_matches_the_contract, "/components/schemas/TaskPage")
def a_list_stands_where_a_page_should(context):
    context.json("list_tasks", lambda page: page["items"])


@in_code(answers.a_creation_has_location_and_etag, "contract violation: status 202")
def a_status_is_not_documented(context):
    context.answer("create_task", lambda answer: setattr(answer, "status", 202))


@in_code(answers.a_creation_has_location_and_etag, "POST /tasks does not document 202")
def a_status_is_not_documented_and_the_gate_is_open(context):
    context.replace(edge, "violation_of", lambda spec, answer: None)
    context.answer("create_task", lambda answer: setattr(answer, "status", 202))


@in_code(answers.a_creation_has_location_and_etag, "a creation answers 201")
def a_creation_answers_200(context):
    context.answer("create_task", lambda answer: setattr(answer, "status", 200))


def a_header_is_missing(name, check, message=None):
    """Register a mutant that sends no such header; the contract requires it, or a check names it."""

    def change(context):
        context.sent(lambda answer: answer.headers.pop(name, None))

    change.__name__ = f"the_header_{name.replace('-', '_')}_is_missing"
    in_code(check, message or f"are missing from the response:\n- `{name}`")(change)


a_header_is_missing("ETag", answers.an_etag_identifies_a_version)
a_header_is_missing("Location", answers.a_creation_has_location_and_etag)
a_header_is_missing("Request-Id", answers.a_task_matches_the_contract)
a_header_is_missing("RateLimit", answers.a_task_matches_the_contract)
a_header_is_missing("RateLimit-Policy", answers.a_task_matches_the_contract)
a_header_is_missing("WWW-Authenticate", answers.anonymous_callers_are_challenged)
a_header_is_missing("Retry-After", answers.the_limit_holds_for_each_caller)
a_header_is_missing("Cache-Control", answers.tokens_are_not_cached, "no cache stores a token")
a_header_is_missing("Allow", answers.allow_names_every_method, "Allow names every method of /")


@in_code(answers.answers_are_not_sniffed_or_framed, "no browser guesses a media type")
def the_security_headers_are_missing(context):
    context.replace(edge, "API_HEADERS", [])


@in_code(answers.an_account_shows_no_secret, "Received: text/json")
def an_answer_has_another_media_type(context):
    context.sent(lambda answer: answer.headers.update({"Content-Type": "text/json"}))


@in_code(answers.an_unknown_task_is_a_problem, "Received: application/json")
def a_problem_is_called_json(context):
    context.sent(lambda answer: answer.headers.update({"Content-Type": "application/json"}))


def a_problem_with(**fields):
    def edit(answer):
        if answer.status >= 400:
            problem = orjson.loads(answer.body) | fields
            answer.body = orjson.dumps({name: value for name, value in problem.items() if value != "nothing"})

    return lambda context: context.sent(edit)


@in_code(answers.an_unknown_task_is_a_problem, '"code" is a required property')
def a_problem_has_no_code(context):
    a_problem_with(code="nothing")(context)


@in_code(answers.an_unknown_task_is_a_problem, "a problem shows no internals")
def a_problem_shows_a_traceback(context):
    a_problem_with(detail='Traceback (most recent call last): File "tasks.py", line 7')(context)


@in_code(answers.an_unknown_task_is_a_problem, "unhandled: NotFound")
def not_found_is_an_internal_error(context):
    context.replace(frame, "is_documented", lambda plan, refusal: False)


@in_code(answers.allow_names_every_method, "Allow names every method of /")
def allow_lacks_a_method(context):
    context.replace(edge, "allowed", lambda methods: ", ".join([*sorted(methods), "OPTIONS"]))


@in_code(answers.head_is_get_without_a_body, "HEAD has no body")
def head_has_a_body(context):
    send = context.edge._send

    async def edited(context, answer, scope, channel):
        await send(context, answer, {**scope, "method": "GET"}, channel)

    context.replace(context.edge, "_send", edited)


@in_code(answers.a_task_can_be_deleted, "a deletion answers 204 without a body")
def a_deletion_has_a_body(context):
    context.sent(lambda answer: answer.status == 204 and setattr(answer, "body", b"{}"))


@in_code(answers.requests_have_an_id, "a problem has the id of its request")
def the_id_of_a_request_is_ignored(context):
    context.replace(problems, "as_problem", _without_request_id(problems.as_problem))


def _without_request_id(as_problem):
    return lambda refusal, request_id: as_problem(refusal, "unknown")
