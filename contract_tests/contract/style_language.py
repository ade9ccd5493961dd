"""Rules of the contract's style: its language.  ``/contract_tests/tools/textlint.json`` has the rules about words alone."""

import re

from contract_tests.contract.reading import rule

LONGEST_SUMMARY = 8  # words
VERB = re.compile(
    r"(Accept|Add|Approve|Authorize|Cancel|Change|Check|Complete|Create|Decline|Delete|Disable|Download|Enable|End|Erase|Exchange|Export|"
    r"Get|Grant|Introspect|Link|List|Log|Mark|Open|Receive|Refresh|Register|Remove|Reopen|Replace|Request|Resend|Reset|Revoke|Rotate|"
    r"Set|Start|Stop|Transfer|Turn|Unlink|Update|Verify|Withdraw)\b"
)
# What a description begins with that speaks of a thing without naming it.
RIDDLE = re.compile(
    r"(It|Its|Their|They|Whose|Who|Whom|What|How|When|Where|Why|Which|That|To|One's|"
    r"(Until|Since|For|By|From|On|In|Of) (when|which|how))\b"
)
# Three single words; "the response, JSON or CSV," and "used, expired or not" are no lists of three.
LIST_OF_WORDS = re.compile(
    r"(?<!\band )(?<![\w-])(?!(?:address|account|person)\b)[\w-]+, (?!(?:not|with|in|as)\b)[\w-]+ (?:and|or) "
    r"(?!(?:not|in|as)\b)[\w-]+(?=[.,;:)]|$)"
)
OPERATION = re.compile(
    r"`((?:accept|complete|confirm|create|delete|get|issue|link|list|log|refresh|register|request|revoke|rotate|update)_[a-z_]+)`"
)
# Names of OAuth that look like those of operations.
OF_OAUTH = frozenset({"refresh_token", "request_uri", "request_not_supported", "request_uri_not_supported"})


def code_as_word(text):
    """The text on one line, in which code is a word of its own."""
    return re.sub(r"`[^`]*`", "CODE", " ".join(text.split()))


@rule()
def summaries_are_imperatives(reading):
    """A summary is an imperative with the noun of the field, of at most eight words and without a full stop."""
    for operation in reading.operations:
        summary = operation.node.get("summary", "")
        if not VERB.match(summary):
            yield operation.id, "begin its summary with an imperative, as in: Create a task"
        elif summary.endswith("."):
            yield operation.id, "take the full stop off its summary."
        elif len(summary.split()) > LONGEST_SUMMARY:
            yield operation.id, f"write its summary in at most {LONGEST_SUMMARY} words."
        elif re.search(r" [A-Z][a-z]+\b", summary):
            yield operation.id, "write its summary in sentence case."


@rule()
def descriptions_name_the_thing(reading):
    """A description names the thing, as in "Task ID.", and never begins with a pronoun or a question word."""
    for location, text in described(reading):
        if RIDDLE.match(text):
            yield location, f"name the thing instead of: {text.split('.')[0]}."


@rule()
def descriptions_are_sentences(reading):
    """A description begins with a capital letter or with code, and ends with a full stop."""
    for location, text in described(reading):
        if not re.match(r"[A-Z`\[*]", text) or not text.rstrip().endswith((".", ")")):
            yield location, "begin its description with a capital letter, and end it with a full stop."


@rule()
def descriptions_of_operations_say_what_they_do(reading):
    """A description of an operation begins with what it does, as in "Returns the task.", or with its name in a standard."""
    for operation in reading.operations:
        first = operation.node["description"].split()[0]
        if not (first.endswith("s") or first in ("Authorization", "Redirection")):
            yield operation.id, "begin its description with what it does, as in: Returns the task."


@rule()
def nulls_are_explained(reading):
    """A property of an answer that can be null says what null means."""
    for name in sorted(reading.response_schemas - reading.request_schemas):
        for prop, property_schema in reading.schemas[name].get("properties", {}).items():
            if (
                property_schema.get("nullable")
                and "null" not in property_schema.get("description", "").lower()
            ):
                yield f"{name}.{prop}", "say in its description when it is null."


@rule()
def texts_name_operations_that_exist(reading):
    """An operation that a text names is one of the contract."""
    names = OF_OAUTH | {operation.id for operation in reading.operations}
    names |= {name for schema in reading.schemas.values() for name in schema.get("properties", ())}
    for location, text in everything(reading):
        for name in OPERATION.findall(text):
            if name not in names:
                yield location, f"there is no operation {name}."


@rule()
def lists_have_a_serial_comma(reading):
    """A list of three or more has a comma before its last member: `a`, `b`, and `c`."""
    for location, text in everything(reading):
        if ending := missing_serial_comma(text):
            yield location, f"write a comma before the last of: {ending}"


@rule()
def no_word_is_doubled(reading):
    """No word stands twice in a row."""
    for location, text in everything(reading):
        if word := doubled_word(text):
            yield location, f"take one away of: {word}"


def missing_serial_comma(text):
    """The end of a list without a comma before its last member, or None."""
    match = LIST_OF_WORDS.search(code_as_word(text))
    return match and match[0]


def doubled_word(text):
    """The word that stands twice in a row, or None; a word in capitals stands for code or for a fact."""
    match = re.search(r"\b([A-Za-z]*[a-z]) \1\b", code_as_word(text))
    return match and match[0]


def described(reading):
    """``(location, description)`` of every schema, property, parameter, header, and response."""
    for location, schema in reading.everywhere():
        if schema.get("description"):
            yield location, schema["description"]
    for location, holder in [
        *reading.all_parameters(),
        *reading.components["headers"].items(),
        *reading.all_responses(),
    ]:
        if holder.get("description"):
            yield location, holder["description"]


def everything(reading):
    """``(location, text)`` of every description and summary."""
    yield from described(reading)
    for operation in reading.operations:
        yield operation.id, operation.node["summary"]
        yield operation.id, operation.node["description"]
    for tag in reading.document["tags"]:
        yield tag["name"], tag["description"]
    for section in ("x-scopes", "x-openid-scopes", "x-event-types", "x-formats"):
        yield from reading.document[section].items()
    yield "info", reading.document["info"]["description"]
