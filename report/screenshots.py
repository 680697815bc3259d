"""`python -m report.screenshots`: the pictures of README.md and docs/, from the report over the sample bank."""

from report.__main__ import report_path
from report.browser import choose, open_browser, open_report
from report.warehouse import ROOT

FOLDER = ROOT / "docs"


def main() -> None:
    """Write the pictures to docs/."""
    with open_browser() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 1240})
        open_report(page, report_path())
        page.screenshot(path=FOLDER / "overview.png")
        page.evaluate("document.getElementById('trust').scrollIntoView()")
        page.screenshot(path=FOLDER / "trust.png")
        choose(page, "combined")
        page.evaluate("document.getElementById('segments').scrollIntoView()")
        page.screenshot(path=FOLDER / "segments.png")
        page.emulate_media(color_scheme="dark")
        page.evaluate("document.getElementById('form').scrollIntoView()")
        page.screenshot(path=FOLDER / "form.png")


if __name__ == "__main__":
    main()
