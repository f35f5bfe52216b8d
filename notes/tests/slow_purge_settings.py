"""The settings of a served product whose purge takes small steps and rests in between, so that a test can end it."""

import time

from notes_api.db import short_transactions

REST_SECONDS = 0.1
split_quickly = short_transactions.split


def split_slowly(rows):
    for batch in split_quickly(rows):
        yield batch
        time.sleep(REST_SECONDS)


short_transactions.MAX_ROWS = 5
short_transactions.split = split_slowly

from notes_api.tests.live_server_settings import *  # noqa: E402, F403
