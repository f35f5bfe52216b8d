"""To-dos of other programs, as Markdown."""


def task_line(title: str, due: str, *, is_done: bool) -> str:
    """Return a checkbox with the title, since a note itself cannot be done."""
    return f"- [{'x' if is_done else ' '}] {' '.join(title.split())}{f' (due {due})' if due else ''}"
