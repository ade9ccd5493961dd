"""Registrations by invitation: the token of an invitation shows that the address is the person's."""

from models.access.invitations import Invitation
from models.identity.registrations import proofs_of_address


@proofs_of_address.register
def is_proof_of(token: str, email: str) -> bool:
    """True: who has the token of an invitation has received what was mailed to its address; refused for any other."""
    return Invitation.with_token(token).is_for(email)
