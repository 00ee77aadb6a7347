# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and places: the files, the units and the label that this program has on a node. Constants only."""

# Root only. Journal, plan, before-images, staged files, and this program.
STATE = "/var/lib/cri-switchover"
ARCHIVE = STATE + "/engine.zip"
LAUNCHER = STATE + "/cri-switchover"
COMMAND = "/usr/local/sbin/cri-switchover"
FACT = "/etc/ansible/facts.d/cri_switchover.fact"
# Gone after a reboot: while it stands, engine and watchdog of this boot are in charge, not the recovery unit.
BOOT_MARK = "/run/cri-switchover.boot"
# Who works on this node from outside, and until when. Gone after a reboot, as its connection is.
NODE_LOCK = "/run/cri-switchover.lock-owner"
# Space kept back, so that a full disk cannot stop a revert and its record.
RESERVE = STATE + "/reserve"
RESERVE_BYTES = 1 << 20

ENGINE_UNIT = "cri-switchover.service"
REVERT_UNIT = "cri-switchover-revert.service"
WATCHDOG = "cri-switchover-watchdog"
RECOVERY_UNIT = "cri-switchover-recover.service"

# On each container and sandbox that only shows that a runtime works.
SMOKE_LABEL = "cri.switchover/smoke"
