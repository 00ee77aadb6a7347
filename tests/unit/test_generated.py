"""What is generated is not stale, and a new setting is one row."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import generate
import pytest
import yaml
from generators import blocks, role_settings

TOP = Path(__file__).resolve().parents[2]
ROW = """
    Setting(
        name="switchover_dummy_delay",
        kind=Whole(2, 9, "seconds"),
        default=3,
        scope=HOST,
        section=SWITCH,
        description="Seconds of a dummy.",
        variables=("switch_node_dummy_delay",),
    ),
)
"""


def test_no_generated_file_is_stale():
    stale = [str(path.relative_to(TOP)) for path in generate.stale()]
    assert stale == [], "run: ./lab exec python tests/generate.py"


@pytest.fixture
def checkout(tmp_path):
    """A copy of what the command reads and writes."""
    for name in ("plugins", "roles", "playbooks", "docs"):
        shutil.copytree(TOP / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(TOP / "tests" / "generators", tmp_path / "tests" / "generators")
    shutil.copy(TOP / "tests" / "generate.py", tmp_path / "tests")
    shutil.copytree(TOP / "collections", tmp_path / "collections", symlinks=True)
    return tmp_path


def run(checkout, *options):
    command = [sys.executable, "tests/generate.py", *options]
    return subprocess.run(command, cwd=checkout, capture_output=True, text=True)


def errors_of(checkout, values):
    """What the guard of the copy says."""
    code = (
        "from ansible_collections.cri.switchover.plugins.plugin_utils.settings.errors import errors\n"
        f"print(errors({values!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=checkout / "collections", capture_output=True, text=True)
    return done.stdout + done.stderr


def test_a_new_setting_is_one_row(checkout):
    assert run(checkout).returncode == 0 and run(checkout, "--check").stdout == ""
    path = checkout / "plugins/plugin_utils/settings/rows/node.py"
    text = path.read_text(encoding="utf-8")
    assert text.endswith("\n)\n")
    path.write_text(text[: -len("\n)\n")] + ROW, encoding="utf-8")

    checked = run(checkout, "--check")
    assert checked.returncode == 1
    changed = ["docs/settings.md", "roles/switch_node/defaults/main.yml", "roles/switch_node/meta/argument_specs.yml"]
    assert checked.stdout.splitlines() == [f"stale: {name}" for name in changed]
    assert run(checkout).returncode == 0 and run(checkout, "--check").returncode == 0

    def content(name):
        return (checkout / name).read_text(encoding="utf-8")

    row = "| `switchover_dummy_delay` | `3` | 2 to 9 | Seconds of a dummy. | host | no |\n"
    assert row in content("docs/settings.md")
    defaults = yaml.safe_load(content("roles/switch_node/defaults/main.yml"))
    assert defaults["switch_node_dummy_delay"] == "{{ lookup('cri.switchover.setting', 'switchover_dummy_delay') }}"
    specs = yaml.safe_load(content("roles/switch_node/meta/argument_specs.yml"))["argument_specs"]
    option = {"description": "Seconds of a dummy.", "type": "int", "default": 3}
    assert all(spec["options"]["switch_node_dummy_delay"] == option for spec in specs.values())
    assert errors_of(checkout, {"switchover_dummy_delay": "9"}) == "[]\n"
    assert "of seconds, 2 to 9" in errors_of(checkout, {"switchover_dummy_delay": 10})
    assert "did you mean switchover_dummy_delay?" in errors_of(checkout, {"switchover_dumy_delay": 3})


def test_a_block_is_filled_and_the_rest_stays():
    text = f"a: 1\n  {blocks.BEGIN}\n  old: 1\n  {blocks.END}\nb: 2\n"
    new = blocks.fill(text, lambda block: ["x: 1", "y:", *block.of(["z"])])
    assert new == f"a: 1\n  {blocks.BEGIN}\n  x: 1\n  y:\n  z\n  {blocks.END}\nb: 2\n"
    assert blocks.fill(new, lambda block: []) == f"a: 1\n  {blocks.BEGIN}\n  {blocks.END}\nb: 2\n"
    with pytest.raises(ValueError, match="there is no block"):
        blocks.fill("a: 1\n", lambda block: [])


@pytest.mark.parametrize("choice, chosen", [("", "abc"), (": a, c", "ac"), (", without: a, c", "b")])
def test_a_block_says_what_it_shall_have(choice, chosen):
    text = f"{blocks.BEGIN}{choice}\n{blocks.END}\n"
    assert blocks.fill(text, lambda block: block.of(list("abc"))) == text.replace(
        "\n", "\n" + "\n".join(chosen) + "\n", 1
    )
    with pytest.raises(ValueError, match="not there: d"):
        blocks.fill(f"{blocks.BEGIN}: a, d\n{blocks.END}\n", lambda block: block.of(list("abc")))


@pytest.mark.parametrize(
    "value",
    [
        "",
        "a b",
        "a: b",
        "a #b",
        "- a",
        "true",
        "1",
        "null",
        "*a",
        "a, b",
        "C(x)",
        "/etc/x",
        1,
        True,
        [],
        ["a", "25%", 1],
        ["a, b"],
    ],
)
def test_yaml_reads_the_same(value):
    assert yaml.safe_load(f"x: {role_settings.as_yaml(value)}") == {"x": value}
