"""Rules of the contract's style: statuses."""

from contract_tests.contract import style_oauth
from contract_tests.contract.reading import ERRORS, rule
from contract_tests.support.rules import statuses_of

# The one answer of each error status.
SHARED = {
    400: "BadRequest",
    401: "Unauthenticated",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    406: "NotAcceptable",
    408: "BodyTimeout",
    409: "Conflict",
    412: "PreconditionFailed",
    413: "BodyTooLarge",
    414: "UriTooLong",
    415: "UnsupportedMediaType",
    422: "Unprocessable",
    429: "TooManyRequests",
    431: "HeadTooLarge",
    500: "InternalError",
    501: "NotImplemented",
    503: "Unavailable",
    505: "HttpVersionNotSupported",
}


def reasons(reading, operation):
    """``{status: why the operation can answer it}`` of the statuses that follow from what it is."""
    causes = {
        400: "a URL may be malformed",
        422: "a parameter may be unknown",
        429: "it is limited",
        500: "faults happen",
    }
    if "x-errors" in operation.node:  # it answers for faults of input itself
        del causes[400], causes[422]
    content = [response for response in operation.successes().values() if response.get("content")]
    if not operation.node.get("x-public"):
        causes |= {401: "somebody unknown may ask", 403: "the permission may be missing"}
    if content:
        causes[406] = "Accept may leave out what it offers"
    if operation.body:
        causes[408] = "a body may be slow"
        if "x-errors" not in operation.node:
            causes |= {413: "a body may be large", 415: "a body may be of another type"}
    if operation.takes("If-Match"):
        causes[412] = "If-Match may be stale"
    if operation.takes("If-None-Match") and operation.method == "get":
        causes[304] = "If-None-Match may name what is stored"
    for status, codes in statuses_of(operation.node.get("x-problems", ())).items():
        causes[status] = f"x-problems lists {', '.join(codes)}"
    if operation.takes("Idempotency-Key"):
        causes[409] = "the first request with the key may still run"
    if any(each["in"] == "path" and "enum" not in each["schema"] for each in operation.parameters):
        causes[404] = "nothing may have the id"
    if operation.id != "get_liveness":  # it asks nobody, and is answered also when there is no room
        causes[503] = "there may be no room"
    return causes


# Statuses that do not follow from the shape of an operation.
BY_MEANING = {
    "log_in 401": "the password may be wrong",
    "complete_email_verification 403": "the password may not be that of the registration",
    "refresh_session 401": "the token may be used",
    "create_organization 404": "a retry may be of an organization that was left",
    "accept_invitation 404": "a retry may be of a membership that has ended",
    "create_app 404": "organization_id in the body may be unknown",
    "list_apps 404": "organization_id in the query may be unknown",
    "create_project 404": "organization_id in the body may be unknown",
    "create_task 404": "project_id in the body may be unknown",
    "get_capabilities 404": "what is asked about may be unknown",
    "list_projects 404": "organization_id in the query may be unknown",
    "list_tasks 404": "organization_id or project_id in the query may be unknown",
    "get_identity_callback 303": "the browser is sent on",
    "get_home 303": "a browser is sent to the portal",
    "log_in_with_identity 401": "a second factor may be needed",
    "get_mailbox 404": "outside a demonstration there is none",
    "list_events 404": "organization_id in the query may be unknown",
    "list_security_log 404": "organization_id in the query may be unknown",
    "get_security_log_verification 404": "organization_id in the query may be unknown",
    "get_security_log_export 404": "organization_id in the query may be unknown",
    "list_notifications 404": "organization_id in the query may be unknown",
    "mark_notifications_read 404": "organization_id in the body may be unknown",
    "get_unsubscription 404": "the token may not be of this server",
    "stop_emails 404": "the token may not be of this server",
    **style_oauth.BY_MEANING,
}


@rule(BY_MEANING)
def errors_are_those_that_can_happen(reading):
    """Every status that an operation can answer is listed on it, and none that it cannot."""
    for operation in reading.operations:
        why = reasons(reading, operation)
        listed = {status for status in operation.responses if status >= 300}
        for status in sorted(why.keys() - operation.responses.keys()):
            yield f"{operation.id} {status}", f"list it: {why[status]}."
        for status in sorted(listed - why.keys()):
            yield f"{operation.id} {status}", "it cannot answer that; take it away, or say here why it can."


@rule(style_oauth.OWN_ANSWERS)
def errors_are_shared(reading):
    """Each error status has one answer, in ``responses.yaml``, the same for every operation."""
    places = [(operation.id, operation.responses) for operation in reading.operations]
    places.append(
        (
            "x-transport-responses",
            {int(s): reading.named(r) for s, r in reading.document["x-transport-responses"].items()},
        )
    )
    for location, responses in places:
        for status, (name, _) in responses.items():
            if status in ERRORS and name != SHARED.get(status):
                yield (
                    f"{location} {status}",
                    f"refer to responses.yaml#/{SHARED.get(status, 'a shared answer')}.",
                )


@rule()
def statuses_are_listed_one_by_one(reading):
    """No ``default`` and no ``4XX``: each status is listed."""
    for operation in reading.operations:
        for status in operation.node["responses"]:
            if not status.isdigit():
                yield operation.id, f"replace {status} by the statuses that it stands for."


@rule()
def answers_are_described(reading):
    """Every answer is described."""
    for operation in reading.operations:
        for status, (_, response) in operation.responses.items():
            if not response.get("description"):
                yield f"{operation.id} {status}", "describe it in a sentence."


@rule(
    {
        "log_out 204": "there is nothing left to show",
        "erase_me 204": "there is nothing left to show",
        "change_password 204": "nothing of a password is shown",
        "complete_email_verification 204": "who has a token is not logged in, and is shown nothing",
        "complete_password_reset 204": "who has a token is not logged in, and is shown nothing",
        "unlink_identity 204": "there is nothing left to show",
        "revoke_sessions 204": "there is nothing left to show",
    }
)
def only_deletions_are_empty(reading):
    """204 is for deletions of what has an id; every other success shows the resource."""
    for operation in reading.operations:
        deletes = operation.method == "delete" and operation.path.endswith("}")
        if 204 in operation.responses and not deletes:
            yield f"{operation.id} 204", "answer with the resource."


@rule(
    style_oauth.POSTS
    | {
        "register_user": "it answers the same whether or not anything was created",
        "request_email_verification": "it answers the same whether or not anything was created",
        "request_password_reset": "it answers the same whether or not anything was created",
        "request_personal_data_export": "it answers 202 with the job that will make it",
        "stop_emails": "RFC 8058 has it posted, and a page answers",
    }
)
def creations_answer_201(reading):
    """A POST creates something and answers 201; nothing else does."""
    for operation in reading.operations:
        if (201 in operation.responses) != (operation.method == "post"):
            yield operation.id, "a POST answers 201, and nothing else does."


@rule()
def answers_have_one_schema(reading):
    """The successful answers of an operation have one schema, so that generated clients return one type."""
    for operation in reading.operations:
        schemas = {
            str(content["schema"])
            for response in operation.successes().values()
            for media_type, content in response.get("content", {}).items()
            if media_type == "application/json"
        }
        if len(schemas) > 1:
            yield operation.id, "answer the same schema with every 2xx."
