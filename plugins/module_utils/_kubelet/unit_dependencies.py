# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dependencies of the kubelet's unit on the old runtime's units, and what else names Docker there. Pure."""

from ansible_collections.cri.switchover.plugins.module_utils._kubelet import edits
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.errors import PlanError
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.layout import unique
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.placed_text import Place
from ansible_collections.cri.switchover.plugins.module_utils._kubelet.unit_files import parse_unit, split_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Collection, Dict, List, Optional, Set

    from ansible_collections.cri.switchover.plugins.module_utils._kubelet.layout import Layout
    from ansible_collections.cri.switchover.plugins.module_utils._kubelet.placed_text import Span
    from ansible_collections.cri.switchover.plugins.module_utils._kubelet.unit_files import Entry

_DEPENDENCIES = ("Requires", "Requisite", "Wants", "BindsTo", "BindTo", "PartOf", "Upholds", "After")


def drop_dependencies(layout: "Layout", units: "Collection[str]", service: "Optional[str]") -> None:
    """Take dependencies on these units out of the kubelet's unit; an ordering after one becomes one after `service`.

    service: the new runtime's, None where it is not known. Raises PlanError for dependencies that are made by links.
    """
    dropped = set(units)
    if not dropped:
        return
    links = [path for path in layout.links if path.rsplit("/", 1)[1] in dropped]
    if links:
        raise PlanError(
            "CRI-KUBELET-UNIT-LINK",
            "dependencies of {0} made by links: {1}. Remove them, run systemctl daemon-reload and try again.".format(
                layout.unit, ", ".join(links)
            ),
            links=links,
        )
    # where the unit is ordered after the new service already, or cannot be, no ordering is replaced
    replacement = None if _is_ordered_after(layout, service) or service in dropped else service
    for path, text in layout.unit_texts:
        file = _UnitFile(path, text, dropped, replacement)
        for entry in parse_unit(text, path).select("Unit", *_DEPENDENCIES):
            file.drop_from(entry)
        replacement = file.replacement
        if file.changes:
            why = "no longer bound to " + ", ".join(unique(file.names))
            layout.write(path, edits.apply(layout.text, file.changes)[path], why)


def _is_ordered_after(layout: "Layout", service: "Optional[str]") -> bool:
    return any(
        service in entry.value.text.split()
        for path, text in layout.unit_texts
        for entry in parse_unit(text, path).select("Unit", "After")
    )


class _UnitFile:
    """One file of the unit, and the changes to it.

    replacement: the service that takes the first dropped place of an After=, None once it is there.
    names: the units that were dropped.
    """

    def __init__(self, path: str, text: str, dropped: "Set[str]", replacement: "Optional[str]") -> None:
        self.path, self.text, self.dropped, self.replacement = path, text, dropped, replacement
        self.changes: "Dict[Span, str]" = {}
        self.names: "List[str]" = []

    def drop_from(self, entry: "Entry") -> None:
        """Note what changes in one line."""
        words = split_words(entry.value, self.path)
        gone = [word for word in words if word.text in self.dropped]
        if not gone:
            return
        self.names.extend(word.text for word in gone)
        if entry.key == "After" and self.replacement:
            self.changes[(self.path, gone[0].start, gone[0].end)] = self.replacement
            self.replacement = None
            gone = gone[1:]
        elif len(gone) == len(words):
            lines = self.text[entry.start : entry.end].splitlines(True)
            comments = "".join(line for line in lines if line.lstrip()[:1] in ("#", ";"))
            self.changes[(self.path, entry.start, entry.end)] = comments
            return
        place = Place("exec", self.path, None, entry.value, 0, 0, 0, "")
        place.words = words
        for span in edits.removals(self.text, place, gone):
            self.changes[span] = ""


def docker_commands(layout: "Layout") -> "List[str]":
    """Sentences about other commands of the unit that name Docker; they are left alone."""
    return [
        "{0}: {1}= names docker and is left alone".format(path, entry.key)
        for path, text in layout.unit_texts
        for entry in parse_unit(text, path).entries
        if entry.section == "Service" and entry.key.startswith("Exec") and entry.key != "ExecStart"
        if "docker" in entry.value.text
    ]
