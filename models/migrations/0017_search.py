"""Search by words that the application cuts, in place of PostgreSQL's parser; tasks without a date sorted by ``infinity``.

Nothing is locked for longer than a moment: indexes are made concurrently, and tasks are indexed in batches.  Servers of the
earlier release serve until this has ended; what they change meanwhile is indexed again.  It can be run again when it was
interrupted.
"""

from models.work import task_words

atomic = False  # indexes are made concurrently, and every batch is committed

# What an earlier release writes has no words, until the last statement of this migration.
COLUMN = """
alter table tasks add column if not exists words tsvector;
create or replace function remit_forget_words() returns trigger language plpgsql as $$
begin
    new.words = null;
    return new;
end $$;
create or replace trigger tasks_forget_words before update of title, description on tasks
    for each row execute function remit_forget_words();
"""
INDEXES = {
    "tasks_unindexed": "on tasks (id) where words is null",
    "tasks_words": "on tasks using gin (words)",
    "tasks_due_first": "on tasks (organization_id, (coalesce(due_on, date 'infinity')), id)",
    "tasks_due_latest": "on tasks (organization_id, (coalesce(due_on, date '-infinity')), id)",
}
EARLIER = {
    "tasks_search": "on tasks using gin (search)",
    "tasks_due": "on tasks (organization_id, (coalesce(due_on, date '9999-12-31')), id)",
    "tasks_due_last": "on tasks (organization_id, (coalesce(due_on, date '0001-01-01')), id)",
}
DONE = """
drop trigger tasks_forget_words on tasks;
drop function remit_forget_words();
alter table tasks drop column if exists search;
"""
DOWN = """
alter table tasks drop column words, add column search tsvector generated always as (
    setweight(to_tsvector('english', key || ' ' || title), 'A')
    || setweight(to_tsvector('english', coalesce(description, '')), 'B')) stored;
"""


def up(migrator, db):
    db.execute_sql(COLUMN)
    make(db, "tasks_unindexed")
    index_all(db)
    for name in INDEXES.keys() - {"tasks_unindexed"}:
        make(db, name)
    with db.atomic():
        db.execute_sql("lock table tasks in share row exclusive mode")
        index_all(db)
        db.execute_sql(DONE)
    db.execute_sql("drop index concurrently if exists tasks_due")
    db.execute_sql("drop index concurrently if exists tasks_due_last")


def down(migrator, db):
    db.execute_sql(DOWN)
    for name, definition in EARLIER.items():
        db.execute_sql(f"create index {name} {definition}")
    for name in INDEXES:
        db.execute_sql(f"drop index if exists {name}")


def make(db, name):
    db.execute_sql(f"drop index concurrently if exists {name}")  # one that was interrupted is invalid
    db.execute_sql(f"create index concurrently {name} {INDEXES[name]}")


def index_all(db):
    last = task_words.FIRST
    while last:
        last = task_words.index_missing(db, last)
