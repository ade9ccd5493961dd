"""The mails about an invitation: the link to who is invited, and the good news to who invited."""

from models.base.settings import settings
from models.mails import Mail
from models.users import User


def mail_link(invitation, token):
    """The link that opens it, behind the # where browsers keep it to themselves."""
    known = User.with_email(invitation.email).first()
    Mail.write(
        invitation.email,
        "invitation",
        locale=known.locale if known else invitation.inviter.locale,
        organization=invitation.organization_name,
        inviter=invitation.inviter_name,
        role=invitation.role,
        url=f"{settings().public_url.rstrip('/')}/account/invitation#token={token}",
        expires_at=invitation.expires_at.isoformat(),
    )


def mail_acceptance(invitation, user):
    """To nobody, when a program has invited, which reads no mail."""
    if invitation.inviter.email:
        facts = {"member": user.name, "organization": invitation.organization_name}
        Mail.write(invitation.inviter.email, "invitation_accepted", locale=invitation.inviter.locale, **facts)
