# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of one kubelet: as they are, and step by step as they will be. Pure."""

from ansible_collections.cri.switchover.plugins.module_utils._kubelet import command_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, Iterable, List, Mapping, Optional, Tuple

    from ansible_collections.cri.switchover.plugins.module_utils._kubelet.command_flags import Flag

    # (path, text)
    File = Tuple[str, str]

KUBEADM_ENV = "kubeadm-flags.env"
PACKAGE_FOLDERS = ("/usr/", "/lib/", "/run/")
_SHADOW = "/etc/systemd/system"


class Layout:
    """The files of one kubelet as read from the node; write() changes them here, not on the node.

    unit: the unit's name. unit_texts: [(path, text)], fragment first, drop-ins in systemd's order.
    env_files: {path: text} of those that exist.
    configs: [(path, text)], the file of --config first, then the drop-ins of --config-dir in order.
    instance: (path, text or None) of kubeadm's instance-config.yaml.
    links: paths of kubelet.service.wants/x and the like.
    moved: {path under /etc: the package's file it shadows}. touched: {path: why}, in order.
    """

    def __init__(
        self,
        unit: str,
        unit_texts: "Iterable[File]",
        env_files: "Mapping[str, str]",
        configs: "Iterable[File]" = (),
        instance: "Optional[Tuple[str, Optional[str]]]" = None,
        links: "Iterable[str]" = (),
    ) -> None:
        self.unit = unit
        self.unit_texts = list(unit_texts)
        self.env_files = dict(env_files)
        self.configs = list(configs)
        self.instance = instance
        self.links = list(links)
        self.moved: "Dict[str, str]" = {}
        self.touched: "Dict[str, List[str]]" = {}

    @property
    def is_kubeadm(self) -> bool:
        """Whether the kubelet has kubeadm's file of flags."""
        return any(path.endswith("/" + KUBEADM_ENV) for path in self.env_files)

    def expand(self) -> "command_line.Command":
        """The command line that these files give the kubelet."""
        return command_line.expand(self.unit_texts, self.env_files)

    def texts(self) -> "Dict[str, str]":
        """{path: text} of all files but instance-config.yaml."""
        return dict(dict(self.unit_texts + self.configs), **self.env_files)

    def text(self, path: str) -> str:
        """The text of one of the files. Raises KeyError for another path."""
        for units in (self.unit_texts, self.configs):
            for known, text in units:
                if known == path:
                    return text
        return self.env_files[path]

    def write(self, path: str, text: str, why: str) -> str:
        """Change a file, or add an environment file; a package's unit file is shadowed instead. Returns its path."""
        if any(known == path for known, _text in self.unit_texts):
            target = path
            if path.startswith(PACKAGE_FOLDERS):
                target = self._shadow(path)
                self.moved[target] = path
            self.unit_texts = [(target, text) if known == path else (known, old) for known, old in self.unit_texts]
            path = target
        elif any(known == path for known, _text in self.configs):
            self.configs = [(known, text if known == path else old) for known, old in self.configs]
        else:
            self.env_files[path] = text
        self._note(path, why)
        return path

    def write_instance(self, path: str, text: str, why: str) -> None:
        """Change kubeadm's instance-config.yaml, or add it."""
        self.instance = (path, text)
        self._note(path, why)

    def _note(self, path: str, why: str) -> None:
        reasons = self.touched.setdefault(path, [])
        if why not in reasons:
            reasons.append(why)

    def _shadow(self, path: str) -> str:
        name = path.rsplit("/", 1)[1]
        if path == self.unit_texts[0][0]:
            return "{0}/{1}".format(_SHADOW, self.unit)
        return "{0}/{1}/{2}".format(_SHADOW, path.rsplit("/", 2)[1], name)


def config_paths(flags: "Iterable[Flag]") -> "Tuple[Optional[str], Optional[str]]":
    """(--config, --config-dir) as the kubelet gets them; None where it gets none."""
    last = {flag.name: flag.value for flag in flags}
    return last.get("config"), last.get("config-dir")


def unique(items: "List[str]") -> "List[str]":
    """The items, each once, in the order of their first appearance."""
    return [item for index, item in enumerate(items) if item not in items[:index]]
