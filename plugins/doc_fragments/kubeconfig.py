# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options by which modules reach the Kubernetes API."""


class ModuleDocFragment:
    """The documentation fragment cri.switchover.kubeconfig."""

    DOCUMENTATION = r"""
options:
  kubeconfig:
    description:
      - Path of a kubeconfig on the host where the module runs.
      - Without it, the environment of the task is used. First comes E(K8S_AUTH_HOST) with its own credentials. These
        are E(K8S_AUTH_API_KEY), or E(K8S_AUTH_CERT_FILE) and E(K8S_AUTH_KEY_FILE), or E(K8S_AUTH_USERNAME) and
        E(K8S_AUTH_PASSWORD).
      - Without E(K8S_AUTH_HOST), the module uses the first that is there of E(K8S_AUTH_KUBECONFIG), E(KUBECONFIG), the
        service account of its pod, and C(~/.kube/config).
      - E(K8S_AUTH_VERIFY_SSL), E(K8S_AUTH_SSL_CA_CERT), E(K8S_AUTH_PROXY) and E(K8S_AUTH_NO_PROXY) are used too, unless
        this option is given. The options below are always used.
    type: path
  context:
    description:
      - Context of the kubeconfig to use, instead of its current one.
      - Without it, E(K8S_AUTH_CONTEXT) is used.
    type: str
  host:
    description: URL of the API server. Else E(K8S_AUTH_HOST), else the server of the kubeconfig.
    type: str
    version_added: 0.2.0
  api_key:
    description: Bearer token. Else E(K8S_AUTH_API_KEY).
    type: str
    version_added: 0.2.0
  username:
    description: For basic authentication. Else E(K8S_AUTH_USERNAME).
    type: str
    version_added: 0.2.0
  password:
    description: For basic authentication. Else E(K8S_AUTH_PASSWORD).
    type: str
    version_added: 0.2.0
  ca_cert:
    description: File with the authority that signed the server's certificate. Else E(K8S_AUTH_SSL_CA_CERT).
    type: path
    aliases: [ssl_ca_cert]
    version_added: 0.2.0
  client_cert:
    description: File with a client's certificate. Else E(K8S_AUTH_CERT_FILE).
    type: path
    aliases: [cert_file]
    version_added: 0.2.0
  client_key:
    description: File with the key of O(client_cert). Else E(K8S_AUTH_KEY_FILE).
    type: path
    aliases: [key_file]
    version_added: 0.2.0
  validate_certs:
    description: Whether to check the server's certificate. Else E(K8S_AUTH_VERIFY_SSL), else yes.
    type: bool
    aliases: [verify_ssl]
    version_added: 0.2.0
  proxy:
    description: URL of an HTTP proxy for the API. Else E(K8S_AUTH_PROXY).
    type: str
    version_added: 0.2.0
  no_proxy:
    description: Hosts that are reached without the proxy. Else E(K8S_AUTH_NO_PROXY).
    type: str
    version_added: 0.2.0
requirements:
  - kubernetes >= 24.2.0 (Python package), in the Python that runs the module
notes:
  - Uses the Kubernetes API, and no node. Run it on the controller, with C(delegate_to=localhost), without
    C(become), and with the Python that runs the playbook.
  - On another host, the Python package and O(kubeconfig) must be on that host. Use C(become) if only root may read the
    kubeconfig.
"""
