"""Everything that happened, in order, without gaps."""
from models.base.pages import page
from models.events import Event
from models.organizations import Organization


def list_events(
    caller, limit, sort, cursor=None, include=(), organization_id=None, event_type=None, subject_id=None, actor_id=None, after=None
):
    stream_id = caller.find(Organization, organization_id).id if organization_id else caller.user_id
    query = Event.visible_to(caller).where(Event.stream_id == stream_id)
    if event_type:
        query = query.where(Event.event_type.in_(event_type))
    if subject_id:
        query = query.where(Event.subject_id == subject_id)
    if actor_id:
        query = query.where(Event.actor_id == actor_id)
    if after is not None:
        query = query.where(Event.sequence > after)
    return page(
        query, Event.in_order(sort), limit=limit, cursor=cursor, include=include, stream_id=stream_id,
        event_type=event_type, subject_id=subject_id, actor_id=actor_id, after=after,
    )


def get_event(event_id, caller):
    return caller.find(Event, event_id)
