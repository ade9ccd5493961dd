"""Tenants: one line protects a table of a tenant, and no reference leads from one organization to another."""

# What every later migration calls for a table that it makes: select remit_protect('labels', 'organization_id').
PROTECT = """
create function remit_protect(protected regclass, tenant name) returns void language plpgsql as $$
begin
    execute format('alter table %s enable row level security', protected);
    execute format('alter table %s force row level security', protected);
    execute format('create policy wall on %s'
        ' using ((select remit_is_open()) or %I = any ((select remit_places())::uuid[]))', protected, tenant);
end $$;
revoke execute on function remit_protect(regclass, name) from public;
"""
SAME_ORGANIZATION = """
select set_config('remit.places', '*', true);
alter table service_accounts add constraint service_accounts_id_organization_id_key unique (id, organization_id);
update service_keys c set organization_id = a.organization_id from service_accounts a
where a.id = c.service_account_id and a.organization_id <> c.organization_id;
update service_certificates c set organization_id = a.organization_id from service_accounts a
where a.id = c.service_account_id and a.organization_id <> c.organization_id;
"""
REFERENCE = """
alter table {0}
    add foreign key (service_account_id, organization_id) references service_accounts (id, organization_id) on delete cascade,
    drop constraint {0}_service_account_id_fkey;
"""
DOWN = """
alter table {0}
    add foreign key (service_account_id) references service_accounts (id) on delete cascade,
    drop constraint {0}_service_account_id_organization_id_fkey;
"""
CREDENTIALS = ("service_keys", "service_certificates")


def up(migrator, db):
    db.execute_sql(PROTECT.replace("%", "%%"))
    db.execute_sql(SAME_ORGANIZATION)
    for table in CREDENTIALS:
        db.execute_sql(REFERENCE.format(table))


def down(migrator, db):
    for table in CREDENTIALS:
        db.execute_sql(DOWN.format(table))
    db.execute_sql("alter table service_accounts drop constraint service_accounts_id_organization_id_key")
    db.execute_sql("drop function remit_protect(regclass, name)")
