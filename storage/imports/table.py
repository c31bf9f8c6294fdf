"""Reading a CSV file into rows, with a plain reason wherever that cannot be done."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from storage.imports.columns import closest
from storage.imports.report import Problem
from storage.imports.rows import Row

_MOST_BYTES = 50_000_000
_HOW_TO_SAVE = (
    "In Excel choose File, Save As and the type 'CSV UTF-8 (Comma delimited)', then import that file."
)
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}


class _Trouble(Exception):
    """The file cannot be read as a table."""

    def __init__(self, reason: str, line: int = 1) -> None:
        super().__init__(reason)
        self.problem = Problem(line, "", reason)


def read_table(
    path: Path, columns: Sequence[str], may_lack: Collection[str] = ()
) -> tuple[list[Row], list[Problem]]:
    """The rows of a CSV file with exactly these columns, in any order, and what is wrong with it.

    Those that the file `may_lack` are no cells of its rows then.
    """
    try:
        records = list(_records(_text(path)))
    except _Trouble as trouble:
        return [], [trouble.problem]
    if not records:
        return [], [Problem(1, "", f"The file is empty. Its first line must be: {','.join(columns)}")]
    line, header = records[0]
    names = [_column_name(each) for each in header]
    if not set(names) & set(columns):
        return [], [Problem(line, "", _no_header(header, columns))]
    problems = _header_problems(names, columns, may_lack, line)
    if problems:
        return [], problems
    if len(records) == 1:
        return [], [Problem(1, "", "The file has column names but no rows below them. Add the rows.")]
    return _rows(records[1:], names)


def _text(path: Path) -> str:
    raw = _bytes(path)
    if raw.startswith(_WORKBOOKS):
        raise _Trouble(f"This is a workbook, not a CSV file. {_HOW_TO_SAVE}")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _Trouble(f"The file is not saved as UTF-8 text. {_HOW_TO_SAVE}") from error
    if "\0" in text:
        raise _Trouble(f"The file has a null byte in it, so it is damaged or is not text. {_HOW_TO_SAVE}")
    return text


def _bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise _Trouble(f"{path.name} is a folder. Give the CSV file inside it.")
        if not path.exists():
            raise _Trouble(f"There is no file {path.name}. Check the name and the folder.")
        # A pipe or a device could go on for ever.
        if not path.is_file():
            raise _Trouble(f"{path.name} is not an ordinary file. Give a CSV file.")
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
    except PermissionError as error:
        raise _Trouble(f"{path.name} may not be read. Give yourself the right to read it.") from error
    except (OSError, ValueError) as error:
        raise _Trouble(f"{path.name} cannot be read. Check its name and copy it to this computer.") from error
    if len(raw) > _MOST_BYTES:
        raise _Trouble(
            f"The file is larger than {_MOST_BYTES // 1_000_000} MB. Check that it is the right one."
        )
    return raw


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each record that is not blank, with the line on which it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for record in reader:
            cells = [cell.strip() for cell in record]
            # Excel saves rows that were once used as rows of commas.
            if any(cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise _Trouble(
            "From this line on the file cannot be read: a quotation mark is missing or stands in the middle of "
            "a value. Put a value with quotation marks between quotation marks and double those inside it.",
            line,
        ) from error


def _column_name(cell: str) -> str:
    return "_".join(cell.casefold().replace("-", " ").replace("_", " ").split())


def _header_problems(
    names: Sequence[str], columns: Sequence[str], may_lack: Collection[str], line: int
) -> list[Problem]:
    problems = []
    for position, name in enumerate(names, 1):
        if not name:
            problems.append(Problem(line, "", f"Column {position} has no name. Name it or delete it."))
        elif name not in columns:
            problems.append(Problem(line, name, _unknown_column(name, names, columns)))
        elif name in names[: position - 1]:
            problems.append(Problem(line, name, "This column is in the file twice. Delete one of the two."))
    problems += [
        Problem(
            line, name, "This column is missing. Add it; its cells may be left empty where nothing is known."
        )
        for name in columns
        if name not in names and name not in may_lack
    ]
    return problems


def _no_header(header: Sequence[str], columns: Sequence[str]) -> str:
    if len(header) == 1:
        for delimiter, name in _OTHER_DELIMITERS.items():
            if {_column_name(each) for each in header[0].split(delimiter)} & set(columns):
                return (
                    f"The columns are separated by {name}; they must be separated by commas. {_HOW_TO_SAVE}"
                )
    return f"The first line must hold the column names: {','.join(columns)}"


def _unknown_column(name: str, names: Sequence[str], columns: Sequence[str]) -> str:
    guess = closest(name, [each for each in columns if each not in names])
    return f"This column is not known.{f' Did you mean {guess}?' if guess else ' Delete it.'}"


def _rows(records: Sequence[tuple[int, list[str]]], names: Sequence[str]) -> tuple[list[Row], list[Problem]]:
    rows, problems = [], []
    for line, cells in records:
        if len(cells) == len(names):
            rows.append(Row(line, dict(zip(names, cells, strict=True))))
        else:
            problems.append(Problem(line, "", _wrong_length(len(cells), len(names))))
    return rows, problems


def _wrong_length(found: int, wanted: int) -> str:
    if found < wanted:
        return f"This line has {found} fields and the header has {wanted}. Add the missing commas."
    return (
        f"This line has {found} fields and the header has {wanted}. "
        "Put a value with a comma in it between quotation marks."
    )
