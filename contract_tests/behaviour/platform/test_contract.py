"""The service root and the published documents: where a stranger begins."""

import hashlib
import json

import pytest
import yaml

DOCUMENTS = ("/openapi.json", "/openapi.yaml", "/openapi-3.1.json")


def test_every_link_of_the_root_leads_somewhere(owner):
    links = owner.get("/").json()["links"]
    assert {link["rel"] for link in links} >= {"service-desc", "service-doc", "status", "tasks", "events"}
    for link in links:
        assert owner.get(link["href"]).status_code == 200, link


def test_the_root_answers_with_and_without_a_slash(anonymous, live):
    assert anonymous.get(live.base_url).json() == anonymous.get(f"{live.base_url}/").json()


def test_json_and_yaml_hold_the_same_contract(anonymous):
    assert yaml.safe_load(anonymous.get("/openapi.yaml").text) == anonymous.get("/openapi.json").json()


def test_the_published_contract_names_this_server(anonymous, live):
    assert anonymous.get("/openapi.json").json()["servers"][0]["url"] == live.base_url


def test_the_published_contract_hides_what_only_the_server_reads(anonymous):
    text = anonymous.get("/openapi.json").text
    assert "x-openapi-router-controller" not in text
    assert "x-resource" not in text


def test_the_derived_contract_has_the_same_operations_and_promises_no_webhooks(anonymous):
    published, derived = anonymous.get("/openapi.json").json(), anonymous.get("/openapi-3.1.json").json()
    assert derived["openapi"].startswith("3.1")
    assert derived["paths"].keys() == published["paths"].keys()
    assert derived["x-event-types"] == published["x-event-types"]
    assert "webhooks" not in derived
    assert "nullable" not in json.dumps(derived)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_that_one_has_is_not_sent_again(anonymous, document):
    etag = anonymous.get(document).headers["ETag"]
    again = anonymous.get(document, headers={"If-None-Match": etag})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)


@pytest.mark.parametrize("document", [*DOCUMENTS, "/.well-known/api-catalog", "/docs", "/docs/portal.js"])
def test_documents_answer_at_the_host_as_well(anonymous, live, document):
    there, here = anonymous.get(live.host_url + document), anonymous.get(document)
    assert (there.status_code, there.content) == (200, here.content)


def test_the_catalogue_leads_to_contract_portal_and_health(anonymous, live):
    (entry,) = anonymous.get("/.well-known/api-catalog").json()["linkset"]
    assert entry["anchor"] == live.base_url
    for relation in ("service-desc", "service-doc", "status"):
        for target in entry[relation]:
            answer = anonymous.get(target["href"])
            assert answer.status_code == 200
            assert answer.headers["Content-Type"].startswith(target["type"])


def test_the_portal_loads_nothing_from_another_host(anonymous):
    page = anonymous.get("/docs")
    assert "://" not in page.text.replace("http://www.w3.org/", "")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("asset, media_type", [("portal.js", "text/javascript"), ("portal.css", "text/css")])
def test_the_files_of_the_portal_may_be_kept(anonymous, asset, media_type):
    answer = anonymous.get(f"/docs/{asset}")
    assert answer.headers["Content-Type"].startswith(media_type)
    assert "max-age" in answer.headers["Cache-Control"]
    again = anonymous.get(f"/docs/{asset}", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_the_portal_has_no_other_files(anonymous):
    assert anonymous.get("/docs/secret").status_code == 422


def test_the_digest_of_health_is_that_of_the_published_contract(anonymous):
    contract = anonymous.get("/openapi.json").json()
    here = contract["servers"][0]["url"].removesuffix("/api/v1")  # wherever it is published from
    text = json.dumps(contract, sort_keys=True, separators=(",", ":")).replace(here, "")
    assert anonymous.get("/health").json()["contract_digest"] == hashlib.sha256(text.encode()).hexdigest()


def test_F8_every_documented_path_has_exactly_the_documented_methods(anonymous, live, contract):
    """A path that the contract names is served, and with no method that it does not name."""
    for path, item in contract.document["paths"].items():
        documented = {
            method.upper() for method in item if method in ("get", "put", "post", "delete", "patch")
        }
        options = anonymous.request("OPTIONS", path.replace("{", "").replace("}", ""))
        allowed = set(options.headers["Allow"].split(", ")) - {"HEAD", "OPTIONS"}
        assert (options.status_code, allowed) == (204, documented), path
        for method in {"GET", "PUT", "POST", "DELETE", "PATCH"} - documented:
            answer = anonymous.request(method, path.replace("{", "").replace("}", ""))
            assert answer.status_code == 405, (method, path)
            assert set(answer.headers["Allow"].split(", ")) - {"HEAD", "OPTIONS"} == documented
