"""CNI DEL for every sandbox in libcni's cache, as dockershim does when it stops one: argument pairs of id and pid."""

import base64
import glob
import json
import os
import subprocess
import sys

BIN = "/opt/cni/bin"
pids = dict(pair.split(":") for pair in sys.argv[1:])

for path in glob.glob("/var/lib/cni/cache/results/*"):
    with open(path) as handle:
        cached = json.load(handle)
    network = json.loads(base64.b64decode(cached["config"]))
    pid = pids.get(cached["containerId"], "0")
    env = {
        "PATH": os.environ["PATH"],
        "CNI_COMMAND": "DEL",
        "CNI_CONTAINERID": cached["containerId"],
        "CNI_NETNS": "/proc/%s/ns/net" % pid if pid != "0" else "",
        "CNI_IFNAME": cached["ifName"],
        "CNI_PATH": BIN,
        "CNI_ARGS": ";".join("=".join(pair) for pair in cached.get("cniArgs") or []),
    }
    for plugin in reversed(network["plugins"]):
        config = dict(plugin, name=network["name"], cniVersion=network["cniVersion"], prevResult=cached["result"])
        wanted = [name for name, able in (config.pop("capabilities", None) or {}).items() if able]
        given = cached.get("capabilityArgs") or {}
        runtime = {name: given[name] for name in wanted if name in given}
        if runtime:
            config["runtimeConfig"] = runtime
        subprocess.run(
            [os.path.join(BIN, plugin["type"])],
            input=json.dumps(config).encode(),
            env=env,
            check=True,
            stdout=subprocess.DEVNULL,
        )
    os.remove(path)
