"""Resources: a grant is on anything that an organization has, named by its noun and its id, and so is a permission check.

Foreign keys of two nouns give way to a rule: whatever deletes a resource deletes the grants on it. A migration that adds a
table whose rows can be granted ends with ``select remit_forget_grants_with('depots', 'depot')``.
"""

UP = """
alter table grants add column resource_type text, add column resource_id uuid;
update grants set
    resource_type = case when task_id is not null then 'task' when project_id is not null then 'project' else 'organization' end,
    resource_id = coalesce(task_id, project_id, organization_id);
alter table grants
    alter column resource_type set not null,
    alter column resource_id set not null,
    add constraint grants_resource check (resource_type <> 'organization' or resource_id = organization_id),
    drop column project_id,
    drop column task_id;
create unique index grant_exists on grants (organization_id, coalesce(user_id, team_id), role, resource_id);
create index grants_resource_id on grants (resource_id);

-- Events of grants tell of them as they are told of now.
update events set snapshot = jsonb_set(snapshot, '{grant}', (snapshot -> 'grant') - 'project_id' - 'task_id'
    || jsonb_build_object(
    'resource_type', case when snapshot -> 'grant' ->> 'task_id' is not null then 'task'
        when snapshot -> 'grant' ->> 'project_id' is not null then 'project' else 'organization' end,
    'resource_id', coalesce(snapshot -> 'grant' ->> 'task_id', snapshot -> 'grant' ->> 'project_id',
        snapshot -> 'grant' ->> 'organization_id')))
where subject_type = 'grant' and snapshot ? 'grant';

alter table permission_checks rename column subject_type to resource_type;
alter table permission_checks rename column subject_id to resource_id;

-- The server revokes grants before it deletes what they are on, with an event for each. This is for what is deleted by SQL.
create function remit_forget_grants() returns trigger language plpgsql
    security definer set search_path = public, pg_temp set "remit.places" = '*' as $$
begin
    delete from grants where resource_type = tg_argv[0] and resource_id = old.id;
    return null;
end $$;
create function remit_forget_grants_with(deleted_from regclass, noun text) returns void language plpgsql as $$
begin
    execute format('create trigger %I after delete on %s for each row execute function remit_forget_grants(%L)',
        noun || '_grants', deleted_from, noun);
end $$;
select remit_forget_grants_with('projects', 'project');
select remit_forget_grants_with('tasks', 'task');
"""
DOWN = """
drop trigger project_grants on projects;
drop trigger task_grants on tasks;
drop function remit_forget_grants_with(regclass, text), remit_forget_grants();
alter table permission_checks rename column resource_type to subject_type;
alter table permission_checks rename column resource_id to subject_id;
update events set snapshot = jsonb_set(snapshot, '{grant}', (snapshot -> 'grant') - 'resource_type' - 'resource_id'
    || jsonb_build_object(
        'project_id',
        case when snapshot -> 'grant' ->> 'resource_type' = 'project' then snapshot -> 'grant' ->> 'resource_id' end,
        'task_id',
        case when snapshot -> 'grant' ->> 'resource_type' = 'task' then snapshot -> 'grant' ->> 'resource_id' end))
where subject_type = 'grant' and snapshot ? 'grant';
delete from grants where resource_type not in ('organization', 'project', 'task');
alter table grants add column project_id uuid, add column task_id uuid;
update grants set project_id = resource_id where resource_type = 'project';
update grants set task_id = resource_id where resource_type = 'task';
alter table grants
    drop column resource_type,
    drop column resource_id,
    add check (num_nonnulls(project_id, task_id) <= 1),
    add foreign key (project_id, organization_id) references projects (id, organization_id) on delete restrict,
    add foreign key (task_id, organization_id) references tasks (id, organization_id) on delete restrict;
create unique index grant_exists on grants (
    organization_id, coalesce(user_id, team_id), role, coalesce(project_id, task_id, organization_id));
create index grants_project on grants (project_id);
create index grants_task on grants (task_id);
"""


def up(migrator, db):
    db.execute_sql(UP.replace("%", "%%"))


def down(migrator, db):
    db.execute_sql(DOWN)
