"""The contract of the extracts, and which study reads which: for a program that runs outside dbt."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bank.csv_files import column_key

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Field:
    """A column of the contract."""

    name: str
    type: str
    required: bool
    aliases: tuple[str, ...]
    unit: str
    minimum: str | float | None
    maximum: str | float | None
    categories: dict[str, list[str]]
    """By category its other spellings."""
    any_category: bool

    @property
    def keys(self) -> set[str]:
        """By which the build finds it."""
        return {column_key(name) for name in (self.name, *self.aliases)}

    @property
    def is_id(self) -> bool:
        """Whether it is text that names something."""
        return self.type == "varchar" and not self.categories and not self.any_category


@dataclass(frozen=True)
class Extract:
    """An extract of the contract."""

    name: str
    key: tuple[str, ...]
    fields: tuple[Field, ...]

    @property
    def required(self) -> list[Field]:
        """What it must have."""
        return [field for field in self.fields if field.required]

    @property
    def has_date(self) -> bool:
        """Whether its rows are of a date, which var as_of_date says otherwise."""
        return any(field.name == "as_of_date" for field in self.fields)

    @property
    def is_of_customers(self) -> bool:
        """Whether a row is a customer (at a date)."""
        return set(self.key) <= {"customer_id", "as_of_date"}

    def request(self, entry: dict[str, Any]) -> dict[str, Any]:
        """What bank.plan is asked."""
        columns = [
            {"name": field.name, "type": field.type, "required": field.required, "aliases": list(field.aliases)}
            for field in self.fields
        ]
        return {
            "extract": self.name,
            "contract": {"key": list(self.key), "columns": columns},
            "entry": entry,
            "as_of_date": "",
        }


@cache
def extracts(project: Path = PROJECT) -> dict[str, Extract]:
    """All that models/sources.yml describes."""
    text = (project / "models" / "sources.yml").read_text(encoding="utf-8")
    tables = [table for source in yaml.safe_load(text)["sources"] for table in source["tables"]]
    return {
        table["name"]: Extract(
            table["name"], tuple(table["config"]["meta"]["key"]), tuple(map(_field, table["columns"]))
        )
        for table in tables
    }


@cache
def studies(project: Path = PROJECT) -> dict[str, set[str]]:
    """The extracts that each study reads: those above its features.

    customer_dates and date_contents take what there is.
    """
    models = {file.stem: file.read_text(encoding="utf-8") for file in (project / "models").rglob("*.sql")}

    def read_by(model: str, seen: set[str]) -> set[str]:
        if model in seen or model in ("customer_dates", "date_contents") or model not in models:
            return set()
        seen.add(model)
        found = set(re.findall(r"checked_extract\('(\w+)'", models[model]))
        return found.union(*(read_by(name, seen) for name in re.findall(r"ref\('(\w+)'\)", models[model])))

    names = (model.removeprefix("features_") for model in sorted(models) if model.startswith("features_"))
    enabled = list(yaml.safe_load((project / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]["studies"])
    order = [*enabled, *(name for name in names if name not in enabled)]
    return {study: found for study in order if (found := read_by(f"features_{study}", set()))}


def _field(column: dict[str, Any]) -> Field:
    meta = column.get("config", {}).get("meta", {})
    categories = meta.get("categories")
    return Field(
        column["name"],
        column["data_type"],
        bool(meta.get("required")),
        tuple(meta.get("aliases", [])),
        meta.get("unit", ""),
        meta.get("minimum"),
        meta.get("maximum"),
        dict(categories) if isinstance(categories, dict) else {},
        categories == "any",
    )
