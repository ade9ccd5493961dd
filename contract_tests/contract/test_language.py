"""Everything that people outside the team read, against the rules of its language: nothing is found, except what is planted."""

import re
import subprocess

import pytest

from contract_tests.contract import prose, tools
from contract_tests.contract.prose import Text
from contract_tests.contract.style_language import doubled_word, missing_serial_comma

# What each rule of textlint.json is seen to find.
PLANTED = {
    "Send an e-mail to the person.": "terminology",
    "The mail is on its way.": "pattern",
    "Sign in to your account.": "pattern",
    "Each log-in is recorded.": "terminology",
    "The error catalogue lists it.": "terminology",
    "The colour of the label.": "terminology",
    "The behaviour of the server.": "terminology",
    "Everybody may leave.": "terminology",
    "Send the api key with each request.": "terminology",
    "The expiry of the key.": "terminology",
    "Returns the id of the task.": "terminology",
    "The request was succesful.": "common-misspellings",
    "In order to retry, send the same key.": "stop-words",
    "Utilize the cursor.": "stop-words",
    "Its id.": "stop-words",
    "A fault of ours.": "stop-words",
    "The invitation does not hold.": "stop-words",
    "The app is told the result.": "pattern",
    "Nothing is lost when you take it back.": "pattern",
    "The link opens nothing from then on.": "pattern",
    "The token holds no longer.": "pattern",
    "The code is good once.": "pattern",
    "Organizations let people in with a code.": "pattern",
    "The provider is not offered any more.": "pattern",
    "You can hand on a role.": "pattern",
    "Answered as RFC 6749 says.": "pattern",
    "Who has the permission can read the task.": "pattern",
    " ".join(["word"] * 46) + ".": "en-max-word-count",
}


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    """What textlint finds in every document, and in one of planted sentences."""
    planted = [Text(f"<{number}>", sentence) for number, sentence in enumerate(PLANTED)]
    texts = {**prose.documents(), "planted": planted}
    return prose.findings(texts, tmp_path_factory.mktemp("prose"))


def test_textlint_finds_nothing(findings):
    complaints = [finding for finding in findings if not finding.startswith("<")]
    assert not complaints, "\n" + "\n".join(complaints)


@pytest.mark.parametrize("sentence", PLANTED)
def test_textlint_finds_what_is_planted(sentence, findings):
    prefix = f"<{list(PLANTED).index(sentence)}>: "
    rules = [
        finding.rpartition("(")[2].rstrip(")").rpartition("/")[2]
        for finding in findings
        if finding.startswith(prefix)
    ]
    assert PLANTED[sentence] in rules


def test_every_kind_of_document_is_read():
    documents = prose.documents()
    assert {"contract", "catalogue", "emails", "readme", "contributing", "changelog"} < documents.keys()
    assert len(documents["contract"]) > 1000
    assert {path.stem for path in prose.guides()} < documents.keys()
    assert all(parts and all(part.text.strip() for part in parts) for parts in documents.values())


def test_lists_have_a_serial_comma_and_no_word_is_doubled():
    texts = [part for parts in prose.documents().values() for part in parts]
    prose_alone = [
        (part.location, re.sub(r"```.*?```|(?m:^[|#][^\n]*)", "", part.text, flags=re.S)) for part in texts
    ]
    pieces = [(location, piece) for location, text in prose_alone for piece in re.split(r"\n\n|\n- ", text)]
    rules = (missing_serial_comma, doubled_word)
    complaints = [
        f"{location}: {wrong}" for location, piece in pieces for rule in rules if (wrong := rule(piece))
    ]
    assert not complaints, "\n" + "\n".join(complaints)


def test_a_missing_comma_and_a_doubled_word_are_found():
    assert missing_serial_comma("It has `a`, `b` and `c`.") == "CODE, CODE and CODE"
    assert missing_serial_comma("Keys, tokens or codes.") == "Keys, tokens or codes"
    assert missing_serial_comma("Keys, tokens, or codes.") is None
    assert doubled_word("Read the the task.") == "the the"
    assert doubled_word("Read the task.") is None


def test_no_forbidden_phrase_is_in_the_tree():
    complaints = [
        f"{path}: {phrase} Write: {instead}" for path, phrase, instead in forbidden(prose.phrases())
    ]
    assert not complaints, "\n" + "\n".join(complaints)


def test_a_forbidden_phrase_is_found_in_the_tree():
    assert ("README.md", "# Remit", "") in forbidden([("# Remit", "")])


def forbidden(phrases):
    """``(file, phrase, what to write instead)`` for each file that has a phrase; those that record the past may."""
    listed = subprocess.run(["git", "ls-files"], cwd=tools.ROOT, capture_output=True, text=True, check=True)
    own = {str(prose.PHRASES.relative_to(tools.ROOT)), "contract_tests/contract/test_language.py"}
    own.add("contract_tests/contract/mutants/style_of_operations.py")
    uses = []
    for name in listed.stdout.splitlines():
        path = tools.ROOT / name
        if name in own or name.startswith("spec/published/") or not path.is_file():
            continue
        text = " ".join(path.read_bytes().decode("utf-8", "ignore").split())
        uses += [(name, phrase, instead) for phrase, instead in phrases if phrase in text]
    return uses
