"""What a file of customers may be, and what is not to be guessed of it."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

CSV = "console/importing/csv_rows.py"
XML = "console/importing/xml_pieces.py"
PACKAGE = "console/importing/xlsx_package.py"
CELLS = "console/importing/xlsx_cells.py"
TYPED = "console/importing/typed.py"

GUARDS = (
    Mutant(
        "an imported file's size",
        "console/importing/files.py",
        "    if size > MOST_BYTES:",
        "    if False:",
        "tests/importing/test_files.py -k ten_gigabytes",
    ),
    Mutant(
        "an imported line's end",
        CSV,
        "        if len(line) == LONGEST_LINE:",
        "        if False:",
        "tests/importing/test_csv.py -k line_without_an_end",
    ),
    Mutant(
        "an imported row's end",
        CSV,
        "        if self.row > LONGEST_ROW:",
        "        if False:",
        "tests/importing/test_csv.py -k row_without_an_end",
    ),
    Mutant(
        "an imported row's number of cells",
        CSV,
        "    if len(cells) == width:",
        "    if True:",
        "tests/importing/test_csv.py -k 'bad_row or cut_off'",
    ),
    Mutant(
        "an imported row's encoding",
        CSV,
        "    if is_damaged(text):",
        "    if False:",
        "tests/importing/test_encodings.py -k 'mixed or half_a_pair'",
    ),
    Mutant(
        "an imported archive's size unpacked",
        PACKAGE,
        "    if bomb or info.file_size > MOST_UNPACKED:",
        "    if False:",
        "tests/importing/test_xlsx.py -k zip_bomb",
    ),
    Mutant(
        "an imported archive's list of contents",
        PACKAGE,
        "        if size > LARGEST_DIRECTORY:",
        "        if False:",
        "tests/importing/test_xlsx.py -k list_of_contents",
    ),
    Mutant(
        "an imported workbook's declarations",
        XML,
        "        self.parser.StartDoctypeDeclHandler = _refuse\n",
        "",
        "tests/importing/test_xlsx.py -k declarations",
    ),
    Mutant(
        "an imported workbook's depth",
        XML,
        "self.depth > DEEPEST or ",
        "",
        "tests/importing/test_xlsx.py -k takes_no_memory",
    ),
    Mutant(
        "an imported workbook's tags",
        XML,
        " or taken - self.parser.CurrentByteIndex > LONGEST_TAG",
        "",
        "tests/importing/test_xlsx.py -k takes_no_memory",
    ),
    Mutant(
        "an imported number's lost figures",
        CELLS,
        "    if not abs(value) < _EXACT:",
        "    if value != value:",
        "tests/importing/test_xlsx.py -k excel_has_cut",
    ),
    Mutant(
        "an imported formula that was never worked out",
        CELLS,
        "    if not worked_out:",
        "    if False:",
        "tests/importing/test_xlsx.py -k never_worked_out",
    ),
    Mutant(
        "an imported date's style is asked",
        "console/importing/dates.py",
        "    if style is None:",
        "    if False:",
        "tests/importing/test_dates.py -k not_asked_about",
    ),
    Mutant(
        "an imported id is told once",
        "console/importing/reading.py",
        "            yield told if earlier is None else _twice(told, earlier)",
        "            yield told",
        "tests/importing/test_typed.py -k second_of_one_id",
    ),
    Mutant(
        "an imported empty cell clears only if chosen",
        TYPED,
        "or (not self._clears and _is_empty(cell))",
        "",
        "tests/importing/test_typed.py -k 'empty_cell or missing_name'",
    ),
    Mutant(
        "an imported id and its parts agree",
        TYPED,
        "        if any(identity.get(name, text) != text for name, text in parts.items()):",
        "        if False:",
        "tests/importing/test_typed.py -k name_one_record",
    ),
    Mutant(
        "an exported apostrophe is kept apart",
        "console/exporting/table.py",
        'text.lstrip("\'").startswith(FORMULAS)',
        "text.startswith(FORMULAS)",
        "tests/importing/test_csv.py -k takes_away",
    ),
)
