# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A pod of a drain, for the tests of what becomes of it."""


def pod(name="p", kind="ReplicaSet", **changes):
    """As _kubernetes/entries.py makes it."""
    made = {
        "namespace": "shop",
        "name": name,
        "uid": "u-" + name,
        "owner_kind": kind,
        "owner_gone": False,
        "owner_single": False,
        "labels": {},
        "pdbs": [],
        "tolerates_cordon": False,
        "static": False,
        "phase": "Running",
        "terminating": False,
        "emptydir": False,
        "grace": 30,
    }
    assert set(changes) <= set(made)
    return dict(made, **changes)
