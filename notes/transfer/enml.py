"""Evernote's notes to Markdown: what ENML has besides HTML. Imported where it is used: see `html_markdown`."""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from urllib.parse import unquote_to_bytes

from notes.transfer.added_lines import task_line
from notes.transfer.attachments import Attachments, describe_bytes
from notes.transfer.budget import Budget
from notes.transfer.draft import Attachment
from notes.transfer.html_markdown import Converter, Names
from notes.transfer.html_tree import Element, attribute, lines_in, style_of
from notes.transfer.markdown_blocks import fenced

DATA_URL = re.compile(r"data:([\w/+.-]{0,255}+)((?:;[\w=-]++){0,9}+),", re.ASCII)
# Characters of a data URL that are written as `%20`. Reading one takes 200 bytes of memory.
MAX_ESCAPED = 100_000
BOX = re.compile(r"\n?(?:- )?\[[x ]\] ")
DAY = re.compile(r"(\d{4})(\d\d)(\d\d)T", re.ASCII)
CODE_LANGUAGE = re.compile(r"--en-codeblockLanguage:\s*([^;]+)")
TASK_GROUP = re.compile(r"--en-id:([\w-]+)")


@dataclass(slots=True)
class Task:
    group: str
    order: str
    line: str


@dataclass(slots=True)
class Parts:
    """What belongs to a note beside its text. `resources` are by MD5, which the text refers to."""

    resources: dict[str, Attachment] = field(default_factory=dict)
    tasks: list[Task] = field(default_factory=list)
    files: Attachments = field(default_factory=Attachments)


class EnmlConverter(Converter):
    def __init__(self, parts: Parts, budget: Budget) -> None:
        super().__init__(budget)
        self.parts = parts
        self.used: set[str] = set()
        # Those that the text has not shown yet. It shows each once, however often it names it.
        self.groups: dict[str, list[Task]] = {}
        for task in parts.tasks:
            self.groups.setdefault(task.group, []).append(task)

    def convert(self, markup: str) -> str:
        """Return the Markdown, with the tasks and files to which the text does not refer at its end."""
        text = super().convert(markup)
        loose_tasks = list(chain.from_iterable(self.groups.values()))
        loose_files = [file for key, file in self.parts.resources.items() if key not in self.used]
        lines = [checklist(loose_tasks), "\n".join(map(self.parts.files.place, loose_files))]
        return "\n\n".join(filter(None, [text, *lines]))

    def process_tag(self, node: Element, parent_tags: Names) -> str:
        compact = style_of(node) if node.name == "div" else ""
        if "-en-codeblock:true" in compact:
            language = CODE_LANGUAGE.search(compact)
            return fenced(lines_in(node).strip("\n"), language[1].strip() if language else "")
        if "--en-task-group:true" in compact and (group := TASK_GROUP.search(compact)) and group[1] in self.groups:
            return f"\n\n{checklist(self.groups.pop(group[1]))}\n\n"
        return super().process_tag(node, parent_tags)

    def convert_div(self, el: Element, text: str, parent_tags: Names) -> str:
        """A line. An empty one is a blank line."""
        if "_inline" in parent_tags:
            return f" {text.strip()} "
        return f"\n{text.strip()}\n" if text.strip() else "\n\n"

    def convert_br(self, el: Element, text: str, parent_tags: Names) -> str:
        return " " if "_inline" in parent_tags else "\n"

    def box(self, item: Element) -> str:
        if item.parent is None or "--en-todo:true" not in style_of(item.parent):
            return ""
        return "[x] " if "--en-checked:true" in style_of(item) else "[ ] "

    def convert_en_todo(self, el: Element, text: str, parent_tags: Names) -> str:
        box = "[x] " if attribute(el, "checked") == "true" else "[ ] "
        return box if parent_tags & {"li", "td", "th"} else f"\n- {box}"

    def surround(self, text: str, mark: str, parent_tags: Names) -> str:
        box = BOX.match(text)
        start = box.end() if box else 0
        return text[:start] + super().surround(text[start:], mark, parent_tags)

    def convert_span(self, el: Element, text: str, parent_tags: Names) -> str:
        """Old notes have their style in CSS alone."""
        style = style_of(el)
        if not text.strip() or "\n" in text or "_noformat" in parent_tags:
            return text
        for mark, css in (("**", "font-weight:bold"), ("*", "font-style:italic"), ("~~", "line-through")):
            if css in style:
                text = self.surround(text, mark, parent_tags)
        return text

    def convert_en_media(self, el: Element, text: str, parent_tags: Names) -> str:
        key = attribute(el, "hash").lower()
        resources = self.parts.resources
        if key not in resources and len(resources) == 1:
            # Old versions of Evernote changed pictures without changing their hash.
            key = next(iter(resources))
        self.used.add(key)
        found = resources.get(key)
        return self.parts.files.place(found) if found else self.parts.files.missing(key[:64] or "file")

    def convert_en_crypt(self, el: Element, text: str, parent_tags: Names) -> str:
        hint = attribute(el, "hint").strip()
        self.parts.files.warnings.append("An encrypted part of the text was left out: decrypt it and export it again.")
        return f"[encrypted{f', hint: {hint}' if hint else ''}]"

    def convert_img(self, el: Element, text: str, parent_tags: Names) -> str:
        source = attribute(el, "src")
        if not (found := DATA_URL.match(source)):
            return str(super().convert_img(el, text, parent_tags))
        data = decode_data(source[found.end() :], is_base64=";base64" in found[2])
        name = attribute(el, "alt") or "image"
        return self.parts.files.place(describe_bytes(data, name, found[1])) if data else name


def checklist(tasks: Sequence[Task]) -> str:
    return "\n".join(task.line for task in sorted(tasks, key=lambda task: task.order))


def make_task(title: str, status: str, due: str, group: str, order: str) -> Task:
    day = DAY.match(due)
    return Task(group, order, task_line(title, "-".join(day.groups()) if day else "", is_done=status == "completed"))


def decode_data(text: str, *, is_base64: bool) -> bytes:
    if text.count("%") > MAX_ESCAPED:
        return b""
    try:
        return base64.b64decode(unquote_to_bytes(text)) if is_base64 else unquote_to_bytes(text)
    except binascii.Error:
        return b""
