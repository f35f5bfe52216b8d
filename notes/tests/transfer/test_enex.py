"""Evernote."""

import base64
from datetime import UTC, datetime
from hashlib import md5, sha256

import pytest

from notes.tests.transfer.inputs import codes_of, read_all, read_one, titles_of, zip_of
from notes.transfer.budget import Limits
from notes.transfer.draft import Attachment

DOCTYPE = '<!DOCTYPE en-export SYSTEM "http://xml.evernote.com/pub/evernote-export4.dtd">'
PICTURE = b"\x89PNG a picture"
MARK = f"attachment:{sha256(PICTURE).hexdigest()}"
RESOURCE = f"""<resource><data encoding="base64">
{base64.encodebytes(PICTURE).decode()}</data><mime>image/png</mime>
<resource-attributes><file-name>a/b [1].png</file-name></resource-attributes></resource>"""


def enex(*notes, doctype=DOCTYPE):
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{doctype}\n<en-export>{"".join(notes)}</en-export>'.encode()


def note(body, title="Milk", more=""):
    head = '<?xml version="1.0"?><!DOCTYPE en-note SYSTEM "http://xml.evernote.com/pub/enml2.dtd">'
    return f"""<note><title>{title}</title><content><![CDATA[{head}<en-note>{body}</en-note>]]></content>
<created>\n 20230121T093733Z </created><updated>20230122T000000Z</updated>{more}</note>"""


def markdown_of(body, more=""):
    return read_one(enex(note(body, more=more)), "a.enex").content


def test_a_note_has_all_that_evernote_says_about_it():
    draft = read_one(enex(note("<div>One</div><div>Two</div>", "A &amp; b", "<tag>x y</tag><tag>z</tag>")), "a.enex")

    assert draft.title == "A & b"
    assert draft.content == "One\nTwo"
    assert draft.tags == ("x y", "z")
    assert draft.created_at == datetime(2023, 1, 21, 9, 37, 33, tzinfo=UTC)
    assert draft.updated_at == datetime(2023, 1, 22, tzinfo=UTC)
    assert draft.source == "a.enex, note 1"


CONVERTED = [
    ("<div>a</div><div><br/></div><div>b<br/>c</div>", "a\n\nb\nc"),
    ("<b>a</b> <i>b</i> <s>c</s> <u>d</u> <code>e*</code>", "**a** *b* ~~c~~ d `e*`"),
    ("<span style='font-weight: bold; font-style: italic'>a </span>b", "***a*** b"),
    ("<h1>a</h1><h3>b</h3><hr/>c", "# a\n\n### b\n\n---\n\nc"),
    (
        "<ul><li>a</li><ul><li>b</li></ul><li>c<ol><li>d</li><li>e</li></ol></li></ul>",
        "- a\n  - b\n- c\n  1. d\n  2. e",
    ),
    ('<ol start="3"><li>a</li><ol><li>b</li></ol><li>c</li></ol>', "3. a\n   1. b\n4. c"),
    ('<ul style="--en-todo: true;"><li style="--en-checked:true;">a</li><li>b</li></ul>', "- [x] a\n- [ ] b"),
    ('<div><en-todo checked="true"/>a</div><div><b><en-todo/></b>b</div>', "- [x] a\n- [ ] b"),
    ('<ul><li><en-todo checked="false"/>a</li></ul>', "- [ ] a"),
    (
        "<table><tbody><tr><td>a|b</td><td colspan='2'>c<br/>d</td></tr><tr><td><div>e</div></td></tr></table>",
        "| a\\|b | c d | |\n| --- | --- | --- |\n| e |",
    ),
    (
        '<a href="https://example.org/a (b)">c*</a> <a href="tel:1">1</a>',
        "[c\\*](https://example.org/a%20%28b%29) [1](tel:1)",
    ),
    ('<a href="https://example.org/"></a>', "<https://example.org/>"),
    (
        "# a<br/>&gt; b<div>- c</div><div>---</div><div>```</div><b># d</b> # e",
        "\\# a\n\\> b\n\\- c\n\\---\n\\```\n**# d** # e",
    ),
    ("<div><span># a</span></div><div><u>- b</u></div><i># c</i>", "\\# a\n\\- b\n*# c*"),
    ("<div><span><span>1. a</span></span><br/><span> </span></div>", "1\\. a"),
    ("<div>a\n# b\nc\n- d<br/>\n1 e</div>", "a # b\nc - d\n1 e"),
    ("<p>a<br/>\nb<br/>\n<br/>\nc</p><pre>a<br/>  b</pre>", "a\nb\n\nc\n\n```\na\n  b\n```"),
    ("<div>1. a</div>12) b<br/>3.c 4. d<div> 5.</div>", "1\\. a\n12\\) b\n3.c 4. d\n5\\."),
    ("<blockquote>a</blockquote>", "> a"),
    ('<div style="-en-codeblock:true"><div>a*</div><div>\u00a0```</div></div>', "````\na*\n ```\n````"),
    ('<div style="--en-codeblock:true;--en-codeblockLanguage:c;">a&lt;&lt;2</div>', "```c\na<<2\n```"),
    ("<pre>a\n  b</pre>", "```\na\n  b\n```"),
    ("*a* _b_ c_d &lt;b> &scaron; &nosuch; &#x41;", "\\*a\\* \\_b\\_ c_d \\<b> š &nosuch; A"),
    ('<en-crypt hint="h">x</en-crypt>', "[encrypted, hint: h]x".removesuffix("x")),
    ("<script>a()</script><style>b</style><!-- c -->d", "d"),
    ("<table><tr<td>a</td></tr></table", "| a |\n| --- |"),
    ("a<b> </b>b<i>\nc</i> <b>d&#160;</b>e<u> f</u><s>&#160;g</s>", "a b\n*c* **d** e f ~~g~~"),
    ("a<b><br/></b>b<b><br/>c</b>", "a\nb\n**c**"),
    ('a<a href="https://example.org/">&#160;b&#160;</a>c<a href="#d"> </a>d', "a [b](https://example.org/) c d"),
    ('<div><b><en-todo checked="true"/>a</b></div><div><i><b><en-todo/>b</b></i></div>', "- [x] **a**\n- [ ] ***b***"),
    ("<b>a</b> <fn-cache>b</fn-cache><soup>c</soup>", "**a** bc"),
    (f"a&#{'1' * 5000};", f"a&#{'1' * 5000};"),
    ('<a href="foo">foo</a> <a href="a@b.example">a@b.example</a>', "[foo](foo) <a@b.example>"),
    ('a<a href="https://a.example/_b"> https://a.example/_b</a>', "a <https://a.example/_b>"),
    ('<a href="a b\u2003(c)">d</a>', "[d](a%20b%E2%80%83%28c%29)"),
    ("<blockquote>a<br/><br/>b<blockquote>c</blockquote></blockquote>", "> a\n>\n> b\n> > c"),
    ("<ul><li>a<pre>b\n\nc</pre></li></ul>", "- a\n\n  ```\n  b\n\n  c\n  ```"),
    ("__a__ b__c ___", r"\_\_a\_\_ b\_\_c \_\_\_"),
    ("<div>a</div><div>===</div><div>b</div><div>--</div><div>~~~</div>c", "a\n\\===\nb\n\\--\n\\~~~\nc"),
]


def test_enml_becomes_markdown(subtests):
    for body, markdown in CONVERTED:
        with subtests.test(body=body, markdown=markdown):
            assert markdown_of(body) == markdown


def test_files_are_attachments_where_the_text_has_them_or_at_its_end():
    place = f'a <en-media type="image/png" hash="{md5(PICTURE).hexdigest()}"/> b'
    draft = read_one(enex(note(place, more=RESOURCE)), "a.enex")

    assert draft.content == f"a ![b \\[1\\].png]({MARK}) b"
    assert draft.attachments == (Attachment("b [1].png", "image/png", sha256(PICTURE).hexdigest(), len(PICTURE)),)
    assert markdown_of("a", RESOURCE) == f"a\n\n![b \\[1\\].png]({MARK})"
    assert markdown_of('<en-media hash="0"/>', RESOURCE) == f"![b \\[1\\].png]({MARK})"
    assert markdown_of('<en-media hash="0"/>') == "![0](0)"


def test_a_picture_in_a_data_url_is_an_attachment():
    data = base64.b64encode(PICTURE).decode()

    assert markdown_of(f'<img alt="dot" src="data:image/png;base64,{data}"/>') == f"![dot]({MARK})"


def test_tasks_are_where_their_group_is():
    due = "<dueDate>20220528T215959Z</dueDate>"
    task = "<task><title>{}</title><taskStatus>{}</taskStatus><sortWeight>{}</sortWeight>{}</task>"
    group = "<taskGroupNoteLevelID>g-1</taskGroupNoteLevelID>"
    tasks = (
        task.format("b", "open", "B", group + due)
        + task.format("a", "completed", "A", group)
        + task.format("c", "", "", "")
    )

    markdown = markdown_of('x<div style="--en-task-group:true; --en-id:g-1;">Not supported</div>y', tasks)

    assert markdown == "x\n\n- [x] a\n- [ ] b (due 2022-05-28)\n\ny\n\n- [ ] c"


def test_what_has_no_place_in_a_note_is_a_warning_or_a_line():
    more = "<note-attributes><reminder-time>20250101T000000Z</reminder-time><source-url>https://a.example/</source-url></note-attributes>"
    flag = "<task><title>b</title><taskFlag>true</taskFlag></task>"
    damaged = "<resource><data>abc\u00e9</data></resource>"
    draft = read_one(enex(note("a", more=more + flag + damaged)), "a.enex")

    assert draft.content == "a\n\n- [ ] b\n\nSource: <https://a.example/>"
    assert draft.warnings == (
        'The file "file 1" is damaged.',
        "A task in a note has no flag: it was left out.",
        "A note has no reminder: that of 20250101T000000Z was left out.",
    )


def test_an_invalid_time_is_a_warning():
    draft = read_one(enex("<note><title>a</title><content/><created>10101T000000Z</created></note>"), "a.enex")

    assert draft.created_at is None
    assert draft.warnings == ('The time "10101T000000Z" is not valid and was left out.',)


def test_a_section_that_ends_too_early_is_repaired():
    assert markdown_of("<div>a</div><![CDATA[>]]><div>b</div>]]") == "a\nb\n]]"


def test_the_notes_before_damaged_xml_are_read():
    items = read_all(zip_of({"a.enex": enex(note("a"), "<note><b></note>"), "b.enex": enex(note("b", "B"))}))

    assert titles_of(items) == ["Milk", "B"]
    assert codes_of(items) == ["invalid_xml"]


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE en-export SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
        DOCTYPE + DOCTYPE,
    ],
)
def test_another_document_type_is_refused(doctype):
    assert codes_of(read_all(enex(note("&x;&b;"), doctype=doctype), "a.enex")) == ["invalid_xml"]


def test_entities_and_files_in_the_text_are_not_resolved():
    body = "a]]></content></note>"
    doctype = '<!DOCTYPE en-note [<!ENTITY x SYSTEM "file:///etc/passwd">]>'

    assert "root:" not in str(
        read_all(enex(f"<note><title>a</title><content><![CDATA[{doctype}<en-note>&x;{body}"), "a.enex")
    )


def test_a_text_that_is_too_long_fails_alone():
    items = read_all(enex(note("x" * (5 << 20)), note("<div>y</div>", "B")), "a.enex")

    assert titles_of(items) == ["B"]
    assert codes_of(items) == ["content_too_large"]


def test_the_notes_of_an_input_share_a_number_of_tags():
    limits = Limits(markup=50, bytes_per_markup=1 << 20, markup_per_note=10)
    notes = [note("<b>a</b>" * 20, title) for title in ("A", "B")]

    items = read_all(enex(*notes, note("c", "C")), "a.enex", limits)

    assert titles_of(items) == ["A", "C"]
    assert codes_of(items) == ["too_much_markup"]


def test_a_note_with_too_many_elements_is_refused():
    assert codes_of(read_all(enex(note("<div>" * 30_001)), "a.enex")) == ["content_too_large"]


def test_elements_that_are_nested_without_end_keep_their_text():
    assert markdown_of("<div>" * 14_000 + "a" + "</div>" * 14_000) == "a"
    assert markdown_of("<ul><li>" * 100 + "a").strip().endswith("- a")
