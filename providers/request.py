"""What a request may be made of: address, headers, body; pure, so that a preview shows exactly what will be sent."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlencode, urlsplit

from providers.errors import Misrouted, NotAllowed, Refused

LONGEST_URL = 8000
STANDARD_HEADERS: Mapping[str, str] = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "User-Agent": "steward-console",
}
HOST = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?|[0-9a-f:.]*:[0-9a-f:.]*")
BASE_URL = re.compile(r"[!-~]+")
NOT_IN_A_BASE_URL = re.compile(r"[?#@\\\"<>^`{|}]|/\.{1,2}(/|$)")
HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
HEADER_VALUE = re.compile(r"[!-~]([ -~]*[!-~])?")


def check_base_url(base_url: str) -> str:
    """The base URL without slashes at its end; Misrouted unless it is plain ASCII http(s)://host[:port][/path]."""
    try:
        url = urlsplit(base_url)
        host, port = url.hostname or "", url.port
    except ValueError:
        host, port, url = "", None, urlsplit("")
    fits = url.scheme in {"http", "https"} and HOST.fullmatch(host) and port != 0
    if not fits or not BASE_URL.fullmatch(base_url) or NOT_IN_A_BASE_URL.search(base_url):
        raise Misrouted("the base URL must be https://host/path, without user name, query and fragment")
    return base_url.rstrip("/")


def build_url(base_url: str, path_parts: Sequence[str], query: Mapping[str, str] | None = None) -> str:
    """The address a request goes to, path parts and query values percent-encoded; Refused for a part that can't be."""
    # "." and ".." would be resolved away, and the request would go to another record's address.
    if any(part in {"", ".", ".."} for part in path_parts):
        raise Refused("an id is empty or made of dots, which no address can carry")
    try:
        path = "".join(f"/{quote(part, safe='')}" for part in path_parts)
        tail = f"?{urlencode(query, quote_via=quote, safe='')}" if query else ""
    except UnicodeEncodeError:
        raise Refused("an id holds a character that no address can carry") from None
    url = base_url.rstrip("/") + path + tail
    if len(url) > LONGEST_URL:
        raise Refused("an id is too long for an address")
    return url


def checked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers; NotAllowed unless each is printable ASCII, so that no credential can add a line to a request."""
    for name, value in headers.items():
        if not HEADER_NAME.fullmatch(name) or not HEADER_VALUE.fullmatch(value):
            raise NotAllowed("a credential is empty, or holds a line break or another character no header can carry")
    return dict(headers)


def json_body(value: object, raw: str | None) -> bytes | None:
    """`raw` as it is, or `value` as compact JSON, in UTF-8; None for no body; Refused for what JSON cannot carry."""
    if raw is None and value is None:
        return None
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")) if raw is None else raw
        return text.encode("utf-8")
    except ValueError:
        # A UnicodeEncodeError, which is one, holds the whole text.
        problem = "a value holds a character or a number that JSON cannot carry"
    raise Refused(problem)
