"""Where the files of an extract are."""

import glob
import re
from collections.abc import Sequence
from pathlib import Path

from bank.faults import Refused

DATA = re.compile(r"\.((csv|txt|tsv|dat)(\.gz)?|parquet|xlsx)$", re.IGNORECASE)

PATTERN = re.compile(r"[*?\[]")


def files_at(path: str) -> list[str]:
    """The data files at a path: itself, those that a pattern names, or those of a folder, at most two folders deep."""
    place = Path(path)
    if place.is_file() or any((place / mark).is_dir() for mark in ("_delta_log", "metadata")):
        return [path]
    if place.is_dir():
        return [str(file) for file in _below(place) if DATA.search(file.name)]
    return sorted(glob.glob(path, recursive=True)) if PATTERN.search(path) else []


def files_of_folder(folder: str, extract: str) -> list[str]:
    """Those of an extract in a folder of many: E.csv, also below as_of_date=.../, or any below a folder E/."""
    is_its = re.compile(
        rf"((as_of_date=[^/]+/)?{extract}\.((csv|txt|tsv|dat)(\.gz)?|parquet|xlsx)$|{extract}(\.csv|\.parquet)?/)",
        re.IGNORECASE,
    )
    return [
        str(file)
        for file in _below(Path(folder))
        if DATA.search(file.name) and is_its.match(file.relative_to(folder).as_posix())
    ]


def folder_keys(files: Sequence[str]) -> list[str]:
    """The names of folders such as as_of_date=2025-06-30."""
    return list(dict.fromkeys(key for file in files for key in re.findall(r"([^/\\=]+)=[^/\\]*[/\\]", file)))


def of_folder(key: str) -> str:
    """What the folder of a file says, beside a column of the same name."""
    return f"{key} of the folder"


def _below(folder: Path) -> list[Path]:
    return sorted(file for depth in ("*", "*/*", "*/*/*") for file in folder.glob(depth) if file.is_file())


def kind_of_file(extract: str, file: str) -> str:
    """CSV, Parquet or xlsx. Raises Refused at anything else."""
    if not (found := DATA.search(file)):
        raise Refused(
            f"Extract {extract}: cannot read {file}; give .csv (or .txt, .tsv, .dat, also with .gz), .parquet or .xlsx"
        )
    return {"parquet": "Parquet", "xlsx": "xlsx"}.get(found[1].lower(), "CSV")
