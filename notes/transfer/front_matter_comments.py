"""The comments in front matter: they stay in the text of the note."""

import re

# A string, which may contain `#`, or a comment.
TOML_COMMENT = re.compile(
    r"\"{3}(?:[^\\]|\\.)*?\"{3}|'{3}.*?'{3}|\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'|(?P<comment>#[^\n]*)", re.DOTALL
)
# Where the scalars have no `#`.
YAML_COMMENT = re.compile(r"(?:^|(?<=[ \t]))(?P<comment>#[^\n]*)", re.MULTILINE)


def comments_in(source: str, pattern: re.Pattern[str]) -> str:
    return "".join(f"{found['comment']}\n" for found in pattern.finditer(source) if found["comment"])


def hide_scalars(block: str, scalars: list[tuple[int, int]]) -> str:
    """Return the YAML without `#` in its scalars, whose places are given."""
    parts: list[str] = []
    last = 0
    for start, end in scalars:
        # A block scalar begins below its mark, beside which there may be a comment.
        begin = block.find("\n", start) if block.startswith(("|", ">"), start) else start
        parts += (block[last:begin], block[begin:end].replace("#", "_"))
        last = end
    return "".join((*parts, block[last:]))
