"""Rules of the contract's style: who may, how often, and what happens."""

from contract_tests.contract import style_oauth
from contract_tests.contract.reading import rule
from contract_tests.support.rules import rule_violations
from handlers.http.answers import OF_THE_FRAME
from models.access.members import ROLES
from security.policy import POLICY, RANK, Role, grantable, rank_for
from spec.derived import enum_of, scopes_of_apps

LETTING_IN = ("log_in", "create_identity_authorization", "log_in_with_identity")
PUBLIC = {
    "get_service_root": "the way in",
    "get_home": "the way in",
    "get_openapi_json": "the contract is public",
    "get_openapi_yaml": "the contract is public",
    "get_openapi_31_json": "the contract is public",
    "get_api_catalog": "the way in (RFC 9727)",
    "get_signing_keys": "who verifies a token needs no account",
    "get_portal": "the reference is public",
    "get_portal_asset": "the reference is public",
    "get_openapi_of_portal": "the contract is public",
    "get_demonstration": "in a demonstration its key is for whoever sits at the machine",
    **dict.fromkeys(
        ("get_guide_index", "get_guide", "get_documentation_search", "get_llms_txt"), "the guides are public"
    ),
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
    **dict.fromkeys(
        ("get_unsubscription", "stop_emails"), "mail programs ask, which have no account (RFC 8058)"
    ),
    **style_oauth.PUBLIC,
}


@rule(PUBLIC)
def everything_needs_a_permission(reading):
    """Every operation has ``x-permission``, or is on the short list of those that anybody may call."""
    for operation in reading.operations:
        if "x-permission" not in operation.node:
            yield (
                operation.id,
                "give it x-permission; only what must be open to everybody is on the list of public ones.",
            )


@rule()
def public_operations_say_so(reading):
    """``x-public`` and ``security: []`` stand on the operations without permission, and on no others."""
    for operation in reading.operations:
        public = "x-permission" not in operation.node
        if (operation.node.get("x-public") is True) != public or (
            operation.node.get("security") == []
        ) != public:
            yield (
                operation.id,
                "x-public: true and security: [] belong to what needs no permission, and to nothing else.",
            )
    if not reading.document.get("security"):
        yield "security", "the contract itself asks for authentication; operations only take it away."


@rule()
def permissions_are_in_the_policy(reading):
    """``x-permission`` is in the policy table, and every permission of the table is of an operation."""
    used = {
        operation.node["x-permission"]: operation.id
        for operation in reading.operations
        if "x-permission" in operation.node
    }
    for permission in sorted(used.keys() - POLICY.keys()):
        yield used[permission], f"write into security/policy/<context>.py who has {permission}."
    for permission in sorted(POLICY.keys() - used.keys()):
        yield permission, "no operation asks for it; take it out of security/policy/<context>.py."


def allowed_by_policy(permission):
    """Who has a permission, as ``x-permissions`` of the contract tells it: roles from the lowest up, then relations."""
    rank = rank_for(permission)
    roles = [] if rank is None else [role for role in ROLES if RANK[role] >= rank]
    return roles + [relation.__name__ for relation in POLICY[permission] if not isinstance(relation, Role)]


@rule()
def who_has_a_permission_stands_once(reading):
    """``x-permissions`` says of every permission of the policy who has it, and nothing else."""
    documented = reading.document["x-permissions"]
    for permission in sorted(POLICY.keys() | documented.keys()):
        if permission not in POLICY:
            yield permission, "no policy has it; take it out of x-permissions."
        elif permission not in documented:
            yield permission, "say in x-permissions of the noun's file who has it."
        elif documented[permission] != (allowed := allowed_by_policy(permission)):
            yield permission, f"x-permissions says {documented[permission]}, and the policy {allowed}."


@rule()
def operations_tell_who_may(reading):
    """``x-allowed-roles`` of an operation is what ``x-permissions`` says of its permission."""
    documented = reading.document["x-permissions"]
    for operation in reading.operations:
        if operation.node.get("x-allowed-roles") != documented.get(operation.node.get("x-permission")):
            yield operation.id, "x-allowed-roles follows from x-permissions; write it nowhere."


@rule()
def roles_are_made_of_what_admins_may(reading):
    """The permissions that custom roles are made of are those of the policy that a role gives, up to an admin's."""
    enum = set(reading.schemas["GrantablePermission"]["enum"])
    for permission in sorted(enum ^ grantable()):
        yield (
            permission,
            "GrantablePermission has what admins have by their role; grantable: false leaves one out of it.",
        )


@rule()
def scopes_are_in_the_table(reading):
    """``x-scopes`` stands on what needs a permission, names scopes of the table, and all of them are used."""
    offered, used = reading.document["x-scopes"], set()
    table = {**reading.document["x-openid-scopes"], **offered}
    for operation in reading.operations:
        scopes = operation.node.get("x-scopes", [])
        used |= set(scopes)
        if bool(scopes) != ("x-permission" in operation.node):
            yield operation.id, "name the scope that an API key needs for it; public operations need none."
        for scope in set(scopes) - table.keys():
            yield operation.id, f"describe the scope {scope} in x-scopes of openapi.yaml."
    for scope in sorted(offered.keys() - used):
        yield scope, "no operation asks for this scope; take it out of x-scopes."
    for scope in sorted(set(reading.schemas["Scope"]["enum"]) ^ offered.keys()):
        yield f"Scope {scope}", "the scopes of a service account's credentials are those of x-scopes."
    for name, expected in (("ApiKeyCreate", offered), ("AppCreate", scopes_of_apps(reading.document))):
        enum = set(enum_of(reading.document, reading.schemas[name]["properties"]["scopes"]))
        for scope in sorted(enum ^ expected.keys()):
            yield f"{name} {scope}", "its scopes are those of x-scopes, of an app without x-scopes-of-people."


def _classes_in_use(reading, key):
    """The classes that operations name with ``key`` are those of the table of that name in limits.yaml, and each is used."""
    classes = reading.document[f"{key}s"]
    used = {operation.node[key]: operation.id for operation in reading.operations if key in operation.node}
    for name in sorted(used.keys() - classes.keys()):
        yield used[name], f"describe the class {name} in {key}s of limits.yaml."
    for name in sorted(classes.keys() - used.keys()):
        yield name, f"no operation is in this class; take it out of {key}s."


@rule(
    {"demo": "what its callers have in place of default", "default": "what operations have that say nothing"}
)
def rate_limits_are_in_the_table(reading):
    """``x-rate-limit`` names a class of ``x-rate-limits``, and each class is used."""
    classes = reading.document["x-rate-limits"]
    yield from _classes_in_use(reading, "x-rate-limit")
    for operation in reading.operations:
        limit = classes.get(operation.node.get("x-rate-limit", "default"), {})
        if ("caller" in limit) != ("x-permission" in operation.node):
            yield operation.id, "what is public is counted by the address, everything else by the caller."


@rule({"default": "what operations have that say nothing"})
def body_limits_are_in_the_table(reading):
    """``x-body-limit`` names a class of ``x-body-limits``; where nobody has to say who they are, bodies are small."""
    yield from _classes_in_use(reading, "x-body-limit")
    for operation in reading.operations:
        if (
            "requestBody" in operation.node
            and "x-public" in operation.node
            and "x-body-limit" not in operation.node
        ):
            yield operation.id, "anybody may send it a body: give it the class small, or form."
        if "requestBody" not in operation.node and "x-body-limit" in operation.node:
            yield operation.id, "it has no body."


@rule(
    style_oauth.ASKING
    | {
        "create_identity_authorization": "nobody knows yet whose account it will concern",
        "get_authorization": "it is read, and gives a code where nobody has to be asked",
        **dict.fromkeys(
            ("update_notification", "mark_notifications_read"), "notifications tell of events, and leave none"
        ),
    }
)
def events_are_declared(reading):
    """``x-events`` stands on every write, names types of ``x-event-types``, and every type has an operation."""
    used = set()
    for operation in reading.operations:
        events = operation.node.get("x-events", [])
        used |= set(events)
        if bool(events) != operation.unsafe:
            yield operation.id, "name the events that it leaves: every write leaves one, and no reading does."
        for name in sorted(set(events) - reading.event_types):
            yield operation.id, f"add {name} to x-event-types of its noun."
    for name in sorted(reading.event_types - used):
        yield name, "no operation leaves this event; take it out of x-event-types."


@rule()
def event_types_are_described(reading):
    """Each type of event is described in a sentence."""
    for name, described in reading.document["x-event-types"].items():
        if not described.endswith("."):
            yield name, "write what happened as a sentence that ends with a full stop."


@rule()
def refusals_exist(reading):
    """``x-problems`` names rule violations that exist, and each of these is of some operation."""
    violations = rule_violations()
    used = set(OF_THE_FRAME)
    for operation in reading.operations:
        for code in operation.node.get("x-problems", ()):
            used.add(code)
            if code not in violations:
                yield (
                    operation.id,
                    f"no RuleViolation has the code {code}; write the class, or take it off x-problems.",
                )
    for code in sorted(violations.keys() - used):
        yield (
            code,
            f"no operation lists {violations[code].__module__}.{violations[code].__name__} in x-problems.",
        )
