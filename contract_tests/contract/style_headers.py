"""Rules of the contract's style: headers of answers."""

from contract_tests.contract.reading import rule

EVERYWHERE = {"Request-Id", "RateLimit", "RateLimit-Policy"}
OF_STATUS = {
    304: {"ETag"},
    401: {"WWW-Authenticate"},
    405: {"Allow"},
    412: {"ETag"},
    429: {"Retry-After"},
    503: {"Retry-After"},
}
CREDENTIALS = {
    "log_in": "it issues credentials: a session is not read, it is used",
    "refresh_session": "it issues credentials: a session is not read, it is used",
    "log_in_with_identity": "it issues credentials: a session is not read, it is used",
    "create_identity_authorization": "it is not read, it is gone by once",
}


@rule()
def headers_are_declared(reading):
    """Every header has a schema, a description, an example and says whether it is always there."""
    for name, header in reading.components["headers"].items():
        for part in ("schema", "description", "required", "example"):
            if part not in header:
                yield name, f"give it {part}."
    for name, response in reading.all_responses():
        for header, declaration in response.get("headers", {}).items():
            if "$ref" not in declaration:
                yield name, f"refer to {header} in common.yaml."


@rule()
def answers_have_their_headers(reading):
    """Every answer declares the headers that its status, and every answer, carries."""
    for location, responses in [(operation.id, operation.responses) for operation in reading.operations]:
        for status, (_, response) in responses.items():
            for header in sorted(
                (EVERYWHERE | OF_STATUS.get(status, set())) - response.get("headers", {}).keys()
            ):
                yield f"{location} {status}", f"declare the header {header}."


@rule(CREDENTIALS)
def creations_tell_where(reading):
    """The answer to a creation has ``Location`` and ``ETag``."""
    for operation in reading.operations:
        if (
            201 in operation.responses
            and not {"Location", "ETag"} <= operation.responses[201][1].get("headers", {}).keys()
        ):
            yield operation.id, "declare Location and ETag."


@rule()
def single_resources_have_an_etag(reading):
    """What takes ``If-None-Match``, ``If-Match`` or is a ``get_`` by id answers with ``ETag``."""
    for operation in reading.operations:
        tagged = operation.takes("If-None-Match") and 200 in operation.responses
        by_id = (
            operation.method == "get"
            and "{" in operation.path
            and not operation.id.startswith(("list_", "get_problem"))
        )
        if (tagged or by_id) and "ETag" not in operation.successes()[200].get("headers", {}):
            yield operation.id, "declare ETag on its answer."
        if by_id and not operation.takes("If-None-Match"):
            yield operation.id, "let it take If-None-Match."


@rule()
def conditions_come_together(reading):
    """What takes one of ``If-Match`` and ``If-None-Match`` takes both."""
    for operation in reading.operations:
        if operation.takes("If-Match") != operation.takes("If-None-Match"):
            yield operation.id, "let it take If-Match and If-None-Match."


@rule()
def secrets_are_not_kept_by_caches(reading):
    """An answer with a token or a secret says ``Cache-Control``."""
    for operation in reading.operations:
        for status, response in operation.successes().items():
            for content in response.get("content", {}).values():
                schema = reading.resolve(content["schema"])
                secret = {"access_token", "refresh_token", "secret"} & schema.get("properties", {}).keys()
                if secret and "Cache-Control" not in response["headers"]:
                    yield f"{operation.id} {status}", "declare Cache-Control."
