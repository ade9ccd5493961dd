"""Notifications: what people are told of events, their preferences, and up to where the events of an organization were read."""

UP = """
create table notifications (
    id uuid primary key,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    organization_id uuid not null references organizations (id) on delete cascade,
    user_id uuid not null references users (id) on delete cascade,
    reason text not null,
    subject_type text not null,
    subject_id uuid not null,
    actor_id uuid,
    event_count integer not null check (event_count > 0),
    sequence bigint not null,
    notified_at timestamptz not null,
    open_until timestamptz not null,
    read_at timestamptz,
    snooze_ends_at timestamptz,
    is_shown boolean not null,
    email text not null check (email in ('none', 'immediate', 'daily')),
    email_at timestamptz,
    unique (id, organization_id),
    -- Who leaves an organization leaves its notifications there.
    foreign key (organization_id, user_id) references members (organization_id, user_id) on delete cascade
);
create index notifications_newest on notifications (user_id, created_at, id);
create index notifications_unread on notifications (user_id, created_at, id) where read_at is null and is_shown;
create index notifications_member on notifications (organization_id, user_id);
create index notifications_open on notifications (user_id, subject_id, reason, open_until) where read_at is null;
create index notifications_due on notifications (email_at, user_id) where email_at is not null;
create index notifications_over on notifications (organization_id, created_at);

create table notified_events (
    user_id uuid not null,
    event_id uuid not null,
    organization_id uuid not null,
    notification_id uuid not null,
    primary key (user_id, event_id),
    foreign key (notification_id, organization_id) references notifications (id, organization_id) on delete cascade
);
create index notified_events_notification on notified_events (notification_id);

create table notification_preferences (
    id uuid primary key,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    user_id uuid not null unique references users (id) on delete cascade,
    has_email boolean not null,
    digest_hour integer not null check (digest_hour between 0 and 23),
    muted_ids text[] not null,
    chosen jsonb not null,
    check (id = user_id)
);

create table notification_positions (
    organization_id uuid primary key references organizations (id) on delete cascade,
    sequence bigint not null
);
-- What happened before there were notifications, nobody is told of.
insert into notification_positions
    select o.id, s.last_sequence from organizations o join streams s on s.id = o.id;

alter table retentions add column notifications_days integer not null default 90
    check (notifications_days between 1 and 3650);
alter table mails drop constraint mails_status_check;
alter table mails add constraint mails_status_check check (status in ('waiting', 'sent', 'failed', 'withdrawn'));

select remit_protect('notification_positions', 'organization_id');
"""
OWN = """
alter table {0} enable row level security;
alter table {0} force row level security;
create policy wall on {0} using ((select remit_is_open()) or {1});
"""
MINE = "user_id = any ((select remit_accounts())::uuid[])"
THERE = f"{MINE} and organization_id = any ((select remit_places())::uuid[])"
OF_PEOPLE = {"notifications": THERE, "notified_events": THERE, "notification_preferences": MINE}
DOWN = """
update mails set status = 'failed' where status = 'withdrawn';
alter table mails drop constraint mails_status_check;
alter table mails add constraint mails_status_check check (status in ('waiting', 'sent', 'failed'));
alter table retentions drop column notifications_days;
drop table notification_positions, notification_preferences, notified_events, notifications;
"""


def up(migrator, db):
    db.execute_sql("select set_config('remit.places', '*', true)")
    db.execute_sql(UP)
    for table, condition in OF_PEOPLE.items():
        db.execute_sql(OWN.format(table, condition))


def down(migrator, db):
    db.execute_sql("select set_config('remit.places', '*', true)")
    db.execute_sql(DOWN)
