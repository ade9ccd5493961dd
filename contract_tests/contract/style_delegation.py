"""Rules of the contract's style: what hands power on says so with ``x-hands-on``, and can be refused.

The frame answers 500 to an operation that is marked and did not compare what it hands on with what the caller has
(``security.delegation``); the table in ``test_delegation.py`` tries each of them.
"""

from contract_tests.contract.reading import rule

# What a request says of power: whose, how much, how long, from where.
SAYING = {
    "address_ranges", "certificate", "expires_at", "grant_types", "includes", "jwk", "member_id", "overlap_seconds",
    "owner_id", "own_only", "permissions", "redirect_uris", "role", "scopes", "service_role", "team_id", "team_ids",
    "while_active",
}  # fmt: skip
# How the names of properties end that hold what whoever has it may act with.
SECRETS = ("secret", "token", "recovery_codes", "password")
# What each kind of power can be refused for.
REFUSALS = {
    "permissions": {"permission_beyond_own", "conditions_beyond_own", "scope_not_held", "expiry_beyond_own"},
    "membership": {
        "permission_beyond_own", "conditions_beyond_own", "scope_not_held", "expiry_beyond_own", "role_above_own",
    },
    "credential": {"scope_not_held", "expiry_beyond_own"},
}  # fmt: skip
BY_PROOF = (
    "its tokens are for who has proved to be the person, by a password, a code, a cookie or another token"
)
HANDS_NOTHING_ON = {
    **dict.fromkeys(
        ("log_in", "log_in_with_identity", "refresh_session", "create_identity_authorization"), BY_PROOF
    ),
    **dict.fromkeys(("enrol_two_factor", "confirm_two_factor", "create_recovery_codes"), BY_PROOF),
    "issue_token": "its tokens are for the app that has shown its secret or code; scopes are compared with the consent",
}
OTHER_REFUSALS = {
    "update_api_key": "from a key it is refused as wider_than_before",
    "accept_invitation": "what is compared is what the inviter has: the invitation is not open any more",
}


@rule(HANDS_NOTHING_ON)
def what_hands_power_on_says_so(reading):
    """An operation whose request can name a role, scopes, a team, an expiry or the like, or whose answer has a secret, is
    marked with ``x-hands-on``."""
    for operation in reading.operations:
        if not operation.unsafe or "x-hands-on" in operation.node:
            continue
        powers = names(reading, operation.body[1]) & SAYING if operation.body else set()
        secrets = {
            name
            for response in operation.successes().values()
            for name in names(reading, response)
            if name.endswith(SECRETS) and not name.startswith("has_")
        }
        if powers or secrets:
            yield (
                operation.id,
                f"it has {', '.join(sorted(powers | secrets))}: mark it with x-hands-on, and compare.",
            )


@rule(OTHER_REFUSALS)
def what_hands_power_on_can_be_refused(reading):
    """``x-hands-on`` lists kinds of power, on a write that needs a permission, with the refusals of each in ``x-problems``."""
    for operation in reading.operations:
        if "x-hands-on" not in operation.node:
            continue
        kinds = operation.node["x-hands-on"]
        if (
            not kinds
            or set(kinds) - REFUSALS.keys()
            or not operation.unsafe
            or "x-permission" not in operation.node
        ):
            yield (
                f"{operation.id} x-hands-on",
                f"name one or more of {', '.join(sorted(REFUSALS))}, on a write.",
            )
            continue
        if missing := set().union(*(REFUSALS[kind] for kind in kinds)) - set(
            operation.node.get("x-problems", ())
        ):
            yield operation.id, f"list {', '.join(sorted(missing))} in x-problems."


def names(reading, holder):
    """The names of the properties of a body or an answer, and of the objects directly in it."""
    property_names = set()
    for content in holder.get("content", {}).values():
        for name, property_schema in reading.resolve(content["schema"]).get("properties", {}).items():
            property_names.add(name)
            if "$ref" in property_schema:
                property_names |= reading.resolve(property_schema).get("properties", {}).keys()
    return property_names
