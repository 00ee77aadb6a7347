"""docs/settings.md: all settings of an operator."""

from __future__ import annotations

from ansible_collections.cri.switchover.plugins.plugin_utils.settings.rows import node, run, target
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.setting import RUN, Setting
from ansible_collections.cri.switchover.plugins.plugin_utils.settings.table import SETTINGS

from .role_settings import as_yaml

HEAD = """\
# Settings

<!-- Written by tests/generate.py from plugins/plugin_utils/settings/rows. -->

Set these variables in the inventory, or with `-e`. An unknown `switchover_*` variable is an error, and so is a value
that a setting cannot have. The preflight reports all such errors together, before anything changes.

- **Scope**: a setting of scope "host" may differ between hosts and groups. A setting of scope "run" must be the same
  for all hosts.
- **Shapes the node**: a change of such a setting would change what stands on a node that is switched already.
- **As text**: surveys and `-e name=value` give text, which is read like data. Write a list with commas, such as
  `worker1,worker2`, or as JSON. Write a list of mappings as JSON or YAML.
- **Empty**: an empty text means that the setting is not set, so that its default counts.
- **Secrets**: no setting is a secret. Do not put credentials into one.
"""

# What the documents say of a section beside its table.
SECTIONS = {
    run.NODES: """\
Set the two groups only as extra variables (`-e`), because Ansible reads the inventory's variables too late for them.
See [Exceptions](../README.md#exceptions) for `switchover_allow`. An exception that concerns the whole run, such as
`no-lease`, counts if any host has it.
""",
    run.ROLLOUT: "See [rollout.md](rollout.md), and [Gates](../README.md#gates) for the gates of a node.\n",
    node.DRAIN: "See [Drain](../README.md#drain).\n",
    node.SWITCH: "See [How a node is switched](../README.md#how-a-node-is-switched).\n",
    target.TARGET: "See [handlers.md](handlers.md) and [cgroup-v2.md](cgroup-v2.md).\n",
    target.CONTAINERD: "See [containerd.md](containerd.md).\n",
    target.CRIO: "See [crio.md](crio.md).\n",
    target.REMOVAL: "See [remove-docker.md](remove-docker.md).\n",
}

COLUMNS = "| setting | default | values | what it is | scope | shapes the node |\n|---|---|---|---|---|---|\n"


def page(_text: str = "") -> str:
    """The page."""
    sections = list(dict.fromkeys(setting.section for setting in SETTINGS.values()))
    return "\n".join([HEAD, *map(section, sections)])


def section(name: str) -> str:
    """A heading, its sentences, and its table."""
    rows = "".join(row(setting) for setting in SETTINGS.values() if setting.section == name)
    return f"## {name}\n\n{SECTIONS.get(name, '')}\n{COLUMNS}{rows}"


def row(setting: Setting) -> str:
    """A row of the table."""
    default = setting.default_words or ("empty" if setting.default == "" else f"`{as_yaml(setting.default)}`")
    scope = "run" if setting.scope == RUN else "host"
    cells = (
        f"`{setting.name}`",
        default,
        values(setting),
        setting.description,
        scope,
        "yes" if setting.shapes else "no",
    )
    return "| %s |\n" % " | ".join(cells)


def values(setting: Setting) -> str:
    """Its choices, its bounds, or what else it can be."""
    asked, argument = setting.kind.question(), setting.kind.argument()
    if asked["type"] == "integer":
        return f"{asked['min']} to {asked['max']}"
    if "choices" in asked:
        return ", ".join(f"`{choice}`" for choice in asked["choices"])
    if argument["type"] == "list":
        return "list of mappings" if argument["elements"] == "dict" else "list"
    return "text"
