"""`inspector doctor --licences`."""

import json

from inspector.doctor.licences import licences
from inspector.doctor.versions import PACKAGES
from tests.command import run


def test_each_package_names_its_licence() -> None:
    done = run("doctor", "--licences", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found = {each["package"].lower().replace("_", "-"): each for each in json.loads(done.stdout)["licences"]}
    assert {name.lower() for name in PACKAGES} <= found.keys()
    assert {"shiboken6", "markupsafe", "pygments"} <= found.keys()  # what PySide6, Jinja2 and rich need
    assert "LGPL" in found["pyside6-essentials"]["licence"]
    assert not [name for name, each in found.items() if each["licence"].startswith("not named")]
    assert any("3rd-party" in file.lower() for file in found["opencv-python"]["files"])


def test_as_text_there_is_a_line_for_each() -> None:
    done = run("doctor", "--licences")
    lines = [line for line in done.stdout.splitlines() if line and not line.startswith(" ")]
    assert [line.split()[0] for line in lines] == [each.package for each in licences()]
