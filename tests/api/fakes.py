# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects for a real apiserver that has no nodes, and a kubelet that lives in a thread of the test."""

from __future__ import annotations

import datetime
import threading
import time

from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.client import Client
from ansible_collections.cri.switchover.plugins.module_utils._kubernetes.errors import KubeError

NODES = "/api/v1/nodes"
LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"


def now(micro: bool = False) -> str:
    moment = datetime.datetime.now(datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ" if micro else "%Y-%m-%dT%H:%M:%SZ")


NOBODY = "00000000-0000-0000-0000-000000000000"
VERSIONS = {"Node": "v1", "Job": "batch/v1", "ReplicationController": "v1"}


def owner(kind: str, name: str, uid: str | None = None) -> dict:
    """A pod's controller. Without a uid, Cluster.pod makes it where there is none yet."""
    return {"apiVersion": VERSIONS.get(kind, "apps/v1"), "kind": kind, "name": name, "uid": uid, "controller": True}


class Kubelet(threading.Thread):
    """Ends the node's terminating pods, runs pending ones, and reports: as seen from the API."""

    def __init__(self, client: Client, node: str, runtime: str = "docker://20.10.24", **how) -> None:
        super().__init__(daemon=True)
        self.client = client
        self.node = node
        self.runtime = runtime
        self.beats = how.get("beats", True)  # renews Lease and heartbeat
        self.starts = how.get("starts", True)  # runs pending pods
        self.lacks = how.get("lacks", ())  # RuntimeClasses of which it runs none
        self.ends = how.get("ends", True)  # ends terminating pods
        self.after = how.get("after", 0.5)  # seconds that an end takes
        self.on_gone = how.get("on_gone")  # called with each pod that ended, as a controller would
        self._seen: dict[str, float] = {}
        self._over = threading.Event()

    def __enter__(self) -> Kubelet:
        self.start()
        return self

    def __exit__(self, *_) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        while not self._over.wait(0.2):
            try:
                self.work()
            except KubeError as exc:
                if exc.status not in (404, 409) and not exc.is_temporary:
                    raise

    def work(self) -> None:
        if self.beats:
            self.report()
        for pod in self.client.items("/api/v1/pods", {"fieldSelector": f"spec.nodeName={self.node}"}):
            meta = pod["metadata"]
            path = f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}"
            if meta.get("deletionTimestamp"):
                if self.ends and time.monotonic() - self._seen.setdefault(meta["uid"], time.monotonic()) >= self.after:
                    self.client.delete(path, {"gracePeriodSeconds": 0, "preconditions": {"uid": meta["uid"]}})
                    if self.on_gone:
                        self.on_gone(pod)
            elif pod["spec"].get("runtimeClassName") in self.lacks:
                continue
            elif self.starts and pod["status"].get("phase") == "Pending":
                self.client.patch(f"{path}/status", {"status": running(self.runtime.split("://")[0], meta["uid"])})

    def report(self) -> None:
        ready = {"type": "Ready", "status": "True", "reason": "KubeletReady", "lastHeartbeatTime": now()}
        status = {"conditions": [ready], "nodeInfo": {"containerRuntimeVersion": self.runtime}}
        self.client.patch(f"{NODES}/{self.node}/status", {"status": status})
        self.client.patch(f"{LEASES}/{self.node}", {"spec": {"renewTime": now(micro=True)}})


def running(runtime: str, uid: str) -> dict:
    return {
        "phase": "Running",
        "conditions": [{"type": "Ready", "status": "True"}],
        "containerStatuses": [
            {
                "name": "main",
                "image": "web:1",
                "imageID": "sha256:1",
                "ready": True,
                "restartCount": 0,
                "containerID": f"{runtime}://{uid}",
                "state": {"running": {"startedAt": now()}},
            }
        ],
    }


class Cluster:
    """Makes objects and takes them all away again."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._made: list[str] = []
        self._controllers: dict[tuple, str] = {}

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_) -> None:
        for path in reversed(self._made):
            try:
                self.client.delete(path, {"gracePeriodSeconds": 0, "propagationPolicy": "Background"})
            except KubeError as exc:
                if exc.status != 404:
                    raise

    def _make(self, collection: str, body: dict) -> dict:
        made = self.client.post(collection, body)
        path = f"{collection}/{made['metadata']['name']}"
        if path not in self._made:
            self._made.append(path)
        return made

    def node(self, name: str, runtime: str = "docker://20.10.24", **status) -> dict:
        self._make(NODES, {"metadata": {"name": name, "labels": {"topology.kubernetes.io/zone": "a"}}})
        self._make(LEASES, {"metadata": {"name": name}, "spec": {"holderIdentity": name, "renewTime": now(micro=True)}})
        body = {
            "conditions": [{"type": "Ready", "status": "True", "lastHeartbeatTime": now()}],
            "addresses": [{"type": "InternalIP", "address": "192.0.2.7"}, {"type": "Hostname", "address": name}],
            "allocatable": {"cpu": "2", "memory": "4Gi", "pods": "110", "ephemeral-storage": "10Gi"},
            "nodeInfo": {"containerRuntimeVersion": runtime, "kubeletVersion": "v1.23.17"},
        }
        body.update(status)
        node = self.client.patch(f"{NODES}/{name}/status", {"status": body})
        # The apiserver's admission taints every new node until its controller says otherwise.
        return self.client.patch(f"{NODES}/{name}", {"spec": {"taints": None}}) or node

    def read_node(self, name: str) -> dict:
        return self.client.get(f"{NODES}/{name}")

    def pod(self, name: str, node: str, controller: dict | None = None, ready: bool = True, **spec) -> dict:
        meta: dict = {"name": name, "namespace": spec.pop("namespace", "default")}
        meta["labels"] = spec.pop("labels", {})
        meta["annotations"] = spec.pop("annotations", {})
        meta["finalizers"] = spec.pop("finalizers", [])
        runtime = spec.pop("runtime", "docker")
        if controller:
            uid = controller["uid"] or self.controller(controller["kind"], controller["name"], meta["namespace"])
            meta["ownerReferences"] = [{**controller, "uid": uid}]
        spec = {"nodeName": node, "containers": [{"name": "main", "image": "web:1"}], **spec}
        collection = f"/api/v1/namespaces/{meta['namespace']}/pods"
        made = self._make(collection, {"metadata": meta, "spec": spec})
        if meta.get("finalizers"):
            self._made.remove(f"{collection}/{name}")  # only who takes the finalizer off can take the pod away
        if ready:
            made = self.client.patch(
                f"{collection}/{name}/status", {"status": running(runtime, made["metadata"]["uid"])}
            )
        return made

    def controller(self, kind: str, name: str, namespace: str = "default", replicas: int = 2) -> str:
        """Its UID. Nobody here acts for it."""
        key = (kind, namespace, name)
        if kind == "Node":
            return NOBODY
        if key not in self._controllers:
            spec = {} if kind in ("DaemonSet", "Job") else {"replicas": replicas}
            pod_spec = {"restartPolicy": "Never"} if kind == "Job" else {}
            api = {"Job": "batch/v1"}.get(kind, "apps/v1")
            made = self._workload(api, f"{kind.lower()}s", name, namespace, spec, pod_spec, selects=kind != "Job")
            self._controllers[key] = made["metadata"]["uid"]
        return self._controllers[key]

    def has_pod(self, name: str, namespace: str = "default") -> bool:
        try:
            self.client.get(f"/api/v1/namespaces/{namespace}/pods/{name}")
            return True
        except KubeError as exc:
            assert exc.status == 404
            return False

    def pdb(self, name: str, labels: dict, allowed: int, **spec) -> None:
        """Returns once the disruption controller has seen it and allows that many disruptions."""
        spec = spec or {"minAvailable": 1}
        collection = "/apis/policy/v1/namespaces/default/poddisruptionbudgets"
        self._make(collection, {"metadata": {"name": name}, "spec": {"selector": {"matchLabels": labels}, **spec}})
        deadline = time.monotonic() + 20
        while True:
            status = self.client.get(f"{collection}/{name}")["status"]
            if status.get("observedGeneration") and status.get("disruptionsAllowed") == allowed:
                return
            assert time.monotonic() < deadline, f"PDB {name}: {status}"
            time.sleep(0.2)

    def daemonset(self, name: str, namespace: str = "default", **pod_spec) -> dict:
        return self._workload("apps/v1", "daemonsets", name, namespace, {}, pod_spec)

    def deployment(self, name: str, namespace: str = "default", **pod_spec) -> dict:
        return self._workload("apps/v1", "deployments", name, namespace, {}, pod_spec)

    def _workload(
        self, api: str, resource: str, name: str, namespace: str, spec: dict, pod_spec: dict, selects: bool = True
    ) -> dict:
        labels = {"app": name}
        pod_spec = {"containers": [{"name": "main", "image": "web:1"}], **pod_spec}
        template = {"metadata": {"labels": labels}, "spec": pod_spec}
        selector = {"selector": {"matchLabels": labels}} if selects else {}
        body = {"metadata": {"name": name}, "spec": {**selector, "template": template, **spec}}
        return self._make(f"/apis/{api}/namespaces/{namespace}/{resource}", body)

    def cronjob(self, name: str, **pod_spec) -> dict:
        pod_spec = {"containers": [{"name": "m", "image": "web:1"}], "restartPolicy": "Never", **pod_spec}
        spec = {"schedule": "0 0 1 1 *", "suspend": True}
        spec["jobTemplate"] = {"spec": {"template": {"spec": pod_spec}}}
        return self._make("/apis/batch/v1/namespaces/default/cronjobs", {"metadata": {"name": name}, "spec": spec})

    def runtime_class(self, name: str, handler: str) -> None:
        self._make("/apis/node.k8s.io/v1/runtimeclasses", {"metadata": {"name": name}, "handler": handler})

    def claim(self, name: str, volume: str) -> None:
        spec = {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
            "volumeName": volume,
            "storageClassName": "",
        }
        collection = "/api/v1/namespaces/default/persistentvolumeclaims"
        self._make(collection, {"metadata": {"name": name}, "spec": spec})
        # The one of its protection: nobody here would take it off.
        self.client.patch(f"{collection}/{name}", {"metadata": {"finalizers": None}})

    def attachment(self, name: str, node: str, volume: str) -> str:
        """Its path: who detaches the volume deletes it."""
        collection = "/apis/storage.k8s.io/v1/volumeattachments"
        spec = {"attacher": "csi.example.com", "nodeName": node, "source": {"persistentVolumeName": volume}}
        self._make(collection, {"metadata": {"name": name}, "spec": spec})
        return f"{collection}/{name}"

    def csinode(self, name: str, drivers: list[str]) -> None:
        spec = {"drivers": [{"name": driver, "nodeID": name} for driver in drivers]}
        self._make("/apis/storage.k8s.io/v1/csinodes", {"metadata": {"name": name}, "spec": spec})

    def grant(self, user: str, rules: list[dict]) -> None:
        api = "/apis/rbac.authorization.k8s.io/v1"
        name = f"test-{user}"
        self._make(f"{api}/clusterroles", {"metadata": {"name": name}, "rules": rules})
        role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name}
        subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}
        self._make(f"{api}/clusterrolebindings", {"metadata": {"name": name}, "roleRef": role, "subjects": [subject]})
