"""Who answers for an organization."""

from models.access.members import Member
from models.access.organizations import Organization
from models.access.ownership import hand_over
from models.platform.security_log import SecurityEntry
from security.delegation import hand_on
from security.powers import of_membership
from security.reauthentication import reauthenticate


def transfer_ownership(organization_id, body, caller):
    heir = caller.see(Member, body.pop("member_id"))
    organization = caller.find(Organization, organization_id)
    reauthenticate(caller, body)
    hand_on(caller, organization, of_membership(caller, organization, "owner"))
    owner = hand_over(organization, caller.user_id, heir.id)
    SecurityEntry.note("ownership.transferred", user_id=owner.user_id, organization_id=organization.id)
    return owner
