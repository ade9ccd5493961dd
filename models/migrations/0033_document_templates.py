"""Document templates of organizations: how their documents look."""

UP = """
create table document_templates (
    id uuid primary key,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    organization_id uuid not null references organizations (id) on delete cascade,
    name text not null,
    locale text not null,
    paper text not null,
    accent_color text not null,
    header_text text,
    footer_text text,
    sections text[] not null,
    is_default boolean not null,
    logo bytea,
    logo_sha256 text,
    unique (id, organization_id)
);
create index on document_templates (organization_id, created_at, id);
create unique index document_templates_default on document_templates (organization_id) where is_default;
select remit_protect('document_templates', 'organization_id');
"""


def up(migrator, db):
    db.execute_sql(UP)


def down(migrator, db):
    db.execute_sql("drop table document_templates")
