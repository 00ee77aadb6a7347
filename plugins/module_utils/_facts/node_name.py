# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The name under which a kubelet registers, and the certificate that says it. Pure."""

import base64
import re

from ansible_collections.cri.switchover.plugins.module_utils._facts import yaml_subset
from ansible_collections.cri.switchover.plugins.module_utils._facts.kubelet import last

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Optional, Tuple

    from ansible_collections.cri.switchover.plugins.module_utils._facts.kubelet import Arguments


def client_certificate(kubeconfig: str) -> "Tuple[Optional[str], Optional[str]]":
    """(path, base64 text) of the client certificate of a kubeconfig; either may be None.

    Raises yaml_subset.YamlError, AttributeError or TypeError for a text that is no kubeconfig.
    """
    document = yaml_subset.load(kubeconfig) or {}
    for entry in document.get("users") or []:
        user = entry.get("user") or {}
        if user.get("client-certificate") or user.get("client-certificate-data"):
            return user.get("client-certificate"), user.get("client-certificate-data")
    return None, None


def from_base64(text: str) -> str:
    """The ASCII text that a base64 text holds. Raises ValueError where it is no base64."""
    return base64.b64decode(text).decode("ascii", "replace")


def node_name_in_certificate(pem: str) -> "Optional[str]":
    """NAME of the common name system:node:NAME in the first certificate of a PEM text."""
    match = re.search(r"-----BEGIN CERTIFICATE-----(.+?)-----END CERTIFICATE-----", pem, re.S)
    if not match:
        return None
    try:
        der = base64.b64decode("".join(match.group(1).split()))
    except ValueError:
        return None
    # a DER string is its length in one byte (names are at most 253 long, below that two), then its characters
    found = re.search(rb"[\x0c\x13](?:\x81)?(.)(system:node:)", der, re.S)
    if not found:
        return None
    name = der[found.end() : found.start(2) + ord(found.group(1))]
    return name.decode("ascii", "replace") or None


def node_names(hostname: str, args: "Arguments", certificate_name: "Optional[str]") -> "Tuple[str, List[str]]":
    """(name the kubelet registers under, what contradicts it as sentences).

    args: kubelet's effective arguments. certificate_name: the name in its certificate, None where that is unknown.
    """
    override = last(args, "hostname-override")
    name = override or certificate_name or hostname.strip().lower()
    if certificate_name and name != certificate_name:
        return name, ["kubelet calls itself %s, its certificate says system:node:%s" % (name, certificate_name)]
    return name, []
