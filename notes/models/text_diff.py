"""Unified diffs of two states of a note, computed within a fixed amount of work."""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from difflib import Match, SequenceMatcher
from itertools import chain
from typing import Any

Text = Mapping[str, Any]  # Any: each field has its own type

# Comparisons of lines, for which a processor needs a tenth of a second. What would take more is shown as replaced.
MAX_STEPS = 200_000
# The most lines, of both texts together, among which common ones are searched.
MAX_LINES = 50_000
# Lines around each change.
CONTEXT = 3
NO_NEWLINE = "\\ No newline at end of file\n"


def diff_states(before: Text, after: Text, versions: tuple[int, int]) -> str:
    """Return the diff of titles, tags and contents, each as a file of that name; empty if nothing differs."""
    parts = zip(render_state(before).items(), render_state(after).values(), strict=True)
    return "".join(chain.from_iterable(unified_diff(name, old, new, versions) for (name, old), new in parts))


def render_state(text: Text) -> dict[str, str]:
    """Return title, tags and content as texts, with a tag in each line."""
    tags = "".join(f"{tag}\n" for tag in text["tags"])
    return {"title": f"{text['title']}\n", "tags": tags, "content": text["content"]}


def unified_diff(name: str, before: str, after: str, versions: tuple[int, int]) -> Iterator[str]:
    """Yield the parts of a diff that `patch` can apply to the text; none if nothing differs."""
    if before == after:
        return
    old, new = split_lines(before), split_lines(after)
    yield f"--- {name}\tversion {versions[0]}\n"
    yield f"+++ {name}\tversion {versions[1]}\n"
    for group in LineMatcher(old, new).get_grouped_opcodes(CONTEXT):
        (_, old_start, _, new_start, _), (_, _, old_end, _, new_end) = group[0], group[-1]
        yield f"@@ -{render_range(old_start, old_end)} +{render_range(new_start, new_end)} @@\n"
        for tag, old_start, old_end, new_start, new_end in group:
            if tag == "equal":
                yield render_lines(" ", old[old_start:old_end])
            else:
                yield render_lines("-", old[old_start:old_end])
                yield render_lines("+", new[new_start:new_end])


def split_lines(text: str) -> list[str]:
    """Split after each line feed only: other line ends are characters of a line."""
    *lines, rest = text.split("\n")
    return [f"{line}\n" for line in lines] + ([rest] if rest else [])


def render_range(start: int, end: int) -> str:
    """Return the range as POSIX defines it for `diff -u`: an empty one follows the line before it."""
    length = end - start
    return str(start + 1) if length == 1 else f"{start + bool(length)},{length}"


def render_lines(mark: str, lines: Sequence[str]) -> str:
    """Return the lines, each with the mark in front. Only the last line of a text may have no line feed."""
    if not lines:
        return ""
    text = mark + mark.join(lines)
    return text if text.endswith("\n") else f"{text}\n{NO_NEWLINE}"


class LineMatcher(SequenceMatcher[str]):
    """Finds the common lines in bounded time. The base class takes minutes for some texts of 1 MiB."""

    def __init__(self, old: Sequence[str], new: Sequence[str]) -> None:
        super().__init__()
        self.a, self.b = old, new

    def get_matching_blocks(self) -> list[Match]:
        """Return the runs of common lines, and at the end one without lines, as the base class does."""
        blocks: list[Match] = []
        for old, new, size in common_runs(self.a, self.b):
            if blocks and (blocks[-1].a + blocks[-1].size, blocks[-1].b + blocks[-1].size) == (old, new):
                blocks[-1] = blocks[-1]._replace(size=blocks[-1].size + size)
            elif size:
                blocks.append(Match(old, new, size))
        return [*blocks, Match(len(self.a), len(self.b), 0)]


def common_runs(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Yield where runs of lines that stay begin in both texts, and their lengths.

    Together they are a longest common subsequence, or a shorter one if that takes too long.
    """
    shorter = min(len(old), len(new))
    start = next((at for at in range(shorter) if old[at] != new[at]), shorter)
    end = next((at for at in range(shorter - start) if old[-1 - at] != new[-1 - at]), shorter - start)
    yield 0, 0, start
    for left, right in common_between(old, new, range(start, len(old) - end), range(start, len(new) - end)):
        yield left, right, 1
    yield len(old) - end, len(new) - end, end


def common_between(
    old: Sequence[str], new: Sequence[str], old_range: Sequence[int], new_range: Sequence[int]
) -> list[tuple[int, int]]:
    """Compare only lines that both texts have: a line that was added or removed needs no search."""
    if len(old_range) + len(new_range) > MAX_LINES:
        return []
    shared = {old[at] for at in old_range} & {new[at] for at in new_range}
    numbers = {line: number for number, line in enumerate(shared)}
    old_places = [at for at in old_range if old[at] in shared]
    new_places = [at for at in new_range if new[at] in shared]
    pairs = longest_common([numbers[old[at]] for at in old_places], [numbers[new[at]] for at in new_places])
    return [(old_places[left], new_places[right]) for left, right in pairs]


def longest_common(old: Sequence[int], new: Sequence[int]) -> list[tuple[int, int]]:
    """Return the positions of a longest common subsequence; none if it takes more than MAX_STEPS.

    This is Myers's algorithm ("An O(ND) Difference Algorithm and Its Variations", 1986). `reached[edits][index]` is
    how far in `old` that many edits lead on the diagonal `2 * index - edits`.
    """
    steps, reached = MAX_STEPS, [array("q", [0])]
    for edits in range(len(old) + len(new) + 1):
        places = array("q", bytes(8 * (edits + 1)))
        for index in range(edits + 1):
            x = start = entry_point(reached[-1], index, edits)[1]
            y = x - (2 * index - edits)
            while x < len(old) and y < len(new) and old[x] == new[y]:
                x, y = x + 1, y + 1
            places[index] = x
            steps -= 1 + x - start
            if (x, y) == (len(old), len(new)):
                return trace_back([*reached[1:], places], index)
        if steps < 0:
            break
        reached.append(places)
    return []


def entry_point(before: "array[int]", index: int, edits: int) -> tuple[int, int]:
    """Return the index with one edit less from which this diagonal is entered, and where in `old` it is entered."""
    if not edits:
        return 0, 0
    if index == 0 or (index < edits and before[index - 1] < before[index]):
        return index, before[index]
    return index - 1, before[index - 1] + 1


def trace_back(reached: "list[array[int]]", index: int) -> list[tuple[int, int]]:
    """Return the pairs on the way to the end, which lies on the diagonal with this index."""
    pairs = []
    for edits in range(len(reached) - 1, -1, -1):
        end, diagonal = reached[edits][index], 2 * index - edits
        index, start = entry_point(reached[edits - 1], index, edits)
        pairs += [(x, x - diagonal) for x in range(end - 1, start - 1, -1)]
    return pairs[::-1]
