"""The numbers of tasks are counted in a narrow table of their own, which each new task writes to and nothing else does.

Counted in the project's row, every task left a dead copy of the whole row, which a page soon had no place for.
"""

UP = """
create table task_numbers (
    project_id uuid primary key,
    organization_id uuid not null references organizations (id) on delete cascade,
    last_number bigint not null,
    is_open boolean not null,
    foreign key (project_id, organization_id) references projects (id, organization_id) on delete cascade
) with (fillfactor = 20);
create index task_numbers_organization_id on task_numbers (organization_id);
insert into task_numbers (project_id, organization_id, last_number, is_open)
    select id, organization_id, last_number, status = 'active' from projects;
alter table projects drop column last_number;
select remit_protect('task_numbers', 'organization_id');
"""

DOWN = """
alter table projects add column last_number bigint;
update projects p set last_number = n.last_number from task_numbers n where n.project_id = p.id;
alter table projects alter column last_number set not null;
drop table task_numbers;
"""


def up(migrator, db):
    db.execute_sql("select set_config('remit.places', '*', true)")
    db.execute_sql(UP)


def down(migrator, db):
    db.execute_sql("select set_config('remit.places', '*', true)")
    db.execute_sql(DOWN)
