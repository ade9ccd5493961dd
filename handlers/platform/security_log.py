"""Authentication and permission changes, with tamper evidence."""

from models.base.exports import as_csv, as_ndjson
from models.base.pages import page
from models.platform.security_log import SecurityEntry
from models.platform.security_verification import verify

# What the first entry of a log tells; a program's own account begins with whatever happens to it first.
BEGINNINGS = {
    "organization": ("organization.created",),
    "person": ("user.registered", "identity.linked"),
}
MAX_EXPORT_ENTRIES = 5_000  # in one part of an export


def list_security_log(caller, limit, cursor=None, include=(), organization_id=None, **filters):
    filters["chain_id"] = _chain(caller, organization_id)
    return page(SecurityEntry, caller, filters, limit=limit, cursor=cursor, include=include)


def get_security_entry(security_entry_id, caller):
    return caller.find(SecurityEntry, security_entry_id)


def get_security_log_verification(caller, after, organization_id=None):
    chain_id = _chain(caller, organization_id)
    begins_with = BEGINNINGS["organization"] if organization_id else BEGINNINGS.get(caller.access.kind, ())
    return verify(chain_id, after, begins_with=begins_with)


def get_security_log_export(
    caller, media_type, after, organization_id=None, occurred_from=None, occurred_to=None
):
    chain_id = _chain(caller, organization_id)
    entries = [
        entry.as_json()
        for entry in SecurityEntry.part(chain_id, after, MAX_EXPORT_ENTRIES + 1, occurred_from, occurred_to)
    ]
    headers = (
        {"Next-After": str(entries[MAX_EXPORT_ENTRIES - 1]["sequence"])}
        if len(entries) > MAX_EXPORT_ENTRIES
        else {}
    )
    if media_type != "text/csv":
        return as_ndjson(entries[:MAX_EXPORT_ENTRIES]), 200, headers
    flat = [{**entry, "facts": _in_a_line(entry["facts"])} for entry in entries[:MAX_EXPORT_ENTRIES]]
    return as_csv(SecurityEntry.ENTRY_FIELDS, flat), 200, headers


def _chain(caller, organization_id):
    """The log that is asked for: of an organization, or of the caller's account."""
    if organization_id:
        return caller.find_organization(organization_id).id
    caller.permit(caller.account)
    return caller.user_id


def _in_a_line(facts):
    return "; ".join(f"{fact['name']}={fact['value']}" for fact in facts)
