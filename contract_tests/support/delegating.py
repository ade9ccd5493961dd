"""What stories about delegation do again and again."""

from contract_tests.support import factories


def guest_of(company, anonymous):
    """A guest of the company, who is granted nothing; ``membership`` is the id of the membership."""
    client = factories.newcomer(anonymous)
    client.membership = factories.member(company.owner, company.id, client.person, "guest")["id"]
    return client


def grant(company, client, *permissions, **fields):
    """Grant a role of these permissions to a client; the address of the grant."""
    body = {"role": company.role(*permissions)["key"], **fields}
    made = company.owner.post(f"/members/{client.membership}/grants", body)
    assert made.status_code == 201, made.text
    return f"/grants/{made.json()['id']}"
