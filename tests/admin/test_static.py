import hashlib
import re
import tomllib
from importlib.resources import files

from admin.static_files import static_files


def test_files_of_others_are_what_the_list_says() -> None:
    folder = files("admin") / "static"
    listed = tomllib.loads((folder / "vendor.toml").read_text(encoding="utf-8"))["file"]
    for entry in listed:
        assert set(entry) == {"file", "name", "version", "licence", "source", "sha256"}
        assert hashlib.sha256((folder / entry["file"]).read_bytes()).hexdigest() == entry["sha256"]
    assert "htmx.min.js" in {entry["file"] for entry in listed}


def test_the_address_of_a_file_changes_with_its_content() -> None:
    served = static_files()["htmx.min.js"]
    assert served.address == f"/admin/static/htmx.min.js?v={served.digest[:12]}"
    assert served.content_type == "text/javascript"


def test_the_list_itself_is_not_served() -> None:
    assert "vendor.toml" not in static_files()


def test_letters_are_as_large_as_the_reader_set_them_in_his_browser() -> None:
    css = (files("admin") / "static" / "admin.css").read_text(encoding="utf-8")
    [root] = re.findall(r"^html \{ font: ([^/]+)/", css, re.MULTILINE)
    assert root == "100%"
