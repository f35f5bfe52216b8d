"""Imports and exports that make no progress or failed, as operators and staff see them."""

import itertools
from datetime import timedelta

import pytest
from django.utils import timezone

from notes.management.doctor.transfers import check_transfers
from notes.models import Export, Import, StoredFile
from outbox.tests.entries import make_entry

IMPORTS, EXPORTS = "/admin/notes/import/", "/admin/notes/export/"


def minutes_ago(minutes):
    return timezone.now() - timedelta(minutes=minutes)


def make_import(user, **values):
    values = {"format": "keep", "name": "takeout.zip", "created_at": minutes_ago(16), **values}
    return Import.objects.create(user=user, file=StoredFile.objects.create(user=user), **values)


def make_export(user, **values):
    return Export.objects.create(user=user, **{"created_at": minutes_ago(16), **values})


def warnings():
    return [(finding.subject, finding.message) for finding in check_transfers() if finding.level == "warning"]


def stuck(each):
    return f"1 make no progress, such as {each.pk} of {each.user_id}, begun at {each.created_at:%Y-%m-%d %H:%M} UTC"


@pytest.mark.parametrize(("make", "subject"), [(make_import, "imports"), (make_export, "exports")])
def test_what_nobody_carries_out_is_a_warning(alice, make, subject):
    each = make(alice)

    assert warnings() == [(subject, stuck(each))]


@pytest.mark.parametrize(("make", "kind"), [(make_import, "import"), (make_export, "export")])
@pytest.mark.parametrize(("due", "is_stuck"), [(-0.5, False), (14, False), (16, True)])
def test_what_is_being_carried_out_or_waits_for_its_turn_is_not_stuck(alice, make, kind, due, is_stuck):
    make(alice)
    make_entry(kind, user=alice, due_at=minutes_ago(due))

    assert bool(warnings()) == is_stuck


def test_the_work_of_another_account_or_kind_does_not_count(alice, bob):
    each = make_import(alice)
    make_entry("import", user=bob)
    make_entry("export", user=alice)

    assert warnings() == [("imports", stuck(each))]


@pytest.mark.parametrize(("make", "kind", "values"), [
    (make_import, "import", {"stalls": 2}), (make_export, "export", {"attempts": 3}),
])  # fmt: skip
def test_what_is_interrupted_again_and_again_is_a_warning(alice, make, kind, values):
    each = make(alice, **values)
    make_entry(kind, user=alice)

    assert warnings() == [(f"{kind}s", stuck(each))]


@pytest.mark.parametrize("make", [make_import, make_export])
def test_what_has_only_begun_or_has_ended_is_not_stuck(alice, bob, make):
    make(alice, created_at=minutes_ago(14))
    make(bob, finished_at=timezone.now(), status="ready")

    assert warnings() == []


@pytest.mark.parametrize(("make", "subject"), [(make_import, "imports"), (make_export, "exports")])
@pytest.mark.parametrize(("problem", "advice"), [("storage_full", "Make room"), ("too_many_attempts", "killed")])
def test_what_failed_because_of_the_server_is_a_warning(alice, make, subject, problem, advice):
    each = make(alice, status="failed", finished_at=timezone.now(), problem=problem)

    [finding] = [finding for finding in check_transfers() if finding.level == "warning"]

    assert (finding.subject, finding.message) == (
        subject,
        f"1 failed with {problem}, such as {each.pk} of {each.user_id}",
    )
    assert advice in finding.advice


def test_a_damaged_input_is_not_the_fault_of_the_server(alice):
    make_import(alice, status="failed", finished_at=timezone.now(), problem="damaged")

    assert warnings() == []


def test_support_finds_what_is_stuck_without_any_text(in_admin, support, alice, subtests):
    for ending, (address, make) in itertools.product(
        ["", "?q=alice", "?q={}", "?stuck=1", "?status=waiting", "{}/change/"],
        [(IMPORTS, make_import), (EXPORTS, make_export)],
    ):
        with subtests.test(ending=ending, address=address, make=make):
            each = make(alice, problem="storage_full")
            if address == IMPORTS:
                each.pages.create(number=0, items=[{"source": "Secret diary.md", "status": "created"}])

            page = in_admin(support).get(address + ending.format(each.pk)).content.decode()

            assert [text for text in (str(each.pk), "alice@example.com", "storage_full") if text not in page] == []
            assert "Secret" not in page


@pytest.mark.parametrize("query", ["?q=bob", "?status=done"])
def test_the_list_is_restricted(in_admin, support, alice, query):
    make_import(alice)

    assert "0 imports" in in_admin(support).get(IMPORTS + query).content.decode()


def test_the_list_refuses_other_lookups(in_admin, support, subtests):
    for query in ["name__startswith=a", "stuck=0", "status=x", "user=1", "pages__items__contains=a"]:
        with subtests.test(query=query):
            assert in_admin(support).get(f"{IMPORTS}?{query}").status_code == 400


def test_support_changes_no_import(in_admin, support, alice):
    each = make_import(alice)
    browser = in_admin(support)

    responses = [browser.post(f"{IMPORTS}{each.pk}/{verb}/", {"post": "yes"}) for verb in ("change", "delete")]

    assert [response.status_code for response in responses] == [403, 403]
    assert Import.objects.get() == each
