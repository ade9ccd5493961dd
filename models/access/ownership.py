"""Ownership: which members answer for an organization, how it is handed over, and why owners are not removed."""

from models.access.members import Member, refuse_above
from models.base.errors import Conflict, NotFound, PermissionDenied


class AlreadyOwner(Conflict):
    """The member is already an owner.

    Cause: The request would transfer the organization to a member who is an owner.
    Fix: Choose another member, or change your own role instead.
    Try: curl -X PUT --json '{"member_id": "'$OWNER_MEMBER'", "password": "'"$PASSWORD"'"}' -H "Authorization: Bearer $TOKEN"
        $BASE/organizations/$ORGANIZATION/ownership
    """


class MemberIsOwner(Conflict):
    """An owner cannot be removed.

    Cause: Removing an owner requires proof of identity, which this request cannot contain.
    Fix: Change the role of the member first, with proof of identity; then remove the member.
    Try: curl -X DELETE -H "Authorization: Bearer $TOKEN" $BASE/members/$OWNER_MEMBER
    """


def hand_over(organization, owner_id, heir_id):
    """Make a member the owner in place of another, who becomes an admin: the heir's membership.

    The organization is locked: of two transfers at the same moment, the second sees the result of the first.
    """
    concerned = (Member.user == owner_id) | (Member.id == heir_id)
    within = Member.select().where(Member.organization == organization, concerned)
    both = Member.locked(within.order_by(Member.id))
    giver = next((member for member in both if member.user_id == owner_id), None)
    heir = next((member for member in both if member.id == heir_id), None)
    if heir is None:
        raise NotFound("No member has this ID.")
    if giver is None or giver.role != "owner":
        raise PermissionDenied("Another member is the owner now.", permission="organization.transfer")
    if heir.role == "owner":
        raise AlreadyOwner(f"{heir.name} is already an owner.")
    heir.refuse_service("owner")
    giver.become("admin")
    return heir.become("owner")


def refuse_owner(member, by):
    """Refuse to remove an owner, whose role has to be changed first.  ``by`` is the role of who does it."""
    if member.role == "owner":
        refuse_above(member.role, by)
        member.keep_an_owner()
        raise MemberIsOwner(f"{member.name} is an owner.")
