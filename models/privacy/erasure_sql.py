"""The SQL of erasures: statements that find the copies of personal data, and that destroy or replace them."""

# Events of memberships of the person, by an index.
ABOUT_MEMBERSHIPS = """subject_type in ('member', 'team_member')
    and coalesce(snapshot -> 'member' ->> 'user_id', snapshot -> 'team_member' ->> 'user_id') = %(user)s::text"""
# The IDs of the organizations in which the person was a member.
FORMER_ORGANIZATIONS = f"""
select stream_id from events where {ABOUT_MEMBERSHIPS}
"""
OWN_EVENTS = """
select id::text, sequence::text, subject_type, changes, snapshot from events
where stream_id = %(user)s::uuid and sequence > %(after)s::bigint order by events.sequence limit %(batch)s
"""
EVENTS_ABOUT = f"""
select id::text, id::text, subject_type, changes, snapshot from events
where {ABOUT_MEMBERSHIPS} and id > %(after)s::uuid
order by events.id limit %(batch)s
"""
# Of invitations that the person made, also what followed: it may tell who had made it before.
EVENTS_INVITING = """
with mine as (
    select id, stream_id, subject_id from events
    where subject_type = 'invitation' and snapshot -> 'invitation' ->> 'inviter_id' = %(user)s::text and id > %(after)s::uuid
    order by id limit %(batch)s
)
select e.id::text, (select id from mine order by id desc limit 1)::text, e.subject_type, e.changes, e.snapshot
from (select distinct stream_id, subject_id from mine) one
join events e on e.stream_id = one.stream_id and e.subject_id = one.subject_id
"""
EVENTS_INVITED = """
select id::text, id::text, subject_type, changes, snapshot from events
where subject_type = 'invitation' and snapshot -> 'invitation' ->> 'email' = any (%(addresses)s)
    and occurred_at <= %(since)s and id > %(after)s::uuid
order by events.id limit %(batch)s
"""
STORE_EVENTS = """
update events set changes = told.changes, snapshot = told.snapshot, is_anonymous = true
from jsonb_to_recordset(%(told)s::jsonb) as told(id uuid, changes jsonb, snapshot jsonb) where events.id = told.id
"""
STORED_ANSWERS = """
with part as (
    select owner_id, key, body from idempotency where (owner_id, key) > (%(owner)s::uuid, %(key)s) order by owner_id, key
    limit %(copies)s
)
select owner_id::text, key, case when exists (select from unnest(%(marks)s::text[]) mark
    where position(convert_to(mark, 'UTF8') in body) > 0) then body end
from part order by owner_id, key
"""
STORE_ANSWER = "update idempotency set body = %(body)s where owner_id = %(owner)s::uuid and key = %(key)s"
# What only the queue knows of: who was to be told of a guess, from where.
QUEUE_ENTRIES = """
with gone as (
    delete from procrastinate_jobs where id = any (array(
        select id from procrastinate_jobs
        where args ->> 'user_id' = %(user)s::text and task_name <> 'account_erasures.erase' and status <> 'doing'
        limit %(batch)s))
    returning id
), untold as (delete from dead_letters where job_id in (select id from gone)
), unexplained as (delete from queue_failures where job_id in (select id from gone))
select id from gone
"""
SECURITY_ENTRIES = """
select id::text, hash from security_entries
where (user_id = %(user)s::uuid or actor_id = %(user)s::uuid) and personal is not null limit %(batch)s
"""
# What others did about an invitation to the person.
SECURITY_ENTRIES_INVITED = """
select id::text, hash from security_entries
where personal ->> 'email' = any (%(addresses)s) and kind like 'invitation.%%' and occurred_at <= %(since)s limit %(batch)s
"""
# The programs of abandoned organizations, those that have ended, too.
ABANDONED_ACCOUNTS = """
select u.id from users u where u.kind = 'service' and u.id in (
        select (e.snapshot -> 'member' ->> 'user_id')::uuid from events e
        where e.stream_id = any (%(abandoned)s::uuid[]) and e.event_type = 'member.added')
    and not exists (select from members m where m.user_id = u.id and m.organization_id <> all (%(abandoned)s::uuid[]))
"""
PERMISSION_CHECKS = f"""
update permission_checks set address = '' where id = any (array(
    select id from permission_checks
    where organization_id in ({FORMER_ORGANIZATIONS}) and user_id = %(user)s::uuid and address <> '' limit %(batch)s))
"""
ABANDONED = "any (%(abandoned)s::uuid[])"
