"""Mutants of lists: pages of the right shape with the wrong things in them."""

import re

import peewee

from contract_tests.contract.mutants.checks import lists as checks
from contract_tests.contract.mutants.mutant import in_code
from models.base import cursors, pages, search
from models.identity.users import User
from models.work import tasks
from models.work.tasks import Task


def listed(change):
    """``change(arguments)`` alters the arguments of the handler of the list."""

    def change_list(context):
        def list_tasks(handler, **arguments):
            change(arguments)
            return handler(**arguments)

        context.handler("list_tasks", list_tasks)

    return change_list


def page_of(change):
    """``change(page)`` alters what the handler of the list returns."""

    def change_list(context):
        def list_tasks(handler, **arguments):
            page = handler(**arguments)
            change(page)
            return page

        context.handler("list_tasks", list_tasks)

    return change_list


def named(name, check, message, change):
    """Register a mutant under a name."""
    change.__name__ = name
    in_code(check, message)(change)


def lists(name, message, change):
    named(name, checks.a_list_is_whole, message, change)


lists(
    "pages_are_cut_silently",
    "a page has as many items as were asked for",
    listed(lambda arguments: arguments.update(limit=min(arguments["limit"], 25))),
)
lists(
    "the_default_page_is_larger",
    "a page has 20 items by default",
    listed(lambda arguments: arguments.update(limit=25 if arguments["limit"] == 20 else arguments["limit"])),
)
lists("cursors_are_ignored", "the list has no end", listed(lambda arguments: arguments.update(cursor=None)))
lists(
    "the_order_is_reversed",
    "pages by created_at are in order",
    listed(lambda arguments: arguments.update(sort="-" + arguments["sort"].lstrip("-"))),
)
lists(
    "the_order_is_ignored",
    "pages by created_at are in order",
    listed(lambda arguments: arguments.update(sort="-created_at")),
)
lists(
    "the_count_is_wrong",
    "the total is that of the list",
    page_of(lambda page: page.update(total=page["total"] and page["total"] + 1)),
)
lists(
    "the_last_of_a_page_is_lost",
    "a page has 20 items by default",
    page_of(lambda page: page.update(items=page["items"][:-1])),
)
lists(
    "the_first_page_is_the_last",
    "pages by created_at have each task once",
    page_of(lambda page: page.update(next_cursor=None)),
)
lists(
    "links_are_missing",
    "Link leads to the next page",
    lambda context: context.sent(lambda answer: answer.headers.pop("Link", None)),
)


@in_code(checks.a_list_is_whole, "pages by priority have each task once")
def ties_are_passed_over(context):
    context.replace(pages, "Tuple", lambda first, *rest: peewee.Tuple(first))


@in_code(checks.cursors_are_signed, "a cursor that was changed is refused")
def cursors_need_no_signature(context):
    context.replace(cursors, "is_signed", lambda purpose, body, tag: True)


@in_code(checks.cursors_are_signed, "invalid input syntax for type smallint")
def cursors_fit_every_list(context):
    context.replace(cursors, "fingerprint", lambda *what: b"12345678")


def finds(name, message, change):
    named(name, checks.filters_and_searches_find, message, change)


finds(
    "a_filter_is_ignored", "a filter narrows a list", listed(lambda arguments: arguments.pop("status", None))
)
finds(
    "of_several_values_one_counts",
    "each of several values counts",
    listed(lambda arguments: arguments.update(status=(arguments.get("status") or [])[:1] or None)),
)
finds(
    "matches_are_not_ranked",
    "the best match is the first",
    listed(lambda arguments: arguments.update(sort=arguments["sort"].replace("relevance", "created_at"))),
)
finds("nothing_is_included", "projects are included", listed(lambda arguments: arguments.update(include=())))


@in_code(checks.filters_and_searches_find, "the last day of a range is part of it")
def the_last_day_is_left_out(context):
    context.entry(Task.FILTERS, "due_to", pages.Is(lambda value: Task.due_on < value))


@in_code(checks.filters_and_searches_find, "people are included")
def no_people_are_included(context):
    context.replace(User, "of", lambda user_ids: [])


def searches(name, message, change):
    named(name, checks.searches_find_words_as_people_write_them, message, change)


searches(
    "diacritics_count",
    "normalization, case, and diacritics are ignored",
    lambda context: context.replace(search, "FOLDED", {}),
)
searches(
    "words_are_compared_as_they_were_typed",
    "normalization, case, and diacritics are ignored",
    lambda context: context.replace(search.unicodedata, "normalize", lambda form, text: text),
)
searches(
    "words_have_one_form",
    "forms and beginnings of words are found",
    lambda context: context.replace(search, "stem", lambda word: word),
)
searches(
    "words_have_no_beginnings",
    "forms and beginnings of words are found",
    lambda context: context.replace(search, "PREFIX_CHARACTERS", 1000),
)
searches(
    "ideographs_need_spaces",
    "parts of a text without spaces are found",
    lambda context: context.replace(search, "WORD", re.compile(r"(x^)|[^\W_]+")),
)


@in_code(checks.searches_find_words_as_people_write_them, "parts of compounds are words")
def only_spaces_end_a_word(context):
    unspaced = search.UNSPACED
    context.replace(search, "WORD", re.compile(f"([{unspaced}]+)|(?:(?![{unspaced}])\\S)+"))
    context.replace(search, "ASCII_WORD", re.compile("\\S+"))
    context.replace(search, "PART", re.compile("x^"))


@in_code(checks.tasks_without_a_date_come_last, "-due_on: no date comes last")
def the_last_day_stands_for_none(context):
    day = {False: "9999-12-31", True: "0001-01-01"}
    context.replace(
        tasks,
        "missing_last",
        lambda column, descending: peewee.fn.coalesce(column, peewee.SQL(f"date '{day[descending]}'")),
    )
