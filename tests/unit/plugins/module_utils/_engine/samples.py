# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of tables begin with: a journal in some state, and what the programs of real nodes said."""

import os

from ansible_collections.cri.switchover.plugins.module_utils._engine.journal import new_journal

PLAN = {
    "schema": 1,
    "tool_version": "0.1.0",
    "run_id": "r1",
    "owner": "ci",
    "node_name": "n",
    "from": {},
    "to": {},
    "config_digest": "d",
    "settings": {},
}


def journal(phase="staged", steps=(), **more):
    made = new_journal(PLAN, 0)
    made.update(phase=phase, **more)
    for name in steps:
        made.begin(name, 0)
        made.finish(1)
    return made


def fixture(name):
    with open(os.path.join(os.path.dirname(__file__), "fixtures", "engine", name)) as stream:
        return stream.read()
