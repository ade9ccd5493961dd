"""Who belongs to an organization, and in which role."""

from models.base.pages import page
from models.leaving import release
from models.members import Member
from security.delegation import hand_on
from security.powers import of_new_role


def list_members(organization_id, caller, limit, cursor=None, include=(), **filters):
    within = caller.within(organization_id)
    return page(
        Member,
        caller,
        Member.newest_first(),
        filters,
        limit=limit,
        cursor=cursor,
        include=include,
        within=within,
    )


def get_member(member_id, caller):
    return caller.find(Member, member_id)


def update_member(member_id, body, caller):
    member = caller.find(Member, member_id)
    hand_on(caller, member, *of_new_role(caller, member, body.get("role")))
    return member.change(**body, by=caller.role_in(member.organization_id))


def remove_member(member_id, caller):
    member = caller.find(Member, member_id)
    member.refuse_program()
    release(member)
    member.leave(by=caller.role_in(member.organization_id))
    return None, 204
