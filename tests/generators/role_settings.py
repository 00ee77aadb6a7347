"""The variables of roles that read a setting: in their defaults, and in their argument specs."""

from __future__ import annotations

import json
import re
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import yaml

from ansible_collections.cri.switchover.plugins.plugin_utils.settings.setting import Setting
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.table import SETTINGS

from .blocks import Chosen, chosen, fill

# As .yamllint has it.
LINE = 160


def variables(role: str) -> dict[str, Setting]:
    """{variable without the prefix of its role: its setting} of a role, in the order of the table."""
    return {
        variable[len(role) + 1 :]: setting
        for setting in SETTINGS.values()
        for variable in setting.variables
        if variable.startswith(role + "_")
    }


def defaults(role: str) -> Callable[[str], str]:
    """Of the present text of defaults/main.yml the new one."""

    def lines(_chosen: Chosen) -> list[str]:
        found = []
        for variable, setting in variables(role).items():
            line = f"{role}_{variable}: \"{{{{ lookup('cri.switchover.setting', '{setting.name}') }}}}\""
            default = f"# {as_yaml(setting.default)}"
            found += [f"{line}  {default}"] if len(line) + 2 + len(default) <= LINE else [default, line]
        return found

    return lambda text: fill(text, lines)


def argument_specs(role: str) -> Callable[[str], str]:
    """Of the present text of meta/argument_specs.yml the new one. An option that stands twice is an alias then."""
    found = variables(role)

    def new(text: str) -> str:
        uses = Counter(name for block in chosen(text) for name in block.of(list(found)))
        written: set[str] = set()

        def lines(block: Chosen) -> list[str]:
            options = []
            for name in block.of(list(found)):
                if name in written:
                    options.append(f"{role}_{name}: *{name}")
                    continue
                written.add(name)
                options.append(f"{role}_{name}:" + (f" &{name}" if uses[name] > 1 else ""))
                options += [f"  {line}" for line in option(found[name])]
            return options

        return fill(text, lines)

    return new


def option(setting: Setting) -> Iterator[str]:
    """The lines of an option, without indentation."""
    sentences = [markup(text) for text in (setting.description, *setting.more)]
    if len(sentences) == 1:
        yield f"description: {as_yaml(sentences[0])}"
    else:
        yield "description:"
        for text in sentences:
            yield from textwrap.wrap(as_yaml(text), 120, initial_indent="  - ", subsequent_indent="    ")
    for key, value in setting.kind.argument().items():
        yield f"{key}: {as_yaml(value)}"
    yield f"default: {as_yaml(setting.default)}"


def markup(text: str) -> str:
    """Ansible's markup for Markdown's code."""
    return re.sub(r"`([^`]*)`", r"C(\1)", text)


def as_yaml(value: Any, inside: str = "a: %s") -> str:
    """A value in one line of YAML, without quotes where words read as the same. ``inside``: where it stands."""
    if isinstance(value, list):
        return "[%s]" % ", ".join(as_yaml(item, "[%s]") for item in value)
    if isinstance(value, str) and re.match(r"[A-Za-z/]", value):
        try:
            if yaml.safe_load(inside % value) == yaml.safe_load(inside % json.dumps(value)):
                return value
        except yaml.YAMLError:
            pass
    return json.dumps(value, ensure_ascii=False)
