"""Who belongs to an organization, and in which role."""

from models.access.members import Member
from models.access.offboarding import release
from models.access.ownership import refuse_owner
from models.base.pages import page
from security.delegation import hand_on
from security.powers import of_new_role
from security.reauthentication import reauthenticate, take_proof


def list_members(organization_id, caller, limit, cursor=None, include=(), **filters):
    within = caller.within(organization_id)
    return page(Member, caller, filters, limit=limit, cursor=cursor, include=include, within=within)


def get_member(member_id, caller):
    return caller.find(Member, member_id)


def update_member(member_id, body, caller):
    member, proof = caller.find(Member, member_id), take_proof(body)
    by = caller.role_in(member.organization_id)
    if member.changes_owner(by, **body):
        reauthenticate(caller, proof)
    hand_on(caller, member, *of_new_role(caller, member, body.get("role")))
    return member.change(**body, by=by)


def remove_member(member_id, caller):
    member = caller.find(Member, member_id)
    member.refuse_program()
    refuse_owner(member, caller.role_in(member.organization_id))
    release(member)
    member.leave(by=caller.role_in(member.organization_id))
    return None, 204
