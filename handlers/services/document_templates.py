"""How the documents of an organization look."""

from models.access.organizations import Organization
from models.base.pages import page
from models.base.value_rules import obeys
from models.services.document_templates import DocumentTemplate, check_logo


@obeys(check_logo, "logo")
def create_document_template(organization_id, body, caller):
    return DocumentTemplate.create_in(caller.find(Organization, organization_id), **body), 201


def list_document_templates(organization_id, caller, limit, cursor=None, include=()):
    within = caller.within(organization_id)
    return page(DocumentTemplate, caller, {}, limit=limit, cursor=cursor, include=include, within=within)


def get_document_template(document_template_id, caller):
    return caller.find(DocumentTemplate, document_template_id)


@obeys(check_logo, "logo")
def update_document_template(document_template_id, body, caller):
    return caller.find(DocumentTemplate, document_template_id).change(**body)


def delete_document_template(document_template_id, caller):
    caller.find(DocumentTemplate, document_template_id).remove()
    return None, 204
