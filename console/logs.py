"""How the console logs: structlog over the standard library, so that Django's and the libraries' lines look the same.

Personal data stays out: an exception is logged as its type and its places in the code, because the text of a database
error quotes the row; and what Django says of a request is its status alone, because it would quote the address. What a
library lets slip all the same is redacted where it can be told by its look, and nothing in a line can end it.
"""

import re
import sys
import traceback
from typing import Any

import structlog
from structlog.types import EventDict, Processor

OF_REQUESTS = ("django.request", "django.security")
_MARK = "[redacted]"
SECRET = re.compile(r"(?i)passw|secret|token|authorization|cookie|api.?key|credential|\bssn|session")
# What stands in a text: what an Authorization header holds, what an address holds of users and questions, e-mail.
LOOKS_SECRET = (
    (re.compile(r"(?i)\b(bearer|basic|token)\s+[\w.~+/=-]{8,}"), rf"\1 {_MARK}"),
    (re.compile(r"(?i)\b(password|passwd|secret|api[_-]?key|access[_-]?token)(\s*[=:]\s*)\S+"), rf"\1\2{_MARK}"),
    (re.compile(r"(?i)([a-z][a-z0-9+.-]{0,20}://)[^\s/@]+@"), rf"\1{_MARK}@"),
    (re.compile(r"(?i)([a-z][a-z0-9+.-]{0,20}://[^\s?#]+)\?\S+"), rf"\1?{_MARK}"),
    (re.compile(r"[^\s@<>\"'(]{1,64}@[\w-]+(\.[\w-]+)+"), _MARK),
)
# Control characters, line and paragraph separators, marks of direction; a lone surrogate could not be written.
STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

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
                "processors": [
                    without_the_address,
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *errors,
                    redacted,
                    in_one_line,
                    renderer,
                ],
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


def without_the_address(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Put status and sort of problem where Django quotes what was asked for: an address or host that somebody typed."""
    record = event.get("_record")
    name = getattr(record, "name", "")
    if name.startswith(OF_REQUESTS):
        event["event"] = "django answered"
        event["status"] = getattr(record, "status_code", None)
        event["problem"] = name.removeprefix("django.")
    return event


def redacted(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Put a mark where a secret is named, and where a value looks like a credential or an e-mail address."""
    return {name: _MARK if SECRET.search(name) else _without_secrets(value) for name, value in event.items()}


def in_one_line(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Escape what would end a line, turn its direction or steer a terminal, so that no value can look like a line."""
    return {name: _visible(value) for name, value in event.items()}


def _without_secrets(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    for pattern, instead in LOOKS_SECRET:
        value = pattern.sub(instead, value)
    return value


def _visible(value: Any) -> Any:
    if isinstance(value, str):
        return STEERING.sub(lambda found: found.group().encode("unicode_escape").decode(), value)
    return value


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
