# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import pytest

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import credentials

HOST = {"K8S_AUTH_HOST": "https://api:6443"}


TOKEN = {"K8S_AUTH_API_KEY": "secret"}


@pytest.mark.parametrize(
    "kubeconfig, context, env, in_pod, wanted",
    [
        (None, None, {}, False, ("kubeconfig", "~/.kube/config", None)),
        (None, None, {}, True, ("incluster", None, None)),
        (None, "c", {}, True, ("kubeconfig", "~/.kube/config", "c")),
        (None, None, {"KUBECONFIG": "/a:/b"}, True, ("kubeconfig", "/a:/b", None)),
        (None, None, {"KUBECONFIG": "/a", "K8S_AUTH_KUBECONFIG": "/b"}, False, ("kubeconfig", "/b", None)),
        ("/c", None, {"KUBECONFIG": "/a", "K8S_AUTH_KUBECONFIG": "/b"}, False, ("kubeconfig", "/c", None)),
        (None, None, {"K8S_AUTH_CONTEXT": "c", "KUBECONFIG": "/a"}, False, ("kubeconfig", "/a", "c")),
        (None, "d", {"K8S_AUTH_CONTEXT": "c", "KUBECONFIG": "/a"}, False, ("kubeconfig", "/a", "d")),
        (None, None, dict(HOST, **TOKEN), True, ("direct", None, None)),
        (None, None, dict(HOST, K8S_AUTH_CERT_FILE="/c", K8S_AUTH_KEY_FILE="/k"), False, ("direct", None, None)),
        (None, None, dict(HOST, K8S_AUTH_USERNAME="u", K8S_AUTH_PASSWORD="p"), False, ("direct", None, None)),
        (None, None, dict(HOST, KUBECONFIG="/a"), False, ("kubeconfig", "/a", None)),
        ("/c", None, dict(HOST, **TOKEN), False, ("kubeconfig", "/c", None)),
    ],
)
def test_where_credentials_come_from(kubeconfig, context, env, in_pod, wanted):
    assert credentials.plan_credentials(kubeconfig, context, env, in_pod) == wanted


def test_every_option_is_one_of_the_environment_too():
    assert set(credentials.AUTH_SPEC) == set(credentials.AUTH) | {"kubeconfig", "context"}
    assert all(credentials.AUTH_SPEC[name].get("no_log") for name in ("api_key", "password"))
