"""Required two-factor authentication: organizations that let in only who has it on."""

from models.access.members import Member
from models.access.organizations import Organization
from models.identity.two_factor import TwoFactor, requirements
from models.platform.security_log import SecurityEntry

MAX_ORGANIZATIONS = 1_000


@requirements.register
def organizations_requiring(user_id: str) -> list[str]:
    """The ids of the person's organizations that let in only who has it on, in order."""
    memberships = Member.select(Member.organization).join(Organization)
    mine = memberships.where(Member.user == user_id, Organization.requires_two_factor)
    return [id for (id,) in mine.order_by(Member.organization).limit(MAX_ORGANIZATIONS).tuples()]


def demand(organization: Organization, is_required: bool, by: str) -> None:
    """Note that an organization will let in only who has it on, or everybody.  Who asks it of others has it on."""
    if is_required == organization.requires_two_factor:
        return
    if is_required:
        TwoFactor.of(by).needed()
    kind = "organization.two_factor_required" if is_required else "organization.two_factor_not_required"
    SecurityEntry.note(kind, organization_id=organization.id)
