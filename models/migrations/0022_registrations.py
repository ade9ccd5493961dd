"""Registrations: what each request to register an address has asked for, side by side until one of them is activated."""

UP = """
create table registrations (
    id uuid primary key,
    created_at timestamptz not null,
    user_id uuid not null references users (id) on delete cascade,
    password_hash text not null,
    name text not null,
    time_zone text not null,
    locale text not null
);
create index registrations_newest on registrations (user_id, created_at, id);

alter table registrations enable row level security;
alter table registrations force row level security;
create policy wall on registrations
    using ((select remit_is_open()) or user_id = any ((select remit_accounts())::uuid[]));

-- An account without a verified address has no password of its own: each registration keeps its own.
insert into registrations
    select gen_random_uuid(), updated_at, id, password_hash, name, time_zone, locale from users
    where verified_at is null and email is not null and password_hash is not null;
update users set password_hash = null where verified_at is null and email is not null;
"""
DOWN = """
update users u set password_hash = r.password_hash, name = r.name, time_zone = r.time_zone, locale = r.locale
from (select distinct on (user_id) * from registrations order by user_id, created_at desc, id desc) r
where r.user_id = u.id and u.verified_at is null;
drop table registrations;
"""


def up(migrator, db):
    db.execute_sql(UP)


def down(migrator, db):
    db.execute_sql(DOWN)
