"""The emails about ownership: to every owner of an organization, and to the person who became one or no longer is."""

from models.base.statements import rows
from models.base.unit_of_work import current
from models.identity.users import User
from models.platform.mails import Mail

CONCERNED = """
select u.id, u.email, u.locale, u.name from users u
where u.email is not null
    and (u.id = %s or u.id in (select user_id from members where organization_id = %s and role = 'owner'))
order by u.id
"""


def mail_given(organization, person):
    _mail(organization, person.id, person.name, "is now an owner")


def mail_taken(organization, person):
    _mail(organization, person.id, person.name, "is no longer an owner")


def mail_offered(organization, email):
    """That somebody was invited as an owner: to the owners, who can withdraw the invitation."""
    invited = User.with_email(email).first()
    _mail(organization, None, email, "was invited as an owner", names_id=invited and invited.id)


def _mail(organization, person_id, person, what, names_id=None):
    facts = {
        "organization": organization.name,
        "person": person,
        "what": what,
        "at": current().now.isoformat(),
    }
    for id, email, locale, name in rows(CONCERNED, (person_id, organization.id)):
        people = {"user_id": id, "names_id": names_id or person_id}
        Mail.write(email, "ownership_changed", locale=locale, **people, name=name, **facts)
