"""Rules of the contract's style: what a person has to prove again who they are for.

Every write of somebody is decided: it has ``x-proof``, or stands here with the reason why it has none.
"""

from contract_tests.contract.reading import rule

WHEN = ("always", "ownership", "session", "widening", "shortening")
OF_A_BODY = {"one_time_code": "ProofOneTimeCode", "recovery_code": "ProofRecoveryCode"}
OWNER = "owner"

UNDONE = "whoever has the permission can undo it, and the history keeps what was there before"
REDUCED = "it only takes access away, which must be quick where something was stolen"
DELEGATED = "it gives no more than its giver has, and whoever is above can take it back"
SHARED = {"Work"}  # contexts of what people do together, with a history
WITHOUT = {
    **dict.fromkeys(
        ("revoke_session", "revoke_sessions", "log_out", "revoke_api_key", "revoke_consent"), REDUCED
    ),
    **dict.fromkeys(("revoke_service_api_key", "revoke_service_key", "revoke_service_certificate"), REDUCED),
    **dict.fromkeys(
        ("withdraw_invitation", "decline_invitation", "revoke_grant", "remove_team_member"), REDUCED
    ),
    **dict.fromkeys(
        ("disable_service_account", "delete_service_account", "delete_app", "delete_role"), REDUCED
    ),
    **dict.fromkeys(
        ("update_me", "update_organization", "update_team", "delete_team", "create_team"), UNDONE
    ),
    **dict.fromkeys(
        ("create_document_template", "update_document_template", "delete_document_template"), UNDONE
    ),
    **dict.fromkeys(
        ("create_service_account", "update_service_account", "enable_service_account"), DELEGATED
    ),
    **dict.fromkeys(("add_team_member", "update_team_member", "create_role", "update_role"), DELEGATED),
    **dict.fromkeys(("grant_to_team", "grant_to_member", "update_grant", "update_app"), DELEGATED),
    "confirm_two_factor": "its code is of the authenticator that was enrolled with proof",
    "create_organization": "an organization of one's own; nobody else is concerned",
    "accept_invitation": "ownership was proven by who invited, and the token is in a mailbox that is the person's",
    "deliver_invitation": "the invitation of an owner is not delivered again",
    "remove_member": "an owner is not removed before their role is changed, with proof",
    "cancel_job": "the job can be started again, with proof where that requires it",
    "query_userinfo": "it changes nothing",
    **dict.fromkeys(("update_notification", "mark_notifications_read"), "what was read can be read again"),
    "update_notification_preferences": UNDONE,
}


@rule(WITHOUT)
def proof_is_decided(reading):
    """Every write of somebody says in ``x-proof`` when it requires proof of identity, or is decided to require none.

    What people do together, without handing power on, needs none: whoever has the permission can undo it.
    """
    shared = {
        tag for group in reading.document["x-tagGroups"] if group["name"] in SHARED for tag in group["tags"]
    }
    for operation in reading.operations:
        if operation.node["tags"][0] in shared and "x-hands-on" not in operation.node:
            continue
        if operation.unsafe and "x-permission" in operation.node and "x-proof" not in operation.node:
            yield operation.id, "give it x-proof; or say in WITHOUT why a stolen session may do it."


@rule({"enrol_two_factor": "there is no code before the authenticator is enrolled"})
def proof_has_one_form(reading):
    """Who is asked for proof can send it, with the same members everywhere; and they stand nowhere else."""
    for operation in reading.operations:
        when, sent = operation.node.get("x-proof"), _sent(reading, operation)
        is_sent = [f"#/components/schemas/{name}" for name in OF_A_BODY.values()]
        references = [sent.get(name, {}).get("$ref") for name in OF_A_BODY]
        is_password = sent.keys() & {"password", "current_password"}
        if when is not None and when not in WHEN:
            yield operation.id, f"x-proof is one of {', '.join(WHEN)}."
        if when and not (references == is_sent and is_password):
            yield operation.id, "take password, one_time_code and recovery_code of common.yaml."
        if not when and (references == is_sent or "ProofPassword" in str(sent)):
            yield operation.id, "say in x-proof when the proof that it takes is required."


@rule()
def owners_are_made_with_proof(reading):
    """What may name the role ``owner`` requires proof of identity."""
    for operation in reading.operations:
        role = reading.resolve(_sent(reading, operation).get("role", {}))
        if (
            operation.unsafe
            and OWNER in role.get("enum", ())
            and operation.node.get("x-proof") != "ownership"
        ):
            yield operation.id, "a role that may be owner is given with x-proof: ownership."


def _sent(reading, operation):
    """The properties of the body of an operation; none without a body in JSON."""
    if not operation.body:
        return {}
    content = next(iter(operation.body[1]["content"].values()))
    return reading.resolve(content["schema"]).get("properties", {})
