"""Work: projects, tasks, and who is to do them."""

from models.work import leaving  # noqa: F401  registers at extension points
