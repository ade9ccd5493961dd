"""Identity: accounts of people, and how they prove who they are."""

from models.identity import users  # noqa: F401  registers at an extension point
