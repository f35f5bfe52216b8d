"""Draw a chart of requests served for the same CPU time, as SVG that follows the reader's light or dark theme."""

from collections.abc import Iterator
from html import escape

from benchmarks.comparison.contestant import Contestant
from benchmarks.comparison.contestants import OURS, SQLITE, A, B, D, P
from benchmarks.comparison.samples import Results
from benchmarks.comparison.targets import cpu
from benchmarks.comparison.workloads import BY_KEY, USUAL

WORKLOADS = ("list", "one", "create", "replace", "mixed")
BARS = (OURS, SQLITE, B, A, D, P)
# Pixels: total width, start of the bars, length of the longest bar; height of a bar, gap between groups.
WIDTH, LEFT, LONGEST = 780, 190, 400
BAR, STEP, GAP, TOP = 14, 18, 22, 64

STYLE = """
  text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #24292f; }
  .title { font-size: 16px; font-weight: 600; }
  .note { fill: #57606a; font-size: 12px; }
  .value { font-size: 12px; font-variant-numeric: tabular-nums; }
  .ours { fill: #0969da; } .sqlite { fill: #54aeff; } .B { fill: #6e7781; } .A { fill: #8c959f; } .D { fill: #afb8c1; }
  .P { fill: #57606a; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .note { fill: #9198a1; }
    .ours { fill: #4493f8; } .sqlite { fill: #1f6feb; } .B { fill: #9198a1; }
    .A { fill: #6e7681; } .D { fill: #484f58; } .P { fill: #afb8c1; }
  }
"""


def chart(results: Results) -> str:
    """Return the SVG with bars grouped by workload; A is 1."""
    groups = {each: speedups(results, each) for each in WORKLOADS}
    groups = {workload: bars for workload, bars in groups.items() if bars}
    scale = LONGEST / max((value for bars in groups.values() for value in bars.values()), default=1)
    height = TOP + sum(len(bars) * STEP + GAP for bars in groups.values())
    body = "\n".join([*heading(), *drawn(groups, scale)])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
        f' role="img" aria-labelledby="title description">\n<title id="title">{TITLE}</title>\n'
        f'<desc id="description">{escape(described(groups))}</desc>\n<style>{STYLE}</style>\n{body}\n</svg>\n'
    )


TITLE = "Requests served for the same CPU time"


def speedups(results: Results, workload: str) -> dict[Contestant, float]:
    """Return how many requests each contestant serves in the CPU time in which A serves one."""
    found = {each: results.ratio(cpu, (A.key, workload, USUAL), (each.key, workload, USUAL)) for each in BARS}
    return {each: value for each, value in found.items() if value is not None}


def described(groups: dict[str, dict[Contestant, float]]) -> str:
    """Return the chart as text, for screen readers."""
    lines = [
        f"{BY_KEY[workload].name}: " + ", ".join(f"{each.name} {value:.1f}" for each, value in bars.items())
        for workload, bars in groups.items()
    ]
    return f"Server and database together, {A.name} being 1. " + "; ".join(lines) + "."


def heading() -> list[str]:
    return [
        f'<text class="title" x="16" y="26">{TITLE}</text>',
        f'<text class="note" x="16" y="46">server and database together; 1 is {A.name}; longer is better</text>',
    ]


def drawn(groups: dict[str, dict[Contestant, float]], scale: float) -> Iterator[str]:
    top = TOP
    for workload, bars in groups.items():
        yield f'<text x="16" y="{top + BAR - 2}">{escape(BY_KEY[workload].name)}</text>'
        for each, value in bars.items():
            yield from bar(each, value, value * scale, top)
            top += STEP
        top += GAP


def bar(contestant: Contestant, value: float, length: float, top: int) -> Iterator[str]:
    yield (f'<rect class="{contestant.key}" x="{LEFT}" y="{top}" width="{max(length, 1):.1f}" height="{BAR}" rx="2"/>')
    label = f"{value:.1f} {contestant.name}"
    yield f'<text class="value" x="{LEFT + length + 6:.1f}" y="{top + BAR - 3}">{escape(label)}</text>'
