"""What the tests may cost, in counts; a file that needs more says so here."""

DBT_CALLS: dict[str, int] = dict.fromkeys(
    [path.stem for path in __import__("pathlib").Path(__file__).parent.glob("test_*.py")] + ["all"], 999
)
HEAVIEST_FIRST: list[str] = []
