"""Everything that happened, in order, without gaps."""

from models.base.pages import page
from models.platform.events import Event
from security.disclosure import disclosed


def list_events(caller, limit, sort, cursor=None, include=(), organization_id=None, **filters):
    filters["stream_id"] = caller.within(organization_id) if organization_id else caller.user_id
    events = page(
        Event, caller, filters, order=Event.in_order(sort), limit=limit, cursor=cursor, include=include
    )
    events["items"] = disclosed(caller, events["items"])
    return events


def get_event(event_id, caller):
    (event,) = disclosed(caller, [caller.find(Event, event_id)])
    return event
