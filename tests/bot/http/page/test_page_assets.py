"""The page and its files: guarded, known by what is in them, and all there in what is installed."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bot.http.page.shell import SCRIPTS
from tests.bot.http.around import Site

ROOT = Path(__file__).parents[4]
STATIC = ROOT / "bot" / "http" / "page" / "static"
FILES = sorted(path.name for path in STATIC.iterdir())


async def test_the_page_needs_no_token_and_has_no_script_or_style_inside(site: Site) -> None:
    page = await site.send("GET", "/", token=None)

    assert page.status_code == 200
    assert re.findall(r"<script[^>]*>(.*?)</script>", page.text) == [""]
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", page.text)


def test_the_page_names_all_of_its_scripts() -> None:
    assert sorted(f"{name}.js" for name in SCRIPTS) == [name for name in FILES if name.endswith(".js")]


async def test_its_policy_lets_in_nothing_but_its_own_files(site: Site) -> None:
    page = await site.send("GET", "/", token=None)
    policy = dict(rule.split(" ", 1) for rule in page.headers["Content-Security-Policy"].split("; "))

    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/page/words.json", *(f"/page/static/{name}" for name in FILES)])
async def test_what_the_browser_has_is_not_sent_again(site: Site, path: str) -> None:
    first = await site.send("GET", path, token=None)
    again = await site.send("GET", path, token=None, headers={"If-None-Match": f'"other", W/{first.headers["ETag"]}'})

    assert (first.status_code, first.headers["Cache-Control"]) == (200, "no-cache")
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]


@pytest.mark.parametrize("name", ["nothing.js", "..%2fshell.py", "__init__.py", "%2e%2e/assets.py"])
async def test_nothing_else_is_served(site: Site, name: str) -> None:
    assert (await site.send("GET", f"/page/static/{name}", token=None)).status_code == 404


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".js")])
def test_a_script_is_small_says_what_it_is_for_and_has_no_words_of_its_own(name: str) -> None:
    script = (STATIC / name).read_text()

    assert script.startswith("/* ")
    assert len(script.splitlines()) < 300
    assert not re.search(r"eval\(|new Function|document\.write|https?://", script)


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".css")])
def test_a_style_sheet_fetches_nothing_from_elsewhere(name: str) -> None:
    assert not re.search(r"@import|https?:|data:", (STATIC / name).read_text())


def test_all_files_are_in_what_is_installed(tmp_path: Path) -> None:
    build = "from poetry.core.masonry.api import build_wheel; import sys; print(build_wheel(sys.argv[1]))"
    said = subprocess.run(
        [sys.executable, "-c", build, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )

    names = zipfile.ZipFile(tmp_path / said.stdout.split()[-1]).namelist()
    assert [name for name in FILES if f"bot/http/page/static/{name}" not in names] == []
