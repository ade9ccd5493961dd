"""Access: organizations, who belongs to them, and what each may do."""

from models.access import grants, registrations, two_factor_requirements  # noqa: F401  register at extension points
