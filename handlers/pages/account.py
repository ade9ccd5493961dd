"""Account pages: each is one form, which a script sends to the API, and the same for everybody, so that it can be kept."""

from functools import cache

from handlers.pages import rendering
from models.base.bodies import etag_of

LOG_IN = "/account/apps"  # the page that asks who has not logged in to do so


@cache
def account_page(page):
    """``(bytes, headers)`` of a page with a form."""
    return _made("account.html", page=page, log_in=LOG_IN)


@cache
def sign_in_result():
    """``(bytes, headers)`` of the page where a sign-in with a provider ends."""
    return _made("sign_in_result.html")


def _made(template, **facts):
    html, headers = rendering.page(template, has_script=True, **facts)
    body = html.encode()
    return body, {**headers, "ETag": etag_of(body)}
