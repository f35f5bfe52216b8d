"""`manage.py import_notes` and `export_notes`."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.flows.erasure import erase
from notes.management.commands import export_notes
from notes.models import Import, Note
from notes.tests.exports import opened
from notes.tests.factories import make_note, make_trashed
from notes.tests.transfer.inputs import zip_of
from notes.transfer.exports.ndjson import as_json


@pytest.fixture
def run():
    def run(*arguments):
        output = StringIO()
        call_command(*map(str, arguments), stdout=output)
        return output.getvalue()

    return run


def test_an_account_is_exported_into_a_folder_that_people_can_read(run, alice, tmp_path):
    make_note(owner=alice, title="Milk", content="oat")
    make_trashed(owner=alice, title="Old")

    output = run("export_notes", alice.email, tmp_path / "out")

    assert "2 notes" in output
    assert (tmp_path / "out/notes/Milk.md").read_text().endswith("---\noat")
    assert (tmp_path / "out/trash/Old.md").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_second_export_replaces_the_folder(run, alice, tmp_path):
    note = make_note(owner=alice, title="Milk")
    run("export_notes", alice.email, tmp_path / "out")
    note.change({"title": "Bread"})

    run("export_notes", alice.email, tmp_path / "out")

    assert [path.name for path in (tmp_path / "out/notes").iterdir()] == ["Bread.md"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_folder_of_something_else_is_not_replaced(run, alice, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis/text.txt").write_text("thesis")

    for path in (tmp_path / "thesis", tmp_path / "thesis/text.txt"):
        with pytest.raises(CommandError):
            run("export_notes", alice.email, path)

    assert [path.name for path in tmp_path.rglob("*")] == ["thesis", "text.txt"]


def test_an_archive_in_a_folder_that_does_not_exist_is_an_error(run, alice, tmp_path):
    with pytest.raises(CommandError) as refusal:
        run("export_notes", alice.email, tmp_path / "missing/out.zip")

    assert str(refusal.value) == f"There is no folder {tmp_path}/missing. Create it, or name another one."


@pytest.mark.parametrize(
    "name", ["notes/Mine.md", ".obsidian/app.json", "notes/Milk.md", "manifest.json", ".exported-files"]
)
def test_a_file_that_was_added_to_an_export_or_changed_is_not_deleted(run, alice, tmp_path, name):
    make_note(owner=alice, title="Milk", content="oat")
    run("export_notes", "--all", "--to", tmp_path)
    path = tmp_path / alice.email / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("Mine")
    make_note(owner=alice)

    for arguments in (("--all", "--to", tmp_path), (alice.email, tmp_path / alice.email)):
        with pytest.raises(CommandError):
            run("export_notes", *arguments)

    assert path.read_text() == "Mine"
    assert [each.name for each in tmp_path.iterdir()] == [alice.email]


def test_a_link_in_an_export_is_not_deleted_but_what_a_file_manager_writes_is(run, alice, tmp_path):
    make_note(owner=alice, title="Milk")
    run("export_notes", alice.email, tmp_path / "out")
    (tmp_path / "out/.DS_Store").touch()
    (tmp_path / "out/notes/Milk.md").unlink()
    run("export_notes", alice.email, tmp_path / "out")
    (tmp_path / "out/link").symlink_to(tmp_path)

    with pytest.raises(CommandError, match=r"changed since: link\. Move it away"):
        run("export_notes", alice.email, tmp_path / "out")


def test_an_archive_of_something_else_is_not_replaced(run, alice, tmp_path):
    path = tmp_path / "thesis.zip"
    path.write_bytes(zip_of({"thesis.md": "Mine"}))

    with pytest.raises(CommandError, match=r"thesis\.zip is not an archive of an export"):
        run("export_notes", alice.email, path)

    assert opened(path.read_bytes()).namelist() == ["thesis.md"]
    assert [each.name for each in tmp_path.iterdir()] == ["thesis.zip"]


@pytest.mark.parametrize(("left", "is_mine"), [(b"Mine", True), (b"", False), (bytes(30) + b"notes/Milk.md", False)])
def test_only_an_archive_that_a_killed_export_left_is_deleted(run, alice, tmp_path, left, is_mine):
    partial = tmp_path / ".out.zip.new"
    partial.write_bytes(left)

    if is_mine:
        with pytest.raises(CommandError, match=r"\.out\.zip\.new is not from an export"):
            run("export_notes", alice.email, tmp_path / "out.zip")
        assert partial.read_bytes() == left
    else:
        run("export_notes", alice.email, tmp_path / "out.zip")
        assert [each.name for each in tmp_path.iterdir()] == ["out.zip"]


def test_a_folder_is_not_taken_for_an_archive(run, alice, tmp_path, monkeypatch):
    monkeypatch.setattr(export_notes, "export_account", None)
    (tmp_path / "out.zip").mkdir()

    with pytest.raises(CommandError, match=r"out\.zip is a folder"):
        run("export_notes", alice.email, tmp_path / "out.zip")

    assert [each.name for each in tmp_path.iterdir()] == ["out.zip"]


def test_an_account_is_exported_into_an_archive(run, alice, tmp_path):
    make_note(owner=alice)

    for _ in range(2):
        run("export_notes", alice.email, tmp_path / "out.zip")

    assert "notes/Milk.md" in opened((tmp_path / "out.zip").read_bytes()).namelist()


def test_all_accounts_are_exported_and_the_unchanged_ones_are_left(run, alice, bob, tmp_path):
    make_note(owner=alice)
    first = [
        json.loads(line)["status"] for line in run("export_notes", "--all", "--to", tmp_path, "--json").splitlines()
    ]
    make_note(owner=bob)

    second = run("export_notes", "--all", "--to", tmp_path, "--json").splitlines()

    assert first == ["exported", "exported"]
    assert [json.loads(line)["status"] for line in second] == ["unchanged", "exported"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["alice@example.com", "bob@example.com"]


def test_an_account_whose_address_ends_in_zip_is_exported_into_a_folder(run, tmp_path, django_user_model):
    make_note(owner=django_user_model.objects.create_user("zoe@example.zip"))

    outputs = [run("export_notes", "--all", "--to", tmp_path) for _ in range(2)]

    assert (tmp_path / "zoe@example.zip/notes/Milk.md").exists()
    assert outputs[1].startswith("zoe@example.zip: unchanged")


def test_a_link_to_an_archive_stays(run, alice, tmp_path):
    run("export_notes", alice.email, tmp_path / "real.zip")
    (tmp_path / "out.zip").symlink_to("real.zip")
    make_note(owner=alice)

    run("export_notes", alice.email, tmp_path / "out.zip")

    assert (tmp_path / "out.zip").is_symlink()
    assert "notes/Milk.md" in opened((tmp_path / "real.zip").read_bytes()).namelist()


def test_an_account_with_the_address_of_an_erased_one_is_exported(run, alice, tmp_path, django_user_model):
    make_note(owner=alice, title="Old")
    run("export_notes", "--all", "--to", tmp_path)
    erase(alice)
    make_note(owner=django_user_model.objects.create_user(alice.email), title="New")

    run("export_notes", "--all", "--to", tmp_path)

    assert [path.name for path in (tmp_path / alice.email / "notes").iterdir()] == ["New.md"]


def test_a_failed_export_of_one_account_is_reported(run, alice, bob, tmp_path, capsys):
    (tmp_path / alice.email).touch()

    with pytest.raises(CommandError, match=r"^1 accounts"):
        call_command("export_notes", "--all", "--to", str(tmp_path))

    failed, exported = capsys.readouterr().out.splitlines()
    assert failed.startswith(f"{alice.email}: failed, {tmp_path / alice.email} is a file.")
    assert exported == f"{bob.email}: exported, 0 notes, 0 trashed, 0 revisions, {tmp_path / bob.email}"


@pytest.mark.parametrize("arguments", [(), ("--all",), ("alice@example.com",), ("nobody@example.com", "out")])
def test_an_export_says_what_is_missing(run, alice, arguments):
    with pytest.raises(CommandError):
        run("export_notes", *arguments)


def test_a_folder_of_our_own_export_is_imported(run, alice, bob, tmp_path):
    make_note(owner=alice, content="one").change({"content": "two"})
    run("export_notes", alice.email, tmp_path / "out")
    before = [as_json(note) for note in Note.objects.owned_by(alice)]
    Note.objects.all().delete()

    output = run("import_notes", bob.email, tmp_path / "out")

    assert output == "1 created, 0 unchanged, 0 skipped, 0 failed\n"
    assert [as_json(note) for note in Note.objects.owned_by(bob)] == before


def test_the_report_of_an_import_is_json(run, alice, tmp_path):
    path = tmp_path / "notes.ndjson"
    path.write_text('{"kind":"note","id":"01939f5e-1d2a-7c40-8e1b-3f9a7d5c2b16","title":"Milk"}\n{"kind":"x"}\n')

    lines = [json.loads(line) for line in run("import_notes", alice.email, path, "--json").splitlines()]

    assert [line.get("status") for line in lines] == ["failed", "created", None]
    assert lines[-1]["counts"] == {"created": 1, "unchanged": 0, "skipped": 0, "failed": 1}


def test_a_dry_run_writes_nothing(run, alice, tmp_path):
    path = tmp_path / "notes.ndjson"
    path.write_text('{"kind":"note","id":"01939f5e-1d2a-7c40-8e1b-3f9a7d5c2b16","title":"Milk"}\n')

    assert "1 created" in run("import_notes", alice.email, path, "--dry-run")
    assert not Note.objects.exists()


@pytest.mark.parametrize("data", [b"\x00\x01\x02", b"PK\3\4broken"])
def test_an_input_that_cannot_be_read_is_an_error(run, alice, tmp_path, data):
    (tmp_path / "input").write_bytes(data)
    for path in (tmp_path / "input", tmp_path / "missing"):
        with pytest.raises(CommandError):
            run("import_notes", alice.email, path)


@pytest.mark.parametrize("arguments", [(), ("--format", "keep")])
def test_an_input_that_does_not_exist_is_an_error_and_no_import(run, alice, tmp_path, arguments):
    with pytest.raises(CommandError) as refusal:
        run("import_notes", alice.email, tmp_path / "missing", *arguments)

    assert str(refusal.value) == f"{tmp_path}/missing cannot be read: No such file or directory."
    assert not Import.objects.exists()
