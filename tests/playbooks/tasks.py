"""The names of the collection's own tasks. An option that names another one would make a test pass for nothing."""

from pathlib import Path

import yaml

TOP = Path(__file__).resolve().parents[2]


def names(tasks):
    """Of tasks and plays, and of what they contain."""
    for task in tasks:
        yield task.get("name")
        for key in ("tasks", "block", "rescue", "always"):
            yield from names(task.get(key) or [])


def is_task(name):
    """Whether a playbook or a role has a task of this name."""
    files = [path for folder in ("playbooks", "roles") for path in (TOP / folder).rglob("*.yml")]
    loaded = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in files]
    return any(name in names(content) for content in loaded if isinstance(content, list))
