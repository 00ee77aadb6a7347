# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which steps a revert has: it undoes what has begun."""

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._engine import revert_steps, switch_steps
from ansible_collections.cri.switchover.plugins.module_utils._engine.revert_plan import revert_names
from ansible_collections.cri.switchover.tests.unit.plugins.module_utils._engine.samples import journal

SWITCH = [step.__name__ for step, _seconds in switch_steps.switch_steps_of({})]
BOOTING = [step.__name__ for step, _seconds in switch_steps.SWITCH]
BACK = [step.__name__ for step, _seconds in revert_steps.REVERT]
REVERT = [name for name in BACK if name != "revert_loader"]

ON = ["revert_enable_recovery", "revert_stop_kubelet"]
FILES = ["revert_release_network", "revert_files", "revert_unit_files"]
UP = ["revert_clear_checkpoints", "revert_start_kubelet"]


@pytest.mark.parametrize(
    "begun, wanted, at_boot",
    [
        ([], [], []),
        (["take_before_images", "enable_recovery", "arm_watchdog"], [], []),
        (["stop_kubelet"], ON + ["revert_runtimes"] + UP, []),
        (["stop_kubelet", "stop_pods"], ON + ["revert_runtimes", "revert_stop_sandboxes"] + UP, []),
        (
            SWITCH[: SWITCH.index("write_target") + 1],
            ON + FILES + ["revert_runtimes", "revert_stop_sandboxes"] + UP,
            FILES,
        ),
        (SWITCH[: SWITCH.index("start_target") + 1], REVERT[1:], FILES),
        # verified: Docker must show first that it works, for the target does
        (SWITCH[: SWITCH.index("verify_target") + 1], REVERT, FILES),
        (SWITCH, REVERT, FILES),
        (SWITCH + REVERT[:2], REVERT, FILES),
        (BOOTING, BACK, FILES[:2] + ["revert_loader"] + FILES[2:]),
        # too late to ask
        (SWITCH + REVERT[:3], REVERT[1:], FILES),
        (
            ["stop_kubelet", "finish_offline"],
            ON + ["revert_remove_pods"] + FILES + ["revert_runtimes", "revert_stop_sandboxes"] + UP,
            FILES,
        ),
    ],
)
def test_the_revert_undoes_what_has_begun(begun, wanted, at_boot):
    made = journal("switching", begun)
    assert revert_names(made) == wanted
    assert [name for name in BACK if name in wanted] == wanted, "in the order they are done"
    assert revert_names(made, boot=True) == at_boot
    made["recovered_boot"] = "b2"
    assert revert_names(made, boot_id="b3") == wanted
    after = revert_names(made, boot_id="b2")
    assert after == (["revert_runtimes"] + UP if wanted else []), "what lies on the disk is back already"
