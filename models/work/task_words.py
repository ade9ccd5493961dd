"""The words of tasks, by which they are searched."""

from models.base import search
from models.base.statements import array

TITLE, DESCRIPTION = (
    "A",
    "D",
)  # weights of PostgreSQL, 1 and 0.1: what is found in a key or a title comes first
BATCH = 1_000
UNINDEXED = """
select id, version, key, title, description from tasks where words is null and id > %s order by id limit %s
"""
# A task that was changed meanwhile keeps what that change stored.
INDEX = """
update tasks t set words = n.words from unnest(%s::uuid[], %s::bigint[], %s::tsvector[]) as n (id, version, words)
where t.id = n.id and t.version = n.version and t.words is null
"""
FIRST = "00000000-0000-0000-0000-000000000000"


def of_key(key):
    """The words of a key, which stand before those of the text."""
    return search.vector((key, TITLE))


def of_text(title, description):
    """The words of title and description.  Positions 1 to 3 belong to the key."""
    return search.vector((title, TITLE), (description, DESCRIPTION), start=5)


def of(key, title, description):
    """The words of a task as a ``tsvector`` literal."""
    return f"{of_key(key)} {of_text(title, description)}"


def index_missing(database, after=FIRST):
    """Index a batch of tasks that were stored without words (by SQL, or by an earlier release) and come after an id.

    Returns the last id of the batch, or None when no such task is left.
    """
    tasks = database.rows(UNINDEXED, (after, BATCH))
    if not tasks:
        return None
    ids, versions = ([str(row[column]) for row in tasks] for column in (0, 1))
    words = [of(*row[2:]) for row in tasks]
    database.run(INDEX, (array(ids), array(versions), array(words)))
    return ids[-1]
