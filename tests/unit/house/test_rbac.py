"""The manifest of rights and the preflight's list of them are the same."""

from pathlib import Path

import yaml

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes import rights

MANIFEST = Path(__file__).resolve().parents[3] / "docs" / "rbac.yaml"


def granted():
    for obj in yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))["items"]:
        for rule in obj.get("rules") or []:
            for path in rule.get("nonResourceURLs") or []:
                yield from ((verb, path) for verb in rule["verbs"])
            for group in rule.get("apiGroups") or []:
                for resource in rule["resources"]:
                    for verb in rule["verbs"]:
                        for name in rule.get("resourceNames") or [None]:
                            yield verb, group, resource, obj["metadata"].get("namespace"), name


def asked():
    for name, right in rights.rights_needed("kube-system"):
        if name in (rights.DELETE_RIGHT, *rights.CLASS_RIGHTS):
            continue  # stand there as comments
        if "path" in right:
            yield right["verb"], right["path"]
            continue
        resource = "/".join(filter(None, [right["resource"], right.get("subresource")]))
        yield right["verb"], right["group"], resource, right.get("namespace"), right.get("name")


def test_the_manifest_grants_what_the_preflight_checks_and_no_more():
    assert set(granted()) == set(asked())
