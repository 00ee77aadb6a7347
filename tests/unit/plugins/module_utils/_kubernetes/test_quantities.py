# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import quantities


@pytest.mark.parametrize(
    "text, number",
    [
        ("2", 2),
        ("3920m", 3.92),
        ("16Gi", 16 * 2**30),
        ("4028708Ki", 4028708 * 1024),
        ("1k", 1000),
        ("1e3", 1000),
        ("9223372036854775807", 9223372036854775807),
        ("0", 0),
        (110, 110),
        ("1.5G", 1.5e9),
        ("2E", 2e18),
        ("5n", 5e-9),
    ],
)
def test_quantities(text, number):
    assert quantities.quantity(text) == pytest.approx(number)


@pytest.mark.parametrize("text", ["", "x", "Gi", "None"])
def test_what_is_no_quantity(text):
    with pytest.raises(ValueError):
        quantities.quantity(text)
