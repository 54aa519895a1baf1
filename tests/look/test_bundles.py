"""What a browser fetches is what stands in the sources, without what only their readers need."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from console.bundles import SOURCES, lean, sources


def test_comments_on_lines_of_their_own_and_indentation_are_left_out() -> None:
    source = """/*
What this is. */

(() => {
  // Why.
  const url = "https://x.example/*"; // stays
  /** One line. */
  go(url);
})();
"""
    assert lean(source) == '(() => {\nconst url = "https://x.example/*";\ngo(url);\n})();\n'


def test_what_might_be_no_comment_stays() -> None:
    source = 'const a = "x; // y";\nconst b = `(, // ${z}`;\ngo(); // says "why"\n'
    assert lean(source) == source


def test_a_style_sheet_keeps_the_white_space_that_means_something() -> None:
    source = (
        "@media (width < 9px) {\n  .a .b > i:not(.c), .d {\n    margin: 0 auto;\n    color: var(--x, red);\n  }\n}\n"
    )
    said = "@media (width < 9px){.a .b > i:not(.c),.d{margin:0 auto;color:var(--x,red)}}"
    assert lean(source, ".css") == said


def test_code_behind_a_comment_is_no_part_of_it() -> None:
    source = "/* one */ .a { color: red; }\n.b { color: blue; } /* two */\n"
    assert lean(source) == source


@pytest.mark.parametrize("name", SOURCES)
def test_nothing_but_comments_and_white_space_is_left_out(name: str) -> None:
    joined = "\n".join(source.read_text(encoding="utf-8") for source in sources(name))
    small = lean(joined, Path(name).suffix)
    assert _bare(small) == _bare(joined)
    assert len(small) < 0.95 * len(joined)


@pytest.mark.parametrize("path", sources("console.js"), ids=lambda path: path.name)
def test_no_text_of_a_script_goes_over_lines_since_its_indentation_would_be_lost(path: Path) -> None:
    for line in path.read_text(encoding="utf-8").splitlines():
        assert line.count("`") % 2 == 0


def _bare(source: str) -> str:
    """Another way to the same: all comments gone, also those behind code, and all white space."""
    without_blocks = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
    bare = re.sub(r"\s+", "", re.sub(r"(?m)(^|[\s;{}(),])//[^\n]*", "", without_blocks))
    return bare.replace(";}", "}")  # the last semicolon of a rule says nothing
