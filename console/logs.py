"""How the console logs: structlog over the standard library, so that Django's and the libraries' lines look the same.

Personal data stays out: an exception is logged as its type and its places in the code, because the text of a database
error quotes the row.
"""

import sys
import traceback
from typing import Any

import structlog
from structlog.types import EventDict, Processor

SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configuration(*, readable: bool, messages_of_errors: bool, level: str) -> dict[str, Any]:
    """Django's LOGGING: lines for a person if `readable`, else JSON; the texts of exceptions only if asked."""
    _configure_structlog()
    errors: list[Processor] = [] if messages_of_errors else [places_of_error]
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()) if readable else structlog.processors.JSONRenderer()
    )
    if not readable:
        errors.append(structlog.processors.format_exc_info)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "lines": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *errors, renderer],
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django": {"level": level},
            "django.server": {"handlers": [], "level": level, "propagate": True},
            # It logs each job twice, with its arguments.
            "procrastinate": {"level": "WARNING"},
            # It logs each request with its address.
            "httpx": {"level": "WARNING"},
        },
    }


def _configure_structlog() -> None:
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def places_of_error(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Put the type of an exception, of its causes, and their places in the code where its text would stand."""
    found = event.pop("exc_info", None)
    error = found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        event["error"] = [_told(each) for each in _with_causes(error)]
    return event


def _with_causes(error: BaseException) -> list[BaseException]:
    errors: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in errors:
        errors.append(current)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return errors


def _told(error: BaseException) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return {"type": type(error).__qualname__, "places": places}
