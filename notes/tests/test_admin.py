"""Staff look notes up, and never read or write them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.tests.staff import filter_links
from notes.models import Note

NOTES = "/admin/notes/note/"


def page_of(note):
    return f"{NOTES}{note.pk}/change/"


@pytest.fixture
def milk(alice):
    return Note.objects.write(alice, title="Milk", content="a secret recipe")


@pytest.fixture
def cheese(bob):
    return Note.objects.write(bob, title="Cheese", is_pinned=True)


@pytest.mark.parametrize("query", ["alice@", "ALICE@example.com", "mil", "MILK alice"])
def test_a_note_is_found_by_its_owner_or_title(in_admin, support, milk, cheese, query):
    page = in_admin(support).get(NOTES, {"q": query}).content.decode()

    assert "Milk" in page
    assert "Cheese" not in page


def test_the_list_filters_by_owner_id(in_admin, support, milk, cheese):
    page = in_admin(support).get(NOTES, {"owner": str(milk.owner_id)}).content.decode()

    assert "Milk" in page
    assert "Cheese" not in page


@pytest.mark.parametrize("query", ["is_pinned=1", "is_archived=0&q=cheese", "is_pinned=1&is_archived=0&in_trash=0"])
def test_the_list_filters_by_where_a_note_is_kept(in_admin, support, milk, cheese, query):
    page = in_admin(support).get(f"{NOTES}?{query}").content.decode()

    assert "Cheese" in page
    assert "Milk" not in page


@pytest.mark.parametrize("query", ["o=1", "o=-4.1", "p=x", "p=99999999999999999999", "q=%00", "e=1"])
def test_a_list_that_is_not_offered_is_no_error(in_admin, superuser, milk, query):
    assert in_admin(superuser).get(f"{NOTES}?{query}").status_code in (200, 302)


@pytest.mark.parametrize(
    "query",
    [
        "content=a+secret+recipe",
        "content__contains=secret",
        "content__startswith=a",
        "content__regex=secret",
        "owner__password__startswith=a",
        "owner__email__regex=a",
        "title__regex=((",
        "title__regex=^(a|aa)%2B$",
        "version__gt=0",
        "created_at__year=99999999",
        "search_text__contains=secret",
        "nothing=1",
        "owner=nonsense",
        "owner=%00",
        "content_words__contains=secret",
        "title_words__startswith=m",
        "content_signature__contains=aaa",
        "is_pinned=%00",
        "is_pinned=2",
        "is_pinned=",
        "is_pinned__exact=1",
        "is_pinned__isnull=0",
        "is_pinned=1&is_pinned=x",
        "in_trash=x",
        "trashed_at__isempty=1",
    ],
)
def test_a_list_answers_no_question_but_those_of_its_filters(in_admin, superuser, milk, query):
    assert in_admin(superuser).get(f"{NOTES}?{query}").status_code == 400


def test_every_link_of_the_filters_leads_to_a_list(in_admin, support, milk):
    browser = in_admin(support)

    links = filter_links(browser.get(NOTES))

    assert len(links) >= 9  # Django 6.1 adds one that clears all filters
    assert {browser.get(f"{NOTES}{link}").status_code for link in links} == {200}


def test_the_filters_can_count(in_admin, support, milk, cheese):
    assert "Yes (1)" in in_admin(support).get(f"{NOTES}?_facets=True").content.decode()


def test_the_trash_is_listed_and_can_be_told_apart(in_admin, support, milk, cheese, as_user, alice):
    as_user(alice).delete(f"/notes/{milk.pk}")
    browser = in_admin(support)

    everything = browser.get(NOTES).content.decode()
    kept = browser.get(NOTES, {"in_trash": "0"}).content.decode()
    trashed = browser.get(NOTES, {"in_trash": "1"}).content.decode()

    assert "Milk" in everything
    assert "Milk" not in kept
    assert "Cheese" in kept
    assert "Milk" in trashed
    assert "Cheese" not in trashed


def test_what_was_purged_is_gone_here_too(in_admin, support, milk, as_user, alice):
    as_user(alice).delete(f"/notes/{milk.pk}")
    as_user(alice).delete(f"/trash/{milk.pk}")

    assert "0 notes" in in_admin(support).get(NOTES).content.decode()


def test_the_text_is_neither_shown_nor_read(in_admin, superuser, milk):
    browser = in_admin(superuser)
    with CaptureQueriesContext(connection) as queries:
        pages = [browser.get(NOTES), browser.get(NOTES, {"q": "milk"}), browser.get(page_of(milk))]

    assert [page.status_code for page in pages] == [200, 200, 200]
    assert not [page for page in pages if b"secret recipe" in page.content]
    assert not [query for query in queries if "content" in query["sql"].replace("content_type", "")]


@pytest.mark.parametrize("query", ["recipe", "milk recipe", "-recipe", "-nothing", "milk or recipe", '"secret recipe"'])
def test_a_note_cannot_be_found_by_its_text(in_admin, superuser, milk, query):
    assert b"Milk" not in in_admin(superuser).get(NOTES, {"q": query}).content


@pytest.mark.parametrize("query", ["STRASSE", "straße", "kol", "koln strasse", "Köln alice@"])
def test_a_title_is_found_as_its_owner_finds_it(in_admin, support, alice, cheese, query):
    Note.objects.write(alice, title="Straße nach Köln")

    page = in_admin(support).get(NOTES, {"q": query}).content.decode()

    assert "Straße nach Köln" in page
    assert "Cheese" not in page


@pytest.mark.parametrize("query", ["%", "_", "''", '"', '"a"or' * 20, "*", "\\", "\u0301", "x" * 5000])
def test_no_search_is_an_error(in_admin, support, milk, query):
    assert in_admin(support).get(NOTES, {"q": query}).status_code == 200


def test_a_page_says_whose_and_when(in_admin, support, milk):
    page = in_admin(support).get(page_of(milk)).content.decode()

    assert "View note" in page
    assert "alice@example.com" in page
    assert 'name="_save"' not in page


def test_not_even_a_superuser_writes_a_note(in_admin, superuser, milk, as_user, alice):
    browser = in_admin(superuser)
    form = {"title": "Changed", "content": "Changed", "version": 99, "owner": str(superuser.pk)}

    added = browser.post(f"{NOTES}add/", form)
    changed = browser.post(page_of(milk), form)
    deleted = browser.post(f"{NOTES}{milk.pk}/delete/", {"post": "yes"})

    assert (added.status_code, changed.status_code, deleted.status_code) == (403, 403, 403)
    note = as_user(alice).get(f"/notes/{milk.pk}").json()
    assert (note["title"], note["content"], note["version"]) == ("Milk", "a secret recipe", milk.version)


def test_the_list_offers_no_action(in_admin, superuser, milk):
    data = {"action": "delete_selected", "_selected_action": [milk.pk], "post": "yes"}

    in_admin(superuser).post(NOTES, data)

    assert Note.objects.get() == milk


def test_a_user_sees_no_list(in_admin, alice, milk):
    assert in_admin(alice).get(NOTES).status_code == 302


def test_the_list_runs_the_same_number_of_queries_for_1_and_for_10_notes(in_admin, superuser, alice, milk):
    browser = in_admin(superuser)
    browser.get(NOTES)
    with CaptureQueriesContext(connection) as with_one:
        browser.get(NOTES)
    notes = [Note(owner=alice, title=str(number), version=2 + number, created_at=milk.created_at,
                  updated_at=milk.updated_at) for number in range(9)]  # fmt: skip
    Note.objects.bulk_create(notes)

    with CaptureQueriesContext(connection) as with_ten:
        browser.get(NOTES)

    assert len(with_ten) == len(with_one)
