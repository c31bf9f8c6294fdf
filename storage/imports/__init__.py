"""Importing the directory and the contract register from CSV files, all of a file or nothing of it."""

from storage.imports.contracts import import_contracts
from storage.imports.people import import_people
from storage.imports.report import Change, ImportReport, Problem

__all__ = ["Change", "ImportReport", "Problem", "import_contracts", "import_people"]
