"""The mails about an invitation: the link to who is invited, how often it is sent, and the good news to who invited."""

from models.access.ownership_mails import mail_given, mail_offered
from models.base.errors import Conflict, QuotaExceeded
from models.base.settings import settings
from models.base.statements import rows
from models.identity.users import User
from models.platform.mail_requests import MailRequest
from models.platform.mails import Mail

MAX_MAILS_PER_DAY = 5  # of an organization, and of a person, to one address
# After how many seconds the address has got fewer than so many in a day; null when it has.
FULL_FOR = """
select extract(epoch from max(delivered_at) + interval '1 day' - now()) from (
    select delivered_at, sum(deliveries) over (order by delivered_at desc, id) as since from invitations
    where (organization_id = %s or inviter_id = %s) and email = %s and delivered_at > now() - interval '1 day'
) sent where since >= %s
"""


class DeliveredTooOften(QuotaExceeded):
    """Too many emails were sent to this address.

    Cause: Your organization, or you, sent five emails to this address within a day, or all senders together sent ten.
    Fix: Wait for `Retry-After`, and ask the person to look for the earlier email.
    Try: curl -X POST -H "Authorization: Bearer $TOKEN" $BASE/invitations/$INVITATION/deliveries
    """


class OwnerInvitation(Conflict):
    """The invitation of an owner cannot be resent.

    Cause: Inviting an owner requires proof of identity, which this request cannot contain.
    Fix: Withdraw the invitation, and create another one with proof of identity.
    Try: curl -X POST -H "Authorization: Bearer $TOKEN" $BASE/invitations/$OWNER_INVITATION/deliveries
    """


def mail_link(invitation, token):
    """Email the link that opens the invitation, with the token behind the #, which browsers do not send to servers."""
    user = User.with_email(invitation.email).first()
    Mail.write(
        invitation.email,
        "invitation",
        locale=user.locale if user else invitation.inviter.locale,
        user_id=user and user.id,
        names_id=invitation.inviter_id,
        organization=invitation.organization_name,
        inviter=invitation.inviter_name,
        role=invitation.role,
        url=f"{settings().public_url.rstrip('/')}/account/invitation#token={token}",
        expires_at=invitation.expires_at.isoformat(),
    )
    if invitation.role == "owner":
        mail_offered(invitation.organization, invitation.email)


def mail_acceptance(invitation, user):
    """Tell the inviter, unless that is a service account, and the owners, when there is a new one."""
    if invitation.inviter.email:
        facts = {"member": user.name, "organization": invitation.organization_name}
        people = {"user_id": invitation.inviter_id, "names_id": user.id}
        locale = invitation.inviter.locale
        Mail.write(invitation.inviter.email, "invitation_accepted", locale=locale, **people, **facts)
    if invitation.role == "owner":
        mail_given(invitation.organization, user)


def refuse_owner(role):
    if role == "owner":
        raise OwnerInvitation()


def refuse_flood(organization_id, inviter_id, email):
    """Refuse when the organization, or who does it, or everybody together, has sent enough to the address."""
    ((full_for,),) = rows(FULL_FOR, (organization_id, inviter_id, email, MAX_MAILS_PER_DAY))
    seconds = max(full_for or 0, MailRequest.full_for(email))
    if seconds:
        raise DeliveredTooOften(f"{email} receives no more emails today.", seconds=seconds)
