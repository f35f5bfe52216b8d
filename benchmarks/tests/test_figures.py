"""From what a load generator prints to medians, ratios and verdicts."""

import pytest

from benchmarks.comparison.samples import Start
from benchmarks.comparison.targets import EARLIER, TARGETS, Target, cpu, p99, ratio
from benchmarks.comparison.workloads import CELLS
from benchmarks.comparison.wrk import Load, parse
from benchmarks.tests.measured import results, sample

PRINTED = """Running 2s test @ http://127.0.0.1:8000
  2 threads and 32 connections
Requests/sec:   1210.00

{"requests": 2420, "seconds": 2.000000, "p50": 24.500000, "p99": 61.250000, "errors": 3}
"""


def target(name, against=""):
    return next(target for target in TARGETS if target.name.startswith(name) and against in target.name)


def test_the_load_is_parsed_from_the_last_line_of_wrk():
    assert parse(PRINTED) == Load(requests=2420, seconds=2.0, p50=24.5, p99=61.25, errors=3)
    assert parse(PRINTED).rate == 1210


def test_requests_in_flight_at_the_end_are_counted():
    measured = sample(requests=68, connections=32, cpu=500)

    assert measured.served == 100
    assert measured.cpu == pytest.approx(500)


def test_a_ratio_is_the_median_of_the_ratios_of_all_rounds():
    slow_round = [sample("A", number=2, cpu=9000), sample("ours", number=2, cpu=3000)]
    quick_rounds = [
        sample(key, number=each, cpu=cost) for each in (1, 3) for key, cost in (("A", 2000), ("ours", 1000))
    ]

    found = results(*slow_round, *quick_rounds).ratio(cpu, ("A", "list", 32), ("ours", "list", 32))

    assert found == pytest.approx(2)


def test_a_round_without_both_contestants_does_not_count():
    found = results(sample("A", cpu=4000), sample("ours", cpu=1000), sample("ours", number=2, cpu=9000))

    assert found.ratio(cpu, ("A", "list", 32), ("ours", "list", 32)) == pytest.approx(4)


def test_a_server_that_hangs_has_no_cpu_time():
    hanging = results(sample("A", connections=256, requests=12), sample("ours", connections=256))

    assert hanging.median(cpu, "A", "list", 256) is None
    assert hanging.ratio(cpu, ("A", "list", 256), ("ours", "list", 256)) is None


@pytest.mark.parametrize(("theirs", "is_met"), [(5499, False), (5500, True)])
def test_a_target_is_met_at_its_goal(theirs, is_met):
    measured = results(sample("A", cpu=theirs, requests=9968), sample("ours", cpu=1000, requests=9968))

    assert target("GET /notes: CPU time of A").is_met(measured) is is_met


@pytest.mark.parametrize(("ours", "is_met"), [(8, True), (8.1, False)])
def test_a_limit_is_met_up_to_its_goal(ours, is_met):
    measured = results(sample("B", p99=20), sample("ours", p99=ours))

    assert target("GET /notes, 32 connections: p99").is_met(measured) is is_met


def test_a_target_that_was_not_measured_has_no_verdict():
    assert {each.is_met(results()) for each in TARGETS} == {None}


def test_an_error_on_256_connections_misses_the_target():
    crowd = [sample("ours"), sample("ours", connections=256, errors=1)]

    assert target("GET /notes, 32 and 256 connections: errors").is_met(results(*crowd)) is False


def test_a_server_that_hangs_has_errors():
    hanging = [sample("ours"), sample("ours", connections=256, requests=12)]

    assert target("GET /notes, 32 and 256 connections: errors").is_met(results(*hanging)) is False


def test_the_worst_workload_decides_on_sqlite():
    fast = [sample(key, "list", cpu=cost) for key, cost in (("A", 4000), ("sqlite", 1000))]
    slow = [sample(key, "replace", cpu=cost) for key, cost in (("A", 900), ("sqlite", 1000))]

    assert target("SQLite, the worst of the five").measure(results(*fast, *slow)) == pytest.approx(0.9)


def test_writes_on_sqlite_count_as_answered_in_their_time():
    measured = results(sample("sqlite", "create", requests=1800, seconds=2.0, p99=121))

    assert target("SQLite, 32 writers", "per second").measure(measured) == pytest.approx(900)
    assert target("SQLite, 32 writers", "p99").is_met(measured) is False


@pytest.mark.parametrize(("microseconds", "is_met"), [(15_000, True), (15_010, False)])
def test_a_search_in_a_large_account_is_limited_in_milliseconds(microseconds, is_met):
    measured = results(sample("ours", "search-common", connections=2, cpu=microseconds))

    assert target("search in an account of 100,000, a common", "PostgreSQL").is_met(measured) is is_met


def test_the_cost_of_changes_is_compared_with_the_earlier_one():
    a_tenth_of_it = sample("ours", "changes", cpu=1000 * EARLIER["changes"] / 10)

    measured = results(a_tenth_of_it, sample("B", cpu=1000))

    assert target("GET /changes").measure(measured) == pytest.approx(0.1)


def test_every_target_is_measured_by_a_run():
    samples = [
        sample(contestant.key, cell.workload.key, cell.connections) for cell in CELLS for contestant in cell.contestants
    ]

    measured = results(*samples, starts=[Start("ours", 1, 1.0), Start("B", 1, 1.0)])

    assert [each.name for each in TARGETS if each.measure(measured) is None] == []


def test_starts_are_compared_by_their_median():
    starts = [Start("ours", each, seconds) for each, seconds in ((1, 1.0), (2, 9.0), (3, 1.2))]

    measured = results(starts=[*starts, Start("B", 1, 1.0)])

    assert target("from start").measure(measured) == pytest.approx(1.2)


def test_the_p99_of_two_workloads_can_be_compared():
    measure = ratio(p99, ("ours", "storm", 32), ("ours", "list", 32))

    assert (
        Target("", 3, measure, is_limit=True).is_met(results(sample(workload="storm", p99=61), sample(p99=20))) is False
    )
