"""Names of teams are compared in a folded form, which Python computes: PostgreSQL's depends on the locale of the database."""

from unicodedata import category, normalize

# The index of lower(name) stays for servers of the release before, which leave `name_fold` null.
UP = """
alter table teams add column name_fold text;
create unique index team_name_taken on teams (organization_id, name_fold);
"""
DOWN = "alter table teams drop column name_fold"
BATCH = 1000
WITH_GLYPH = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)
FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
SELECTORS = ((0x180B, 0x180F), (0xFE00, 0xFE0F), (0xE0000, 0xE0FFF))


def folded(name):
    """The form that names are compared by, as of this version."""
    shown = "".join(one for one in name if one.isspace() or is_visible(one))
    return " ".join(normalize("NFC", normalize("NFD", shown).casefold()).split())


def is_visible(character):
    if character.isascii():
        return " " < character < "\x7f"
    if category(character) == "Cf":
        return character in WITH_GLYPH
    is_ignorable = any(first <= ord(character) <= last for first, last in SELECTORS)
    return category(character) not in ("Zs", "Zl", "Zp") and character not in FILLERS and not is_ignorable


def up(migrator, db):
    db.execute_sql("select set_config('remit.places', '*', true)")
    db.execute_sql(UP)
    taken, after = set(), "00000000-0000-0000-0000-000000000000"
    while rows := db.execute_sql(
        "select id::text, organization_id, name from teams where id > %s order by id limit %s", (after, BATCH)
    ).fetchall():
        for team_id, organization_id, name in rows:
            fold = folded(name)
            if (organization_id, fold) in taken:  # twins from before keep their names: no name has a line end
                fold = f"{fold}\n{team_id}"
            taken.add((organization_id, fold))
            db.execute_sql("update teams set name_fold = %s where id = %s", (fold, team_id))
        after = rows[-1][0]


def down(migrator, db):
    db.execute_sql(DOWN)
