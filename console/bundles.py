"""Bundles: the style sheets and scripts under static/, each kind joined into one file when static files are looked for.

The sources stay small, one per subject; a browser fetches two files, and a third on the pages of the audit, on the list
of customers and on pages of work on many of them. Nothing is compiled: files follow each other in the order of
`SOURCES`, and by name where that names a folder, without what only their readers need.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, override

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.checks import CheckMessage
from django.core.files.storage import FileSystemStorage, Storage

SOURCES: Mapping[str, tuple[str, ...]] = {
    "console.css": ("css/tokens.css", "css/base.css", "css/layout.css", "css/components", "css/pages", "css/print.css"),
    "audit.css": ("css/audit",),
    "bulk.css": ("css/bulk",),
    "list.css": ("css/bulk/list.css",),
    "console.js": ("js/steward.js", "js"),
}


class BundleFinder(BaseFinder):
    """Finds the bundles among the static files; what they are made of changed, and they are written anew."""

    @override
    def check(self, **kwargs: Any) -> list[CheckMessage]:
        return []

    @override
    def find(self, path: str, find_all: bool = False, **_: Any) -> Any:
        found = [str(write(path))] if path in SOURCES else []
        return found if find_all else (found or [""])[0] or []

    @override
    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        for name in SOURCES:
            yield name, FileSystemStorage(location=write(name).parent)


def write(name: str) -> Path:
    """Puts a bundle where static files are found, unless it is there as it would be written; gives its path."""
    path = settings.STEWARD_DATA / "bundles" / name
    joined = "\n".join(source.read_text(encoding="utf-8") for source in sources(name))
    content = (joined if settings.DEBUG else lean(joined, path.suffix)).encode()
    if not path.exists() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, delete=False) as fresh:
            fresh.write(content)
        Path(fresh.name).replace(path)  # at once, for threads and processes that start side by side
        path.chmod(0o644)
    return path


def lean(source: str, suffix: str = "") -> str:
    """Without comments, indentation and empty lines, and a style sheet without white space that means nothing: a fourth
    of what is sent compressed. A comment behind code goes where no quotation mark says that it might be none.
    """
    bare = _INDENTATION.sub("", _BEHIND_CODE.sub("", _COMMENT.sub("", source)))
    return _AROUND.sub(r"\1", bare).replace(": ", ":").replace(";}", "}") if suffix == ".css" else bare


_BEHIND_CODE = re.compile(r"(?<=[;{}(),])[ \t]+//[^\n\"'`]*$", re.MULTILINE)
_AROUND = re.compile(r"\s*([{};,])\s*")
_COMMENT = re.compile(r"^[ \t]*(?:/\*(?:(?!\*/).)*\*/|//[^\n]*)[ \t]*$", re.DOTALL | re.MULTILINE)
_INDENTATION = re.compile(r"^\s+", re.MULTILINE)


def sources(name: str) -> list[Path]:
    """The files of a bundle in their order, each once."""
    root = settings.BASE_DIR / "static"
    found = [file for source in SOURCES[name] for file in _files(root / source, Path(name).suffix)]
    return list(dict.fromkeys(found))


def _files(path: Path, suffix: str) -> list[Path]:
    return sorted(path.rglob(f"*{suffix}")) if path.is_dir() else [path]
