"""What `manage.py doctor` says about the outbox."""

from datetime import timedelta

from django.utils import timezone

from notes.management.doctor.outbox import check_outbox
from outbox.tests.entries import make_entry


def test_an_outbox_in_which_nothing_waits_for_long_is_well():
    make_entry("mail")

    [finding] = check_outbox()

    assert (finding.level, finding.message) == ("ok", "nothing has failed or waits for long")


def test_a_mail_that_failed_is_a_warning(alice):
    make_entry("mail", user=alice, failed_at=timezone.now(), last_error="Connection refused")

    [finding] = check_outbox()

    assert (finding.level, finding.message) == ("warning", "1 entries have failed, the last with: Connection refused")
    assert "`manage.py outbox --all-failed`" in finding.advice


def test_a_mail_that_waits_for_long_is_a_warning():
    make_entry("mail", created_at=timezone.now() - timedelta(minutes=16), last_error="Connection refused")
    make_entry("mail")

    [finding] = check_outbox()

    assert finding.level == "warning"
    assert finding.message == "the oldest of 2 entries has waited for 16 minutes, the last with: Connection refused"
    assert "Check that the server runs" in finding.advice
