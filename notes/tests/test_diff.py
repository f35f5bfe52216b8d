"""Unified diffs of two versions of a note."""

import random
import shutil
import subprocess
from functools import partial

import pytest

from notes.models.text_diff import common_runs, unified_diff
from notes_api.tests.cpu_time import cpu_seconds
from notes_api.tests.responses import field_errors

CONTENT = "--- content\tversion 1\n+++ content\tversion 2\n"
LONG = 2**20


@pytest.fixture
def note(phone):
    return phone.post("/notes", {"title": "Milk", "content": "one\ntwo\nthree\n", "tags": ["home"]}).json()["id"]


def diff(client, note, version=1, query=""):
    response = client.get(f"/notes/{note}/revisions/{version}/diff{query}")
    assert response.status_code == 200
    return response.json()


def test_an_earlier_text_is_compared_with_the_present_one(phone, note):
    phone.patch(f"/notes/{note}", {"content": "one\n2\nthree\n"})

    assert diff(phone, note) == {"from": 1, "to": 2, "diff": f"{CONTENT}@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n"}


def test_two_versions_are_compared_in_both_directions(phone, note):
    phone.patch(f"/notes/{note}", {"content": "one\n2\nthree\n"})
    phone.put(f"/notes/{note}", {"title": "Milk"})

    assert diff(phone, note, query="?to=2")["diff"].endswith("-two\n+2\n three\n")
    assert diff(phone, note, 3, "?to=2")["diff"].endswith("+one\n+2\n+three\n")


def test_title_and_tags_are_compared(phone, note):
    phone.patch(f"/notes/{note}", {"title": "Bread", "tags": ["home", "shop"]})

    assert diff(phone, note)["diff"] == (
        "--- title\tversion 1\n+++ title\tversion 2\n@@ -1 +1 @@\n-Milk\n+Bread\n"
        "--- tags\tversion 1\n+++ tags\tversion 2\n@@ -1 +1,2 @@\n home\n+shop\n"
    )


def test_a_version_does_not_differ_from_itself(phone, note):
    assert diff(phone, note) == {"from": 1, "to": 1, "diff": ""}


@pytest.mark.parametrize("content", ["one\n2\nthree\n", "one\ntwo\nthree\n"])
def test_the_diff_alone_is_text(phone, note, content):
    phone.patch(f"/notes/{note}", {"content": content})

    response = phone.get(f"/notes/{note}/revisions/1/diff", headers={"Accept": "text/x-diff"})

    assert response.headers["Content-Type"] == "text/x-diff; charset=utf-8"
    assert response.content.decode() == diff(phone, note)["diff"]


@pytest.mark.parametrize("path", ["7/diff", "1/diff?to=7"])
def test_an_unknown_version_is_not_found(phone, note, path):
    assert phone.get(f"/notes/{note}/revisions/{path}").status_code == 404


def test_an_invalid_version_is_an_error(phone, note, subtests):
    for to in ["", "0", "-1", "x", "1.0", "9" * 30]:
        with subtests.test(to=to):
            assert field_errors(phone.get(f"/notes/{note}/revisions/1/diff?to={to}"))[0][0] == "to"


def test_a_note_in_the_trash_has_no_diff(phone, note):
    phone.delete(f"/notes/{note}")

    assert phone.get(f"/notes/{note}/revisions/1/diff").status_code == 404


def test_the_text_of_another_user_is_not_found(as_user, mallory, note):
    assert as_user(mallory).get(f"/notes/{note}/revisions/1/diff").status_code == 404


def texts(seed):
    """Short texts of few different lines, so that many lines are repeated."""
    chance = random.Random(seed)
    return ["\n".join(chance.choices("ab\r ", k=chance.randint(0, 9))) + chance.choice(["", "\n"]) for _ in range(2)]


@pytest.mark.skipif(shutil.which("patch") is None, reason="patch is not installed")
def test_patch_applies_the_diff(tmp_path, subtests):
    for seed in range(30):
        with subtests.test(seed=seed):
            before, after = texts(seed)
            file = tmp_path / "content"
            file.write_bytes(before.encode())

            patch = "".join(unified_diff("content", before, after, (1, 2)))
            subprocess.run(["patch", "--silent", "--binary", file], input=patch.encode(), check=True)

            assert (file.read_bytes() if file.exists() else b"").decode() == after


def longest(old, new):
    lengths = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for x, left in enumerate(old):
        for y, right in enumerate(new):
            lengths[x + 1][y + 1] = lengths[x][y] + 1 if left == right else max(lengths[x][y + 1], lengths[x + 1][y])
    return lengths[-1][-1]


SEEDS = range(30)


def test_as_many_lines_as_possible_stay(subtests):
    for seed in SEEDS:
        with subtests.test(seed=seed):
            old, new = (text.split("\n") for text in texts(seed))

            assert sum(size for _, _, size in common_runs(old, new)) == longest(old, new)


def shuffled(lines):
    return "\n".join(random.Random(1).sample(lines, len(lines)))


def hostile_texts():
    lines = [str(number) for number in range(LONG // 8)]
    return {
        "empty lines": ("\n" * LONG, "\n" * (LONG // 2) + "x" + "\n" * (LONG // 2 - 1)),
        "two lines": ("a\nb\n" * (LONG // 4), "b\na\n" * (LONG // 4)),
        "another order": ("\n".join(lines), shuffled(lines)),
        "every second line": tuple("".join(f"{n}\n{each}{n}\n" for n in lines)[:LONG] for each in "ab"),
        "few repeated lines": ("\n".join("abcdefgh" * 2000), shuffled("abcdefgh" * 2000)),
        "one line": ("x" * LONG, "y" * LONG),
    }


def difference(before, after):
    return list(unified_diff("content", before, after, (1, 2)))


def test_no_texts_take_seconds(subtests):
    for name, texts in hostile_texts().items():
        with subtests.test(name=name):
            spent, parts = cpu_seconds(partial(difference, *texts))

            assert spent < 1
            assert len(parts) > 3


def test_a_change_at_both_ends_of_a_long_text_is_small():
    before = "\n".join(str(number) for number in range(20_000))
    after = before.replace("19999", "end").replace("0\n1\n", "start\n", 1)

    assert len("".join(unified_diff("content", before, after, (1, 2)))) < 300
