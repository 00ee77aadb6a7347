"""The examples in the READMEs of roles. A test runs each as it stands there."""

import re
from pathlib import Path

ROLES = Path(__file__).resolve().parents[2] / "roles"


def example(role):
    """The playbook that the role's README shows."""
    text = (ROLES / role / "README.md").read_text(encoding="utf-8")
    found = re.search(r"^## Example\n.*?^```yaml\n(.*?)^```$", text, re.M | re.S)
    assert found, f"the README of {role} has no example"
    return found.group(1)
