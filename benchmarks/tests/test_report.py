"""The report of a run."""

from xml.etree import ElementTree as ET

import pytest

from benchmarks.comparison import tables
from benchmarks.comparison.chart import chart
from benchmarks.comparison.report import BEGIN, END, read, replaced, section, write
from benchmarks.comparison.samples import Start
from benchmarks.tests.measured import results, sample

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def measured():
    samples = [sample(key, cpu=cost) for key, cost in (("ours", 1000), ("A", 5500), ("B", 2500), ("D", 20000))]
    hanging = sample("A", connections=256, requests=3)
    return results(*samples, hanging, starts=[Start("ours", 1, 1.5)])


def row(text, name):
    return next(line for line in text.splitlines() if line.startswith(f"| {name}"))


def test_the_table_of_targets_says_which_are_met(measured):
    text = tables.targets(measured)

    assert row(text, "GET /notes: CPU time of A") == "| GET /notes: CPU time of A against ours | ≥ 5.5 × | 5.5 × | ✓ |"
    assert row(text, "GET /notes/{id}: CPU time of A").endswith("| – | – |")


def test_cpu_time_is_shown_with_its_parts(measured):
    assert "| 1,000 (800 + 200) | 5,500 (4,400 + 1,100) |" in tables.cpu_times(measured)


def test_a_server_that_hangs_is_shown_without_an_answer(measured):
    assert "no answer" in row(tables.speeds(measured), "GET /notes, 50 of 200; 256")


def test_the_report_says_that_pocketbase_was_left_out(measured):
    with_pocketbase = results(*measured.samples, sample("P"))

    assert "PocketBase was not measured." in section(measured)
    assert "PocketBase was not measured." not in section(with_pocketbase)


def test_slow_searches_on_few_connections_are_in_the_table_of_cpu_times():
    measured = results(sample("ours", "search-missing", connections=2, cpu=90_000))

    assert row(tables.cpu_times(measured), "GET /notes?q=, a word of no note").endswith("| 90,000 (72,000 + 18,000) |")


def test_the_chart_is_an_image_with_title_and_description(measured):
    root = ET.fromstring(chart(measured))

    assert root.attrib["role"] == "img"
    assert root.attrib["aria-labelledby"].split() == [
        root.find(f"{SVG}{name}").attrib["id"] for name in ("title", "desc")
    ]
    assert "Cloud Notes API 5.5" in root.find(f"{SVG}desc").text


def test_the_bars_are_proportional_to_their_values(measured):
    bars = {
        bar.attrib["class"]: float(bar.attrib["width"]) for bar in ET.fromstring(chart(measured)).iter(f"{SVG}rect")
    }

    assert bars["ours"] / bars["A"] == pytest.approx(5.5, rel=0.01)
    assert bars["B"] / bars["A"] == pytest.approx(2.2, rel=0.01)


def test_the_chart_follows_the_theme_of_the_reader(measured):
    assert "@media (prefers-color-scheme: dark)" in chart(measured)


def test_only_the_text_between_the_marks_is_replaced():
    assert replaced(f"before\n{BEGIN}\nold\n{END}\nafter", "new") == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter"


def test_a_document_without_marks_is_an_error():
    with pytest.raises(ValueError, match="no place"):
        replaced("before and after", "new")


def test_a_written_report_can_be_read_again(measured, tmp_path):
    write(measured, tmp_path)

    assert read(tmp_path / "performance.json") == measured
    assert section(measured) in (tmp_path / "performance.md").read_text(encoding="utf-8")
