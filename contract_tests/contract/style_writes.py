"""Rules of the contract's style: how writes are made safe."""

from contract_tests.contract import style_oauth
from contract_tests.contract.reading import rule
from contract_tests.contract.style_access import LETTING_IN

ISSUING = {
    **dict.fromkeys(LETTING_IN, "it issues credentials, which are not stored for a replay"),
    "refresh_session": "it issues credentials, which are not stored for a replay",
    "create_api_key": "it issues credentials, which are not stored for a replay",
    "create_service_api_key": "it issues credentials, which are not stored for a replay",
    "rotate_service_api_key": "it issues credentials, which are not stored for a replay",
    "enrol_two_factor": "it issues a secret, which is not stored for a replay",
    "confirm_two_factor": "it issues recovery codes, which are not stored for a replay",
    "create_recovery_codes": "it issues recovery codes, which are not stored for a replay",
    "rotate_api_key": "it issues credentials, which are not stored for a replay",
    "create_app": "it issues credentials, which are not stored for a replay",
    "create_app_secret": "it issues credentials, which are not stored for a replay",
}
# They are not told from each other by who asks, and answer the same whatever they find.
OF_NOBODY = {
    "register_user": "who asks is not known; a second time sends one more mail at most",
    "request_email_verification": "who asks is not known; a second time sends one more mail at most",
    "request_password_reset": "who asks is not known; a second time sends one more mail at most",
}
ONCE = {"link_identity": "what the provider gave is good once, also when it is only tried"}
BY_TOKEN = {
    "complete_email_verification": "its token is good once",
    "complete_password_reset": "its token is good once",
}
WITH_A_PASSWORD = {
    "change_password": "its body holds passwords, of which no fingerprint is kept",
    "change_email": "its body holds the password, of which no fingerprint is kept",
    "transfer_ownership": "its body holds the password, of which no fingerprint is kept",
    **dict.fromkeys(("link_identity", "unlink_identity"), "its body holds the password, as of change_email"),
    "request_personal_data_export": "its body holds the password, of which no fingerprint is kept",
    "erase_me": "its body holds the password, of which no fingerprint is kept",
}


@rule(
    ISSUING
    | OF_NOBODY
    | BY_TOKEN
    | WITH_A_PASSWORD
    | style_oauth.POSTS
    | {"stop_emails": "mail programs send none, and a second time changes nothing"}
)
def writes_take_an_idempotency_key(reading):
    """Every unsafe operation takes ``Idempotency-Key``, or says in ``x-idempotency`` why not."""
    for operation in reading.operations:
        exempt = operation.node.get("x-idempotency")
        if operation.unsafe and not operation.takes("Idempotency-Key"):
            yield operation.id, "let it take Idempotency-Key."
        if exempt and (
            operation.takes("Idempotency-Key")
            or list(exempt) != ["exempt"]
            or not exempt["exempt"].endswith(".")
        ):
            yield (
                f"{operation.id} x-idempotency",
                "write {exempt: a sentence}, on what takes no Idempotency-Key.",
            )
        if operation.unsafe and not exempt and not operation.takes("Idempotency-Key"):
            yield f"{operation.id} x-idempotency", "say why it takes no Idempotency-Key."


@rule(
    BY_TOKEN
    | {
        "accept_invitation": "an invitation is accepted by whoever has its token, whatever else happened to it",
        "decline_invitation": "an invitation is declined by whoever has its token, whatever else happened to it",
        "log_out": "a session is ended by whoever has it, whatever else happened to it",
        "revoke_sessions": "it is about all sessions, whatever was seen of each",
        "mark_notifications_read": "it says itself up to when notifications were seen",
    }
)
def changes_take_if_match(reading):
    """Every update and every delete takes ``If-Match``."""
    for operation in reading.operations:
        if operation.method in ("patch", "put", "delete") and not operation.takes("If-Match"):
            yield operation.id, "let it take If-Match, so that nobody overwrites what they have not seen."


@rule(
    ISSUING
    | style_oauth.SHOWING
    | {
        "request_email_verification": "there is nothing to try: its answer is always the same",
        "request_password_reset": "there is nothing to try: its answer is always the same",
        "change_email": "passwords could be guessed in dry runs, which keep no count",
        **ONCE,
        "stop_emails": "RFC 8058 knows no dry run",
        "transfer_ownership": "passwords could be guessed in dry runs, which keep no count",
        **ONCE,
    }
)
def writes_can_be_tried(reading):
    """Every write that answers with a resource takes ``validate_only``; a deletion cannot be told from its rehearsal."""
    for operation in reading.operations:
        shows = any(response.get("content") for response in operation.successes().values())
        if operation.unsafe and shows and not operation.takes("validate_only"):
            yield operation.id, "let it take validate_only."
        if operation.takes("validate_only") and (
            not operation.unsafe or not shows or 200 not in operation.responses
        ):
            yield operation.id, "validate_only answers 200 with what would be stored."
