# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  kubeconfig:
    description:
      - Path of a kubeconfig on the controller.
      - Without it, the environment of the task tells. E(K8S_AUTH_HOST) with its own credentials
        (E(K8S_AUTH_API_KEY), or E(K8S_AUTH_CERT_FILE) and E(K8S_AUTH_KEY_FILE), or E(K8S_AUTH_USERNAME) and
        E(K8S_AUTH_PASSWORD)); else E(K8S_AUTH_KUBECONFIG), E(KUBECONFIG), the service account of the pod
        this runs in, or C(~/.kube/config), the first that is there.
      - E(K8S_AUTH_VERIFY_SSL), E(K8S_AUTH_SSL_CA_CERT), E(K8S_AUTH_PROXY) and E(K8S_AUTH_NO_PROXY) count too, unless
        this option is given.
    type: path
  context:
    description:
      - Context of the kubeconfig to use, instead of its current one.
      - Without it, E(K8S_AUTH_CONTEXT) counts.
    type: str
requirements:
  - kubernetes >= 24.2.0 (Python package), in the Python that runs the module
notes:
  - Talks to the Kubernetes API and to no node. Run it on the controller, with C(delegate_to=localhost), without
    C(become), and by the Python that runs the playbook.
"""
