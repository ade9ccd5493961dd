"""Releases: tasks of who leaves an organization are released in batches, after the membership has ended; and steps of an
erasure are known by name."""

UP = """
-- A membership may end before its tasks are released. Whoever assigns a person locks the membership instead.
alter table assignments drop constraint assignments_organization_id_user_id_fkey;

-- Names of the steps that are done in this turn: a release of Remit that adds a step among others loses none.
-- A turn that runs begins anew; each step may be done again.
alter table account_erasures add column steps_done text[] not null default '{}', drop column step;
update account_erasures set position = null where finished_at is null;
"""

DOWN = """
alter table account_erasures drop column steps_done, add column step integer not null default 0;
update account_erasures set position = null where finished_at is null;
alter table assignments add constraint assignments_organization_id_user_id_fkey
    foreign key (organization_id, user_id) references members (organization_id, user_id) on delete restrict not valid;
"""


def up(migrator, db):
    db.execute_sql(UP)


def down(migrator, db):
    db.execute_sql(DOWN)
