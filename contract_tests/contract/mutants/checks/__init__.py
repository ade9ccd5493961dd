"""Checks: short stories of requests in a scene.  Each passes on the unchanged server.

The message of each assertion says what must hold; by it a mutant says which assertion has to catch it.  Every answer is
checked against the true contract too.
"""

import httpx


def refused(response: httpx.Response) -> tuple[int, str | None]:
    """The status of an answer and the code of its problem; no code when it is none."""
    return response.status_code, response.json()["code"] if response.status_code >= 400 else None
