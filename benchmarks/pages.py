"""`python -m benchmarks.pages`: the tables of the benchmarks as docs/speed.md shows them, copied as they are."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SPEED = ROOT / "docs" / "speed.md"


def filled(page: str) -> str:
    """The page with the table of each mark `<!-- FILE, table N -->` below it, in place of the one that is there."""

    def with_table(mark: re.Match[str]) -> str:
        text = (ROOT / mark[2]).read_text(encoding="utf-8")
        tables = re.findall(r"^(?:\|.*\n)+", text, flags=re.M)
        return f"{mark[1]}{tables[int(mark[3]) - 1]}"

    return re.sub(r"(<!-- (\S+), table (\d+) -->\n\n)(?:\|.*\n)*", with_table, page)


def main() -> None:
    """Rewrites docs/speed.md."""
    SPEED.write_text(filled(SPEED.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
