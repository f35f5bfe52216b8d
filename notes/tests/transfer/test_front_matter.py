"""The front matter of Markdown files."""

import pytest

from notes.tests.transfer.inputs import read_one, zip_of
from notes.transfer.front_matter import split_front_matter


def note_of(text, name="Milk.md"):
    return read_one(zip_of({name: text}))


@pytest.mark.parametrize(
    ("front", "title", "tags"),
    [
        ("---\ntitle: 001\ntags: a, b\n---\n", "001", ("a", "b")),
        ("---\nTITLE: |-\n  First\n  Second\nTag: a b\n...\n", "First Second", ("a", "b")),
        ('---\ntitle: "Say: milk"\ntags: ["#a", null, [b, c], {d: e}]\n---\n', "Say: milk", ("a", "b/c")),
        ("---\ntitle:\ntags: []\ncategories:\n- '[[Trips|x]]'\n---\n", "file", ("Trips",)),
        ('+++\ntitle = "Milk"\ntags = ["a"]\ndate = 2023-07-07\n[menu]\nx = 1\n+++\n', "Milk", ("a",)),
        ('{\n"title": "Milk", "tags": ["a"]\n}\n', "Milk", ("a",)),
        ("---\ntitle: Milk\ntags:\n\t- a\n - b\n---\n", "Milk", ("a", "b")),
        ("---\n---\n", "file", ()),
    ],
)
def test_front_matter_has_many_forms(front, title, tags):
    note = note_of(f"{front}\nText\n", "file.md")

    assert (note.title, note.tags) == (title, tags)
    assert note.content.endswith("Text\n")
    assert "title" not in note.content.lower()


@pytest.mark.parametrize(
    "text",
    [
        "---\nnot closed: 1\n",
        "---\nA rule, not a mapping\n---\n",
        "+++\nno toml\n+++\n",
        "{\nno json",
        "----\na: b\n---\n",
        f"+++\n{'a.' * 20}a = 1\n+++\n",
        f"+++\na = '{'b' * 5000}'\n+++\n",
    ],
)
def test_what_only_looks_like_front_matter_is_text(text):
    assert note_of(text).content == text
    assert note_of(text).warnings == ()


@pytest.mark.parametrize(
    "value",
    ["&a [x]", "&a {b: c}", "*a", "!!python/name:os.system", "[" * 20 + "]" * 20, f"[{'x,' * 2000}]"],
    ids=["list", "mapping", "alias", "tag", "deep", "many"],
)
def test_anchors_aliases_tags_and_large_values_of_yaml_are_text(value):
    found = split_front_matter(f"---\ntitle: Milk\nother: {value}\n---\n")

    assert found.values == {"title": "Milk", "other": value}
    assert found.warnings == ["The front matter is not valid YAML; it was read line by line."]


@pytest.mark.parametrize(
    ("lines", "left"),
    [
        ("  to the sea\n# One\n", "  to the sea\n# One\n"),
        ("tags:\n- a\n  b\n# One\n", "  b\n# One\n"),
        ("tags: a\n- b\n# One\n", "# One\n"),
        ("author:\n  name: Bob\n", "author:\n  name: Bob\n"),
        ("aliases: |\n  One\n  Two\n", "aliases: |\n  One\n  Two\n"),
        ("draft:\n# One\n\n", "# One\n"),
    ],
)
def test_what_is_no_value_of_front_matter_that_is_not_valid_yaml_stays_in_the_text(lines, left):
    note = note_of(f"---\ntitle: My: trip\n{lines}---\nText")

    assert (note.title, note.content) == ("My: trip", f"---\n{left}---\n\nText")


def test_quotes_and_lists_are_read_where_front_matter_is_not_valid_yaml():
    lines = "title: Say \"milk\"\nplace: Oslo: harbour\ntags: [a, 'b c', \"d\",]\ncategories:\n- 'e'\n- Mary's\n"
    note = note_of(f"---\n{lines}---\nText")

    assert (note.title, note.tags) == ('Say "milk"', ("a", "b c", "d", "e", "Mary's"))
    assert note.content == "---\nplace: Oslo: harbour\n---\n\nText"


def test_a_text_below_a_name_is_not_lost_where_front_matter_is_not_valid_yaml():
    note = note_of("---\ntitle: >-\n  My trip\nplace: Oslo: harbour\ntags: a\n- b\n---\nText", "file.md")

    assert (note.title, note.tags) == ("file", ("a", "b"))
    assert note.content == "---\ntitle: >-\n  My trip\nplace: Oslo: harbour\n---\n\nText"


def test_what_is_said_twice_and_comments_stay_in_the_text():
    lines = "# One\ntitle: Milk\n# Two\nTags: [a]\ntags: [b]\ncategory: {c: d}\n"
    note = note_of(f"---\n{lines}---\nText")

    assert (note.title, note.tags) == ("Milk", ("a",))
    assert note.content == "---\n# One\n# Two\ntags: [b]\ncategory: {c: d}\n---\n\nText"
    assert split_front_matter('{\n"a": "1", "A": "2"\n}').rest() == '---\na: "1"\nA: "2"\n---\n'
    assert split_front_matter('{\n"a": 1, "a": 2\n}').rest() == '{\n"a": 1, "a": 2\n}'


@pytest.mark.parametrize(
    ("lines", "left"),
    [
        ("title: 'It''s issue #1'\n", ""),
        ("title: >-\n  issue #12 and more\n", ""),
        ("title: |-\n  # Heading\n", ""),
        ("tags:\n- 'don''t #x'\n", ""),
        ('title: "say \\" #1"\n', ""),
        ("title: Milk\n  #1 and\n", "#1 and\n"),
        ("title: äöü 😀 'x\ntags: ['#a''', b, # One\n  c]\n", "# One\n"),
        ("title: |- # One\n  # Heading\n\n# Two\ntags: a#b\n", "# One\n# Two\n"),
    ],
)
def test_what_looks_like_a_comment_in_a_value_is_not_one(lines, left):
    assert note_of(f"---\n{lines}---\nText").content == (f"---\n{left}---\n\nText" if left else "Text")


def test_comments_beside_values_stay_in_the_text():
    yaml = "---\ntitle: 'a # b' # One\ntags: #Two\nother: c # Three\n---\nText"
    toml = '+++\n# One\ntitle = """\n# a""" # Two\ntags = ["#b\\"", \'#c\'] # Three\nother = "d"\n+++\nText'

    assert note_of(yaml).content == "---\n# One\n#Two\nother: c # Three\n---\n\nText"
    assert note_of(toml).content == '---\n# One\n# Two\n# Three\nother: "d"\n---\n\nText'


@pytest.mark.parametrize(
    "line", ["pinned: perhaps", "archived: [true]", "tags: [a, {b: c}]", "category: [[a, [b]]]", "keywords: {a: b}"]
)
def test_a_flag_or_tag_that_cannot_be_read_stays_in_the_text(line):
    note = note_of(f"---\n{line}\n---\nText")

    assert note.content == f"---\n{line}\n---\n\nText"


@pytest.mark.parametrize("line", ["pinned: No", "archived: 'true '", "tags: [a, ~]", "categories: [[a, b]]", "tag: a"])
def test_a_flag_or_tag_that_is_read_does_not_stay_in_the_text(line):
    assert note_of(f"---\n{line}\n---\nText").content == "Text"


def test_a_date_that_cannot_be_read_stays_in_the_text():
    note = note_of("---\ncreated: 09/08/2021\n---\nText")

    assert note.created_at is None
    assert note.content == "---\ncreated: 09/08/2021\n---\n\nText"
    assert note.warnings == ('"created" in the front matter is not a date that can be read.',)


@pytest.mark.parametrize(
    "text",
    [
        '{\n"a": ' + "[" * 18 + "]" * 18 + "}\nText",
        "+++\na = " + "[" * 18 + "]" * 18 + "\n+++\nText",
        # It has 4,816 digits in decimal: more than Python writes.
        f"+++\na = 0x{'f' * 4000}\n+++\nText",
    ],
    ids=["deep JSON", "deep TOML", "a long hexadecimal number"],
)
def test_front_matter_that_takes_too_long_is_text(text):
    assert note_of(text).content == text
