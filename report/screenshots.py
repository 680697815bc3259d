"""`python -m report.screenshots REPORT`: the pictures of the README, of a report over the sample bank."""

import sys
from pathlib import Path

from report.browser import choose, open_browser, open_report

FOLDER = Path("docs")


def main() -> None:
    """Write the pictures to docs/."""
    report = Path(sys.argv[1])
    with open_browser() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        open_report(page, report)
        page.screenshot(path=FOLDER / "overview.png")
        choose(page, "combined")
        page.evaluate("document.getElementById('segments').scrollIntoView()")
        page.screenshot(path=FOLDER / "segments.png")
        page.emulate_media(color_scheme="dark")
        page.evaluate("document.getElementById('form').scrollIntoView()")
        page.screenshot(path=FOLDER / "form.png")


if __name__ == "__main__":
    main()
