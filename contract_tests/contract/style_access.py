"""Rules of the contract's style: who may, how often, what happens, and how writes are made safe."""

import importlib

from contract_tests.contract import style_oauth
from contract_tests.contract.reading import rule
from handlers.http.answers import OF_THE_FRAME
from models.base.errors import Conflict, problem_types
from security.policy import POLICY, grantable
from spec import scopes_of_apps

LETTING_IN = ("log_in", "create_identity_authorization", "log_in_with_identity")
PUBLIC = {
    "get_service_root": "the way in",
    "get_openapi_json": "the contract is public",
    "get_openapi_yaml": "the contract is public",
    "get_openapi_31_json": "the contract is public",
    "get_api_catalog": "the way in (RFC 9727)",
    "get_signing_keys": "who verifies a token needs no account",
    "get_portal": "the reference is public",
    "get_portal_asset": "the reference is public",
    "get_health": "supervisors have no account",
    "get_liveness": "supervisors have no account",
    "get_readiness": "supervisors have no account",
    "list_problems": "the addresses in problems can be opened by anybody",
    "get_problem": "the addresses in problems can be opened by anybody",
    "get_mailbox": "in a demonstration the mails are for whoever sits at the machine",
    "get_mailbox_mail": "in a demonstration the mails are for whoever sits at the machine",
    "register_user": "who registers has no account yet",
    "request_email_verification": "who has not verified the address cannot log in yet",
    "complete_email_verification": "its token is in the body",
    "request_password_reset": "who has forgotten the password cannot log in",
    "complete_password_reset": "its token is in the body",
    "get_account_page": "links in mails lead to it",
    "get_account_file": "the pages of accounts are public",
    **dict.fromkeys((*LETTING_IN, "get_identity_providers", "get_identity_callback"), "nobody is known yet"),
    "refresh_session": "its token is in the body; the other one may have expired",
    **style_oauth.PUBLIC,
}
ISSUING = {
    **dict.fromkeys(LETTING_IN, "it issues credentials, which are not stored for a replay"),
    "refresh_session": "it issues credentials, which are not stored for a replay",
    "create_api_key": "it issues credentials, which are not stored for a replay",
    "create_service_api_key": "it issues credentials, which are not stored for a replay",
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
    "rotate_api_key": "it issues credentials, which are not stored for a replay",
}


@rule(PUBLIC)
def everything_needs_a_permission(reading):
    """Every operation has ``x-permission``, or is on the short list of those that anybody may call."""
    for one in reading.operations:
        if "x-permission" not in one.node:
            yield (
                one.id,
                "give it x-permission; only what must be open to everybody is on the list of public ones.",
            )


@rule()
def public_operations_say_so(reading):
    """``x-public`` and ``security: []`` stand on the operations without permission, and on no others."""
    for one in reading.operations:
        public = "x-permission" not in one.node
        if (one.node.get("x-public") is True) != public or (one.node.get("security") == []) != public:
            yield (
                one.id,
                "x-public: true and security: [] belong to what needs no permission, and to nothing else.",
            )
    if not reading.document.get("security"):
        yield "security", "the contract itself asks for authentication; operations only take it away."


@rule()
def permissions_are_in_the_policy(reading):
    """``x-permission`` is in the policy table, and every permission of the table is of an operation."""
    used = {one.node["x-permission"]: one.id for one in reading.operations if "x-permission" in one.node}
    for permission in sorted(used.keys() - POLICY.keys()):
        yield used[permission], f"write into security/policy.py who has {permission}."
    for permission in sorted(POLICY.keys() - used.keys()):
        yield permission, "no operation asks for it; take it out of security/policy.py."


@rule()
def roles_are_made_of_what_admins_may(reading):
    """The permissions that custom roles are made of are those of the policy that a role gives, up to an admin's."""
    enum = set(reading.schemas["GrantablePermission"]["enum"])
    for permission in sorted(enum ^ grantable()):
        yield (
            permission,
            "the values of GrantablePermission are the permissions that admins have by their role.",
        )


@rule()
def scopes_are_in_the_table(reading):
    """``x-scopes`` stands on what needs a permission, names scopes of the table, and all of them are used."""
    offered, used = reading.document["x-scopes"], set()
    table = {**reading.document["x-openid-scopes"], **offered}
    for one in reading.operations:
        scopes = one.node.get("x-scopes", [])
        used |= set(scopes)
        if bool(scopes) != ("x-permission" in one.node):
            yield one.id, "name the scope that an API key needs for it; public operations need none."
        for scope in set(scopes) - table.keys():
            yield one.id, f"describe the scope {scope} in x-scopes of openapi.yaml."
    for scope in sorted(offered.keys() - used):
        yield scope, "no operation asks for this scope; take it out of x-scopes."
    for scope in sorted(set(reading.schemas["Scope"]["enum"]) ^ offered.keys()):
        yield f"Scope {scope}", "the scopes of a service account's credentials are those of x-scopes."
    for name, known in (("ApiKeyCreate", offered), ("AppCreate", scopes_of_apps(reading.document))):
        enum = set(reading.schemas[name]["properties"]["scopes"]["items"]["enum"])
        for scope in sorted(enum ^ known.keys()):
            yield f"{name} {scope}", "its scopes are those of x-scopes, of an app without x-scopes-of-people."


@rule(
    {"demo": "what its callers have in place of default", "default": "what operations have that say nothing"}
)
def rate_limits_are_in_the_table(reading):
    """``x-rate-limit`` names a class of ``x-rate-limits``, and each class is used."""
    classes = reading.document["x-rate-limits"]
    used = {one.node["x-rate-limit"]: one.id for one in reading.operations if "x-rate-limit" in one.node}
    for name in sorted(used.keys() - classes.keys()):
        yield used[name], f"describe the class {name} in x-rate-limits of openapi.yaml."
    for name in sorted(classes.keys() - used.keys()):
        yield name, "no operation is in this class; take it out of x-rate-limits."
    for one in reading.operations:
        limit = classes.get(one.node.get("x-rate-limit", "default"), {})
        if ("caller" in limit) != ("x-permission" in one.node):
            yield one.id, "what is public is counted by the address, everything else by the caller."


@rule(
    style_oauth.ASKING
    | {
        "create_identity_authorization": "nobody knows yet whose account it will concern",
        "get_authorization": "it is read, and gives a code where nobody has to be asked",
    }
)
def events_are_in_the_event_files(reading):
    """``x-events`` stands on every write, names types of ``spec/events``, and every type has an operation."""
    used = set()
    for one in reading.operations:
        events = one.node.get("x-events", [])
        used |= set(events)
        if bool(events) != one.unsafe:
            yield one.id, "name the events that it leaves: every write leaves one, and no reading does."
        for name in sorted(set(events) - reading.event_types):
            yield one.id, f"add {name} to x-event-types of its file in spec/events."
    for name in sorted(reading.event_types - used):
        yield name, "no operation leaves this event; take it out of spec/events."


@rule()
def events_are_told_in_their_description(reading):
    """The description of a webhook names every type of event that it is sent for."""
    for name, hook in reading.document["x-webhooks"].items():
        for event in hook["x-event-types"]:
            if f"`{event}`" not in hook["post"].get("description", ""):
                yield name, f"name `{event}` in its description."


@rule()
def refusals_exist(reading):
    """``x-problems`` names refusals of 409 that exist, and each of these is of some operation."""
    for one in reading.operations:
        importlib.import_module(one.node["x-openapi-router-controller"])
    known = {code: cls for code, cls in problem_types().items() if issubclass(cls, Conflict)}
    used = set(OF_THE_FRAME)
    for one in reading.operations:
        for code in one.node.get("x-problems", ()):
            used.add(code)
            if code not in known:
                yield one.id, f"no Conflict has the code {code}; write the class, or take it off x-problems."
    for code in sorted(known.keys() - used):
        yield code, f"no operation lists {known[code].__module__}.{known[code].__name__} in x-problems."


@rule(ISSUING | OF_NOBODY | BY_TOKEN | WITH_A_PASSWORD | style_oauth.POSTS)
def writes_take_an_idempotency_key(reading):
    """Every unsafe operation takes ``Idempotency-Key``, or says in ``x-idempotency`` why not."""
    for one in reading.operations:
        exempt = one.node.get("x-idempotency")
        if one.unsafe and not one.takes("Idempotency-Key"):
            yield one.id, "let it take Idempotency-Key."
        if exempt and (
            one.takes("Idempotency-Key") or list(exempt) != ["exempt"] or not exempt["exempt"].endswith(".")
        ):
            yield f"{one.id} x-idempotency", "write {exempt: a sentence}, on what takes no Idempotency-Key."
        if one.unsafe and not exempt and not one.takes("Idempotency-Key"):
            yield f"{one.id} x-idempotency", "say why it takes no Idempotency-Key."


@rule(
    BY_TOKEN
    | {
        "accept_invitation": "an invitation is accepted by whoever has its token, whatever else happened to it",
        "decline_invitation": "an invitation is declined by whoever has its token, whatever else happened to it",
        "log_out": "a session is ended by whoever has it, whatever else happened to it",
        "revoke_sessions": "it is about all sessions, whatever was seen of each",
    }
)
def changes_take_if_match(reading):
    """Every update and every delete takes ``If-Match``."""
    for one in reading.operations:
        if one.method in ("patch", "put", "delete") and not one.takes("If-Match"):
            yield one.id, "let it take If-Match, so that nobody overwrites what they have not seen."


@rule(
    ISSUING
    | style_oauth.SHOWING
    | {
        "request_email_verification": "there is nothing to try: its answer is always the same",
        "request_password_reset": "there is nothing to try: its answer is always the same",
        "change_email": "passwords could be guessed in dry runs, which keep no count",
        **ONCE,
        "transfer_ownership": "passwords could be guessed in dry runs, which keep no count",
        **ONCE,
    }
)
def writes_can_be_tried(reading):
    """Every write that answers with a resource takes ``validate_only``; a deletion cannot be told from its rehearsal."""
    for one in reading.operations:
        shows = any(response.get("content") for response in one.successes().values())
        if one.unsafe and shows and not one.takes("validate_only"):
            yield one.id, "let it take validate_only."
        if one.takes("validate_only") and (not one.unsafe or not shows or 200 not in one.responses):
            yield one.id, "validate_only answers 200 with what would be stored."


@rule(
    ISSUING
    | OF_NOBODY
    | ONCE
    | style_oauth.SHOWING
    | {"change_email": "it tells nothing but that a mail is on its way"}
)
def writes_can_be_answered_minimally(reading):
    """Every write that answers with a resource takes ``Prefer``."""
    for one in reading.operations:
        shows = any(response.get("content") for response in one.successes().values())
        if one.unsafe and shows and not one.takes("Prefer"):
            yield one.id, "let it take Prefer."
        if one.takes("Prefer") and not (one.unsafe and shows):
            yield one.id, "there is no body that could be left out."
