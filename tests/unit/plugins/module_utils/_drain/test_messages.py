# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from ansible_collections.cri.switchover.plugins.module_utils._drain import messages


def test_a_message_names_ten_pods():
    entries = [{"namespace": "s", "name": "p%d" % number, "pdbs": []} for number in range(12)]
    assert messages.describe(entries).endswith("s/p9 and 2 more")
    assert messages.describe([dict(entries[0], pdbs=["s/a", "s/b"])]) == "s/p0 (PDB s/a, s/b)"


def test_progress_and_numbers():
    numbers = {"namespace": "s", "name": "a", "allowed": 0, "healthy": 1, "expected": 2, "desired": 1}
    text = messages.budget(numbers)
    assert text == "PDB s/a: 0 disruptions allowed, 1 of 2 pods healthy, 1 needed"
    entries = [({"namespace": "s", "name": "p%d" % number}, "why" if number else None) for number in range(5)]
    text = messages.waiting(entries, 12.7)
    assert text == "waits for 5 pods, 12 s left: s/p0 (ending), s/p1 (why), s/p2 (why) and 2 more"


def test_a_dry_run_names_what_would_leave():
    web, db = ({"namespace": "s", "name": name, "pdbs": []} for name in ("web", "db"))
    assert messages.planned([web, db], [web]) == "would be drained of 2 pods: s/web, s/db; 1 pods would stay"
    assert messages.planned([], []) == "would be drained of 0 pods; 0 pods would stay"
