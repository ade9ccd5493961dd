"""The link of an email that stops such emails: a page that asks, and what its form, or the mail reader itself, sends."""

from handlers.pages import rendering
from models.base.database import database
from models.base.errors import NotFound
from models.services.notification_preferences import EVERY_REASON, NotificationPreferences
from models.services.unsubscriptions import PATH, Unsubscription


def get_unsubscription(token, caller):
    return _page("unsubscribe.html", _read(token), action=f"{PATH}?token={token}")


def stop_emails(token, body, caller):
    link = _read(token)
    database.allow_account(link.user_id)
    NotificationPreferences.stop_emails(link.user_id, link.reason)
    return _page("unsubscribed.html", link)


def _read(token):
    link = Unsubscription.of(token)
    if link is None:
        raise NotFound("The link is invalid. Open the whole link of the email.")
    return link


def _page(template, link, **facts):
    is_all = link.reason == EVERY_REASON
    html, headers = rendering.page(
        template, forms="'self'", has_icon=False, is_all=is_all, reason=link.reason, **facts
    )
    return html, 200, {**headers, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
