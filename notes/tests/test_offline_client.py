"""The client of docs/offline-client.md against a running server."""

import ast
import importlib.util
import sys
from random import Random

import pytest

from notes_api.tests.edge.server import ROOT
from notes_api.tests.live_server import PASSWORD

SOURCE = ROOT / "docs" / "offline_client.py"
specification = importlib.util.spec_from_file_location("offline_client", SOURCE)
offline_client = importlib.util.module_from_spec(specification)
specification.loader.exec_module(offline_client)


class Device(offline_client.OfflineClient):
    """Loses a response, after the server has acted on the request, when `loses` returns true."""

    def loses(self):
        return False

    def request(self, *arguments):
        answer = super().request(*arguments)
        if self.loses():
            raise ConnectionResetError
        return answer

    def sync_until_it_succeeds(self):
        while True:
            try:
                return self.sync()
            except ConnectionResetError:
                continue

    def texts(self):
        return {note_id: (note["title"], note["content"]) for note_id, note in self.notes.items()}


@pytest.fixture
def device(product, visitor, tmp_path):
    def device(name):
        device = Device(product.url, tmp_path / f"{name}.json")
        device.log_in(visitor.email, PASSWORD)
        return device

    return device


@pytest.fixture
def phone(device):
    return device("phone")


@pytest.fixture
def laptop(device):
    return device("laptop")


def settle(*devices):
    """Sync every device twice: the first may get a conflict copy from the second."""
    for device in devices * 2:
        device.sync_until_it_succeeds()


def test_the_client_is_short_and_needs_nothing_but_python():
    source = SOURCE.read_text()
    nodes = list(ast.walk(ast.parse(source)))
    modules = {node.module for node in nodes if isinstance(node, ast.ImportFrom)} | {
        alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names
    }

    assert len(source.splitlines()) <= 150
    assert {module.split(".")[0] for module in modules} <= sys.stdlib_module_names


def test_a_note_written_offline_arrives_on_the_other_device(phone, laptop):
    note = phone.write(title="Milk", content="2 litres")

    settle(phone, laptop)

    assert laptop.texts() == {note: ("Milk", "2 litres")}


def test_two_edits_of_one_note_both_survive(phone, laptop):
    note = phone.write(title="Milk")
    settle(phone, laptop)
    phone.write(note, content="from the phone")
    laptop.write(note, content="from the laptop")

    settle(phone, laptop)

    assert phone.texts() == laptop.texts()
    assert phone.texts()[note] == ("Milk", "from the phone")
    assert sorted(phone.texts().values())[1] == ("Milk (conflict copy)", "from the laptop")


def test_a_deletion_arrives_on_the_other_device(phone, laptop):
    note = phone.write(title="Milk")
    settle(phone, laptop)

    phone.delete(note)
    settle(phone, laptop)

    assert phone.texts() == laptop.texts() == {}


def test_an_edit_survives_a_deletion_elsewhere(phone, laptop):
    note = phone.write(title="Milk")
    settle(phone, laptop)
    phone.delete(note)
    laptop.write(note, content="still needed")

    settle(phone, laptop)

    assert list(phone.texts().values()) == [("Milk (conflict copy)", "still needed")]
    assert phone.texts() == laptop.texts()


def test_a_deletion_never_removes_an_edit_that_the_device_has_not_seen(phone, laptop):
    note = phone.write(title="Milk")
    settle(phone, laptop)
    laptop.write(note, content="still needed")
    phone.delete(note)

    settle(laptop, phone)

    assert phone.texts() == laptop.texts() == {note: ("Milk", "still needed")}


def test_a_lost_response_creates_no_second_note(phone, laptop, visitor):
    answers = iter([True, True, False])
    phone.loses = lambda: next(answers, False)
    phone.write(title="Milk")

    settle(phone)

    assert [note["title"] for note in visitor.get("/notes").json()["results"]] == ["Milk"]
    assert [note["edits"] for note in phone.notes.values()] == [0]


def test_an_expired_cursor_starts_the_sync_again_without_losing_an_edit(phone, laptop, visitor):
    kept, gone = phone.write(title="Kept"), phone.write(title="Gone")
    settle(phone, laptop)
    visitor.delete(f"/notes/{gone}").raise_for_status()
    laptop.notes["0b8e9a39-8f5c-4c26-9d0e-4a1c9a0f7b11"] = dict(laptop.notes[gone])
    laptop.write(kept, content="edited offline")
    fresh = laptop.write(title="Fresh")
    laptop.state["cursor"] = "from-before-a-restore"

    settle(laptop)

    assert laptop.texts() == {kept: ("Kept", "edited offline"), fresh: ("Fresh", "")}


def test_an_expired_access_token_is_refreshed(phone):
    phone.state["tokens"]["access_token"] = "expired"

    phone.sync()

    assert phone.state["tokens"]["access_token"] != "expired"


def test_a_client_continues_from_its_file(phone, product):
    note = phone.write(title="Milk")
    phone.loses = lambda: True
    with pytest.raises(ConnectionResetError):
        phone.sync()

    restarted = Device(product.url, phone.file)
    restarted.sync()

    assert restarted.texts() == {note: ("Milk", "")}


def do_something(device, random, number):
    """Write a line into an existing or new note, or delete a note; return the lines that the deletion removes."""
    shown = [note_id for note_id, note in device.notes.items() if not note.get("is_deleted")]
    note = random.choice([None, *shown[-5:]])
    content = device.notes[note]["content"] if note else ""
    if note and random.random() < 0.15:
        device.delete(note)
        return set(content.splitlines())
    device.write(note, title=f"Note {number}", content=f"{content}line {number}\n")
    device.written.add(f"line {number}")
    return set()


@pytest.mark.parametrize("seed", [1, 2])
def test_two_devices_on_a_bad_network_converge_without_losing_a_line(phone, laptop, visitor, seed):
    random, deleted = Random(seed), set()
    for device in (phone, laptop):
        device.loses, device.written = (lambda: random.random() < 0.3), set()
    for number in range(50):
        device = random.choice([phone, laptop])
        deleted |= do_something(device, random, number)
        if number % 5 == 0:
            device.sync_until_it_succeeds()

    settle(phone, laptop)

    assert phone.texts() == laptop.texts()
    lines = {line for _, content in phone.texts().values() for line in content.splitlines()}
    written = phone.written | laptop.written
    assert written - deleted <= lines <= written
    on_the_server = visitor.get("/notes", params={"limit": 100}).json()["results"]
    assert {note["id"]: (note["title"], note["content"]) for note in on_the_server} == phone.texts()
