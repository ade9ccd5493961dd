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

    Cause: your organization, or you, sent five invitations to the address in a day, or everybody together ten emails.
    Fix: wait for `Retry-After`, and ask the person to look for the email.
    Try: curl -H "Authorization: Bearer $TOKEN" "$BASE/organizations/$ORGANIZATION/invitations?status=open"
    """


class OwnerInvitation(Conflict):
    """The invitation of an owner cannot be sent again.

    Cause: giving ownership requires proof of identity, which this request cannot have.
    Fix: withdraw the invitation, and create another one with your password or a code.
    Try: curl -X DELETE -H "Authorization: Bearer $TOKEN" $BASE/invitations/$INVITATION
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
        raise DeliveredTooOften(f"No more emails are sent to {email} today.", seconds=seconds)
