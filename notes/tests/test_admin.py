"""Staff look up notes, and never read or write their text."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.tests.staff import filter_links
from notes.models import Note

NOTES = "/admin/notes/note/"
OTHER_FILTERS = [
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
]


def page_of(note):
    return f"{NOTES}{note.pk}/change/"


@pytest.fixture
def milk(alice):
    return Note.objects.create_note(alice, title="Milk", content="a secret recipe")


@pytest.fixture
def cheese(bob):
    return Note.objects.create_note(bob, title="Cheese", is_pinned=True)


def test_the_list_is_searched_and_filtered(in_admin, support, milk, cheese, subtests):
    for query in ["q=ALICE@example.com", "q=mil", "q=MILK alice", "owner={owner}", "is_pinned=0"]:
        with subtests.test(query=query):
            page = in_admin(support).get(f"{NOTES}?{query.format(owner=milk.owner_id)}").content.decode()

            assert "Milk" in page
            assert "Cheese" not in page


@pytest.mark.parametrize("query", ["is_archived=0&q=cheese", "is_pinned=1&is_archived=0&in_trash=0"])
def test_filters_combine(in_admin, support, milk, cheese, query):
    page = in_admin(support).get(f"{NOTES}?{query}").content.decode()

    assert "Cheese" in page
    assert "Milk" not in page


def test_an_order_or_page_that_does_not_exist_is_not_an_error(in_admin, superuser, milk):
    browser = in_admin(superuser)
    queries = ["o=1", "o=-4.1", "p=x", "p=99999999999999999999", "q=%00", "e=1"]

    assert {browser.get(f"{NOTES}?{query}").status_code for query in queries} <= {200, 302}


def test_a_filter_that_is_not_offered_is_rejected(in_admin, superuser, milk):
    browser = in_admin(superuser)

    assert [query for query in OTHER_FILTERS if browser.get(f"{NOTES}?{query}").status_code != 400] == []


def test_every_link_of_the_filters_leads_to_a_list(in_admin, support, milk):
    browser = in_admin(support)

    links = filter_links(browser.get(NOTES))

    assert len(links) >= 9  # Django 6.1 adds one that clears all filters
    assert {browser.get(f"{NOTES}{link}").status_code for link in links} == {200}


def test_the_filters_can_count(in_admin, support, milk, cheese):
    assert "Yes (1)" in in_admin(support).get(f"{NOTES}?_facets=True").content.decode()


def test_the_trash_is_listed_and_can_be_filtered(in_admin, support, milk, cheese, as_user, alice):
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


def test_a_purged_note_is_not_listed(in_admin, support, milk, as_user, alice):
    as_user(alice).delete(f"/notes/{milk.pk}")
    as_user(alice).delete(f"/trash/{milk.pk}")

    assert "0 notes" in in_admin(support).get(NOTES).content.decode()


def test_the_text_is_neither_shown_nor_selected(in_admin, superuser, milk):
    browser = in_admin(superuser)
    with CaptureQueriesContext(connection) as queries:
        pages = [browser.get(NOTES), browser.get(NOTES, {"q": "milk"}), browser.get(page_of(milk))]

    assert [page.status_code for page in pages] == [200, 200, 200]
    assert not [page for page in pages if b"secret recipe" in page.content]
    assert not [query for query in queries if "content" in query["sql"].replace("content_type", "")]


def test_a_note_cannot_be_found_by_its_text(in_admin, superuser, milk):
    browser = in_admin(superuser)
    queries = ["recipe", "milk recipe", "-recipe", "-nothing", "milk or recipe", '"secret recipe"']

    assert [query for query in queries if b"Milk" in browser.get(NOTES, {"q": query}).content] == []


def test_a_title_is_found_with_the_folding_of_search(in_admin, support, alice, cheese):
    Note.objects.create_note(alice, title="Straße nach Köln")
    browser = in_admin(support)
    queries = ["STRASSE", "straße", "kol", "koln strasse", "Köln alice@"]

    pages = [browser.get(NOTES, {"q": query}).content.decode() for query in queries]

    assert [("Straße nach Köln" in page, "Cheese" in page) for page in pages] == [(True, False)] * 5


def test_no_search_is_an_error(in_admin, support, milk):
    browser = in_admin(support)
    queries = ["%", "_", "''", '"', '"a"or' * 20, "*", "\\", "\u0301", "x" * 5000]

    assert {browser.get(NOTES, {"q": query}).status_code for query in queries} == {200}


def test_the_page_of_a_note_shows_its_owner(in_admin, support, milk):
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


def test_the_list_has_no_actions(in_admin, superuser, milk):
    data = {"action": "delete_selected", "_selected_action": [milk.pk], "post": "yes"}

    in_admin(superuser).post(NOTES, data)

    assert Note.objects.get() == milk


def test_a_user_who_is_not_staff_is_redirected(in_admin, alice, milk):
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


def test_notes_are_listed_newest_first_whatever_their_ids_are(in_admin, support, alice, as_user):
    client = as_user(alice)
    for number, title in [("f", "First"), ("3", "Second"), ("a", "Third")]:
        client.put(f"/notes/{number}0000000-0000-4000-8000-000000000000", {"title": title}, HTTP_IF_NONE_MATCH="*")

    page = in_admin(support).get(NOTES).content.decode()

    assert page.index("Third") < page.index("Second") < page.index("First")


def test_an_index_has_the_order_of_the_list(in_admin, support, milk):
    with CaptureQueriesContext(connection) as queries:
        in_admin(support).get(NOTES)
    [query] = [query["sql"] for query in queries if "ORDER BY" in query["sql"] and "notes_note" in query["sql"]]

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {'' if connection.vendor == 'postgresql' else 'QUERY PLAN'} {query}")
        plan = str(cursor.fetchall())

    assert "newest_note" in plan
