"""Files in an encoding that the engine does not read become UTF-8 first: a copy for as long as the process lasts."""

import atexit
import codecs
import hashlib
import shutil
import tempfile
from functools import cache
from pathlib import Path

from bank.faults import Refused
from bank.text_files import blocks_of

OF_THE_ENGINE = {"utf-8": "utf-8", "utf-8-sig": "utf-8", "iso8859-1": "latin-1"}


def known(encoding: str) -> str:
    """Python's name of an encoding. Raises Refused where there is none."""
    try:
        b" ".decode(encoding, "ignore")  # which knows those of text alone
        return codecs.lookup(encoding).name
    except (LookupError, UnicodeError, ValueError) as error:
        raise Refused(
            f"there is no encoding `{encoding}`; common ones: utf-8, windows-1252, latin-1, utf-16, iso-8859-15, cp850"
        ) from error


def readable(path: str, encoding: str) -> tuple[str, str]:
    """A file that the engine can read, and in which of its encodings: the file itself, or a copy in UTF-8.

    Raises Refused where the file has a sign that the encoding does not have.
    """
    name = known(encoding)
    if name in OF_THE_ENGINE and not (name == "iso8859-1" and _is_windows(path)):
        return path, OF_THE_ENGINE[name]
    state = Path(path).stat()
    return _copy(path, "cp1252" if name == "iso8859-1" else name, state.st_size, state.st_mtime_ns), "utf-8"


def _is_windows(path: str) -> bool:
    """Whether a file that is said to be Latin-1 has signs of Windows' extension of it, as nearly all such files may."""
    state = Path(path).stat()
    return _has_controls(path, state.st_size, state.st_mtime_ns)


@cache
def _has_controls(path: str, size: int, written: int) -> bool:
    controls = bytes(range(0x80, 0xA0))
    return any(len(block.translate(None, controls)) < len(block) for block in blocks_of(path))


@cache
def _copy(path: str, encoding: str, size: int, written: int) -> str:
    """Once for each state of a file. The folders that say a date or another key keep their names."""
    keys = [part for part in Path(path).parts[:-1] if "=" in part]
    name = Path(path).name.removesuffix(".gz").removesuffix(".GZ")
    place = _folder() / hashlib.sha256(f"{path}\n{encoding}\n{size}\n{written}".encode()).hexdigest()[:16]
    copy = place.joinpath(*keys, name)
    copy.parent.mkdir(parents=True)
    decoder, line = codecs.getincrementaldecoder(encoding)(), 1
    try:
        with copy.open("w", encoding="utf-8", newline="") as out:
            for block in blocks_of(path):
                decoded = decoder.decode(block)
                line += decoded.count("\n")
                out.write(decoded)
            out.write(decoder.decode(b"", final=True))
    except UnicodeDecodeError as error:
        line += bytes(error.object[: error.start]).count(b"\n")
        raise Refused(f"{path}, line {line}, has a sign that {encoding} does not have: what is its encoding?") from None
    return str(copy)


@cache
def _folder() -> Path:
    """For this user alone, gone when the process ends."""
    folder = tempfile.mkdtemp(prefix="utf-8-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)
