"""Faults of lists: pages of the right shape with the wrong things in them."""

import re

import peewee

from contract_tests.contract import probes_of_lists
from contract_tests.contract.planted import in_code
from models.base import pages, search
from models.identity.users import User
from models.work import tasks
from models.work.tasks import Task


def listed(change):
    """``change(arguments)`` alters what the handler of the list is asked."""

    def plant(site):
        def found(handler, **asked):
            change(asked)
            return handler(**asked)

        site.handler("list_tasks", found)

    return plant


def page_of(change):
    """``change(page)`` alters what the handler of the list found."""

    def plant(site):
        def found(handler, **asked):
            page = handler(**asked)
            change(page)
            return page

        site.handler("list_tasks", found)

    return plant


def lists(name, plant):
    plant.__name__ = name
    in_code(probes_of_lists.a_list_is_whole)(plant)


lists("pages_are_cut_silently", listed(lambda asked: asked.update(limit=min(asked["limit"], 25))))
lists(
    "the_default_page_is_larger",
    listed(lambda asked: asked.update(limit=25 if asked["limit"] == 20 else asked["limit"])),
)
lists("cursors_are_ignored", listed(lambda asked: asked.update(cursor=None)))
lists("the_order_is_reversed", listed(lambda asked: asked.update(sort="-" + asked["sort"].lstrip("-"))))
lists("the_order_is_ignored", listed(lambda asked: asked.update(sort="-created_at")))
lists("the_count_is_wrong", page_of(lambda page: page.update(total=page["total"] and page["total"] + 1)))
lists("the_last_of_a_page_is_lost", page_of(lambda page: page.update(items=page["items"][:-1])))
lists("the_first_page_is_the_last", page_of(lambda page: page.update(next_cursor=None)))
lists(
    "links_are_missing",
    lambda site: site.sent(lambda answer: answer.headers.pop("Link", None)),
)


@in_code(probes_of_lists.a_list_is_whole)
def ties_are_passed_over(site):
    site.replace(pages, "Tuple", lambda first, *rest: peewee.Tuple(first))


@in_code(probes_of_lists.a_cursor_is_ours)
def cursors_need_no_signature(site):
    site.replace(pages, "is_signed", lambda purpose, body, tag: True)


@in_code(probes_of_lists.a_cursor_is_ours)
def cursors_fit_every_list(site):
    site.replace(pages, "_mark", lambda *what: b"12345678")


def finds(name, plant):
    plant.__name__ = name
    in_code(probes_of_lists.filters_and_searches_find)(plant)


finds("a_filter_is_ignored", listed(lambda asked: asked.pop("status", None)))
finds(
    "of_several_values_one_counts",
    listed(lambda asked: asked.update(status=(asked.get("status") or [])[:1] or None)),
)
finds(
    "matches_are_not_ranked",
    listed(lambda asked: asked.update(sort=asked["sort"].replace("relevance", "created_at"))),
)
finds("nothing_is_included", listed(lambda asked: asked.update(include=())))


@in_code(probes_of_lists.filters_and_searches_find)
def the_last_day_is_left_out(site):
    site.entry(Task.FILTERS, "due_to", pages.Is(lambda value: Task.due_on < value))


@in_code(probes_of_lists.filters_and_searches_find)
def people_are_missing(site):
    site.replace(User, "of", lambda found: [])


def searches(name, plant):
    plant.__name__ = name
    in_code(probes_of_lists.searches_find_words_as_people_write_them)(plant)


searches("diacritics_count", lambda site: site.replace(search, "FOLDED", {}))
searches(
    "words_are_compared_as_they_were_typed",
    lambda site: site.replace(search.unicodedata, "normalize", lambda form, text: text),
)
searches("words_have_one_form", lambda site: site.replace(search, "stem", lambda word: word))
searches("words_have_no_beginnings", lambda site: site.replace(search, "PREFIX_CHARACTERS", 1000))
searches(
    "ideographs_need_spaces",
    lambda site: site.replace(search, "WORD", re.compile(r"(x^)|[^\W_]+")),
)


@in_code(probes_of_lists.searches_find_words_as_people_write_them)
def only_spaces_end_a_word(site):
    unspaced = search.UNSPACED
    site.replace(search, "WORD", re.compile(f"([{unspaced}]+)|(?:(?![{unspaced}])\\S)+"))
    site.replace(search, "PART", re.compile("x^"))


@in_code(probes_of_lists.tasks_without_a_date_come_last)
def the_last_day_stands_for_none(site):
    day = {False: "9999-12-31", True: "0001-01-01"}
    site.replace(
        tasks,
        "missing_last",
        lambda column, descending: peewee.fn.coalesce(column, peewee.SQL(f"date '{day[descending]}'")),
    )
