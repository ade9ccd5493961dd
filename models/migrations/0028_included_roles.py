"""A custom role that includes no built-in role says so: ``none``, and not null."""

UP = """
alter table roles drop constraint roles_includes_check;
update roles set includes = 'none' where includes is null;
alter table roles alter includes set not null, alter includes set default 'none',
    add constraint roles_includes_check check (includes in ('none', 'collaborator', 'guest', 'member', 'admin'));
"""

DOWN = """
alter table roles drop constraint roles_includes_check;
alter table roles alter includes drop not null, alter includes drop default;
update roles set includes = null where includes = 'none';
alter table roles add constraint roles_includes_check check (includes in ('collaborator', 'guest', 'member', 'admin'));
"""


def up(migrator, db):
    db.execute_sql(UP)


def down(migrator, db):
    db.execute_sql(DOWN)
