"""The bounded reader of inputs."""

import gc
import io
import itertools
import os
import stat
import zipfile

import pytest

from notes.tests.transfer.inputs import codes_of, read_all, tar_of, titles_of, zip_of
from notes.transfer.budget import Budget, InputRefused, ItemRefused, Limits
from notes.transfer.draft import Draft
from notes.transfer.inputs import LIMITS, detect_format, open_reader, read_drafts

NOTE = {"title": "Milk", "isTrashed": False}
NAMES = ["../a.json", "/a.json", "a/../../b.json", "C:\\a.json", "..\\a.json", "x" * 1025]


def names_in(data, limits=LIMITS):
    with open_reader(io.BytesIO(data), "input", limits) as reader:
        return list(reader.entries), [failure.code for failure in reader.refused]


def test_a_reader_leaves_no_garbage(tmp_path, subtests):
    """It refers to its entries, of which there may be 150,000, and they to it."""
    (tmp_path / "a.json").write_text("{}")
    packed = zip_of({"a.json": NOTE})
    inputs = {"file": b"{}", "tar": tar_of({"a.json": NOTE}), "zip": packed, "folder": tmp_path,
              "zip in a zip": zip_of({"a.zip": packed}, zipfile.ZIP_STORED)}  # fmt: skip
    gc.collect()
    gc.disable()
    try:
        for kind, data in inputs.items():
            with open_reader(data if kind == "folder" else io.BytesIO(data), "a.json") as reader:
                names = list(reader.entries)
            del reader
            with subtests.test(kind=kind):
                assert (names, gc.collect()) == (["a.json"], 0)
    finally:
        gc.enable()


def test_a_name_that_leaves_the_archive_is_refused(subtests):
    for pack, name in itertools.product([zip_of, tar_of], NAMES):
        with subtests.test(pack=pack, name=name):
            assert names_in(pack({name: "a", "b.json": "b"})) == (["b.json"], ["unsafe_name"])


@pytest.mark.parametrize(
    "files",
    [
        {"a.json": NOTE},
        {"a.enex": "<en-export><note><title>a</title><content/></note></en-export>"},
        {f"{'1' * 32}.md": f"Milk\n\nid: {'1' * 32}\ntype_: 1"},
        {"notes.ndjson": b"", "account.json": ""},
    ],
    ids=["keep", "enex", "joplin", "cloud-notes"],
)
def test_markdown_beside_another_format_is_named_in_the_report(files):
    assert codes_of(read_all(zip_of(files))) == []
    assert codes_of(read_all(zip_of(files | {"notes/New.md": "Text"}))) == ["not_a_note"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_second_entry_of_a_name_is_refused():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.txt", "first")
        archive.writestr("./a.txt", "second")

    assert names_in(file.getvalue()) == (["a.txt"], ["duplicate_name"])


def test_a_link_in_a_zip_is_refused():
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16

    assert names_in(zip_of({link: "/etc/passwd", "a": "a"})) == (["a"], ["link"])


def test_links_and_pipes_in_a_folder_are_refused(tmp_path):
    (tmp_path / "a.json").write_text("{}")
    (tmp_path / "link.json").symlink_to("/etc/passwd")
    (tmp_path / "links").symlink_to("/etc")
    os.mkfifo(tmp_path / "pipe.json")

    with open_reader(tmp_path, "input") as reader:
        assert list(reader.entries) == ["a.json"]
        assert [failure.code for failure in reader.refused] == ["link"] * 3


def test_an_archive_with_too_many_entries_is_refused():
    data = zip_of({f"{number}.json": "" for number in range(101)})

    with pytest.raises(InputRefused, match="more than 100 files"):
        names_in(data, Limits(entries=100))


def test_an_entry_that_inflates_too_far_is_refused():
    data = zip_of({"bomb.json": b" " * (8 << 20), "milk.json": NOTE})

    items = read_all(data)

    assert titles_of(items) == ["Milk"]
    assert codes_of(items) == ["ratio"]


def test_an_entry_that_is_larger_than_it_says_is_refused():
    honest = zip_of({"milk.json": NOTE, "bomb.json": b" " * 100_000})
    size = (100_000).to_bytes(4, "little")
    lying = honest.replace(size, (10).to_bytes(4, "little"))

    items = read_all(lying)

    assert titles_of(items) == ["Milk"]
    assert codes_of(items) == ["damaged"]


def test_all_entries_together_may_not_inflate_too_far():
    data = zip_of({"milk.json": NOTE} | {f"{number}.json": b" " * 900_000 for number in range(20)})

    items = read_all(data, limits=Limits(inflated_bytes=5_000_000, ratio=1))

    assert titles_of(items) == ["Milk"]
    assert items[-1].source == ""
    assert items[-1].code == "too_large"


def test_reading_ends_when_the_time_is_used_up():
    data = zip_of({f"{number}.json": NOTE for number in range(3000)})

    with open_reader(io.BytesIO(data), "input", Limits(seconds_per_note=0)) as reader:
        chosen = detect_format(reader)
        reader.budget.seconds_left = 0.02
        items = list(read_drafts(reader, chosen))

    assert 0 < len(items) < 3000
    assert items[-1].code == "too_slow"


def test_notes_add_time_for_those_that_follow():
    budget = Budget(Limits(seconds=1, seconds_per_note=0.5), 0)
    budget.seconds_left = 0.25
    note = Draft("a", "Milk", "")

    budget.count_item(note)
    assert budget.seconds_left == 0.75

    budget.count_item(note)
    assert budget.seconds_left == 1


def test_what_is_read_twice_adds_time_once():
    budget = Budget(Limits(seconds=1, bytes_per_second=100), 10)
    budget.seconds_left = 0

    budget.take(10, 0)
    budget.take(10, 0)

    assert budget.seconds_left == 0.1


@pytest.mark.parametrize("pack", [zip_of, tar_of])
def test_a_truncated_archive_is_refused(pack):
    data = pack({"a.json": os.urandom(5000)})

    with pytest.raises(InputRefused, match="damaged or incomplete"):
        names_in(data[:3000])


def test_a_changed_byte_is_found():
    data = zip_of({"a.json": "milk"}, zipfile.ZIP_STORED).replace(b"milk", b"mild", 1)

    with open_reader(io.BytesIO(data), "input") as reader, pytest.raises(ItemRefused, match="checksum"):
        reader.entries["a.json"].read()


def test_what_an_operating_system_adds_is_not_read():
    junk = ["__MACOSX/._a.json", "._a.json", ".DS_Store", "b/Thumbs.db"]

    assert names_in(zip_of(dict.fromkeys([*junk, "a.json"], ""))) == (["a.json"], [])


def test_an_archive_in_front_of_which_something_was_put_is_read():
    assert names_in(zip_of({}) and b"PK\3\4 stub" + zip_of({"a": "", "b": ""})) == (["a", "b"], [])


def test_a_name_in_the_code_page_of_dos_is_read():
    data = zip_of({"m__lk.txt": ""}).replace(b"m__lk", b"m\x81\x99lk")

    assert names_in(data) == (["müÖlk.txt"], [])


def test_an_unknown_format_is_not_recognised():
    with open_reader(io.BytesIO(b"\x7fELF\0\0\0"), "program") as reader:
        assert detect_format(reader) is None
