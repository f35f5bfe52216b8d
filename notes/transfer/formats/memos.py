"""memos: what its API lists, `GET /api/v1/memos`, of all versions since 0.9."""

from collections.abc import Iterator
from datetime import datetime

from notes.transfer.attachments import Attachments
from notes.transfer.budget import Budget, ItemRefused
from notes.transfer.draft import Draft, Failure, Options
from notes.transfer.drafting import RawNote, from_epoch, make_draft, time_in
from notes.transfer.json_items import records_of
from notes.transfer.json_values import Record
from notes.transfer.markdown_text import count_markup, hashtags_in
from notes.transfer.reader import TRIES, BoundedReader, Entry
from notes.transfer.text_decoding import plain_lines

# The list is a member of the answer, or the answer itself.
LISTS = ("memos", "data", "")


def detect(reader: BoundedReader) -> bool:
    return any(map(is_list, reader.candidates(".json")[:TRIES]))


def is_list(entry: Entry) -> bool:
    head = entry.head()
    is_new = b'"memos"' in head and b'"createTime"' in head
    return b'"content"' in head and (is_new or (b'"rowStatus"' in head and b'"createdTs"' in head))


def read(reader: BoundedReader, options: Options) -> Iterator[Draft | Failure]:
    return reader.each(filter(is_list, reader.candidates(".json")), read_memos)


def read_memos(entry: Entry) -> Iterator[Draft | Failure]:
    for number, memo in enumerate(records_of(entry, *LISTS), start=1):
        source = f"{entry.name}, memo {number}"
        try:
            yield read_memo(source, memo, entry.reader.budget)
        except ItemRefused as refusal:
            yield Failure(source, refusal.code, str(refusal))


def read_memo(source: str, memo: Record, budget: Budget) -> Draft | Failure:
    """Raises `ItemRefused` if it takes too long to find the tags in the text."""
    files = Attachments()
    text = plain_lines(memo.text("content"))
    count_markup(text, budget, hashtags=True)
    places = "\n".join(files.missing(name_of(file)) for file in attachments_of(memo))
    return make_draft(
        RawNote(
            source=source,
            key=memo.text("uid") or memo.text("name") or old_id(memo),
            title="",
            content="\n\n".join(filter(None, [text, places])),
            tags=[*memo.texts("tags"), *memo.record("property").texts("tags"), *hashtags_in(text)],
            created_at=read_time(memo, "createTime", "createdTs", files.warnings),
            updated_at=read_time(memo, "updateTime", "updatedTs", files.warnings),
            is_pinned=memo.flag("pinned"),
            is_archived="ARCHIVED" in (memo.text("state"), memo.text("rowStatus")),
            warnings=files.warnings,
        )
    )


def old_id(memo: Record) -> str:
    """Old versions count the memos. A hostile one may have a list of any size here."""
    number = memo.get("id")
    return str(number) if isinstance(number, int) else ""


def attachments_of(memo: Record) -> list[Record]:
    return memo.records("attachments") or memo.records("resources") or memo.records("resourceList")


def name_of(file: Record) -> str:
    return file.text("filename") or file.text("name") or "file"


def read_time(memo: Record, name: str, old_name: str, warnings: list[str]) -> datetime | None:
    return time_in(memo.text(name), warnings) or from_epoch(memo.get(old_name), 1)
