"""Everything that happened, in order, without gaps."""

from models.base.pages import page
from models.events import Event


def list_events(caller, limit, sort, cursor=None, include=(), organization_id=None, **filters):
    filters["stream_id"] = caller.within(organization_id) if organization_id else caller.user_id
    return page(Event, caller, Event.in_order(sort), filters, limit=limit, cursor=cursor, include=include)


def get_event(event_id, caller):
    return caller.find(Event, event_id)
