"""One line per event, on standard error; never a password, a token or the text of a note."""

import logging.config
import re
from collections.abc import Mapping

# Line ends, escape sequences and their kind would let a client forge lines or steer a terminal.
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")


class OneLineFormatter(logging.Formatter):
    """Escapes control characters in what is logged; a traceback keeps its lines."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # the standard library's name
        record.message = CONTROL.sub(lambda match: match.group().encode("unicode_escape").decode(), record.message)
        return super().formatMessage(record)


def is_ours(record: logging.LogRecord) -> bool:
    """Whether something broke here: a full account (507) is a refusal like any 4xx."""
    return getattr(record, "status_code", None) != 507


def configure(options: Mapping[str, str]) -> None:
    """Django's LOGGING_CONFIG: everything to standard error at the level of LOG_LEVEL."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "line": {"()": OneLineFormatter, "format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
            "root": {"handlers": ["stderr"], "level": options["level"]},
            # Each refusal is in the access log already.
            "filters": {"ours": {"()": lambda: is_ours}},
            "loggers": {
                "django.request": {"level": "ERROR", "filters": ["ours"]},
                "django.security.DisallowedHost": {"level": "CRITICAL"},
            },
        }
    )
