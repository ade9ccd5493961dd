"""Offboarding: what ends with a membership, in its order.

A membership ends in the request that says so. What contexts above keep for a member is released by what they register at
:data:`membership_ending`: a part at once, what exceeds it by a job.
"""

from models.access.grants import Grant
from models.access.members import Member
from models.access.teams import TeamMember
from models.base.extensions import ExtensionPoint

ROWS_AT_ONCE = 200  # rows that each context changes in the transaction that ends the membership

# Called with the membership, which is locked, and the number of rows to change at once.
membership_ending: ExtensionPoint[[Member, int], None] = ExtensionPoint("access.membership_ending")


def release(member: Member, at_once: int = ROWS_AT_ONCE) -> None:
    """Release what is kept for a member who leaves, take them out of teams, and revoke what was granted to them.

    The membership is locked first: whoever assigns the person meanwhile waits, and then finds no member.
    """
    member.hold()
    membership_ending(member, at_once)
    end_access(member)


def end_access(member: Member) -> None:
    """Take a member who leaves out of teams, and revoke what was granted to them."""
    TeamMember.take_out(member)
    Grant.revoke_of(organization=member.organization_id, user=member.user_id)
