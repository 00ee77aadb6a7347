# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node is and which runtime its kubelet uses: the reading of its files and outputs. No input or output here."""

import base64
import fnmatch
import json
import re
import shlex

from ansible_collections.cri.switchover.plugins.module_utils._facts import yaml_subset

JOURNAL_SCHEMA = 1

CONFIG_FIELDS = (
    "cgroupDriver",
    "containerRuntimeEndpoint",
    "imageServiceEndpoint",
    "evictionHard",
    "imageGCHighThresholdPercent",
    "imageMinimumGCAge",
    "containerLogMaxSize",
    "containerLogMaxFiles",
    "staticPodPath",
    "nodeStatusUpdateFrequency",
    "memoryManagerPolicy",
    "cpuManagerPolicy",
    "failCgroupV1",
)
# The flags that beat a field of the configuration file.
FIELD_FLAGS = {
    "cgroup-driver": "cgroupDriver",
    "container-runtime-endpoint": "containerRuntimeEndpoint",
    "image-service-endpoint": "imageServiceEndpoint",
    "eviction-hard": "evictionHard",
    "image-gc-high-threshold": "imageGCHighThresholdPercent",
    "minimum-image-ttl-duration": "imageMinimumGCAge",
    "container-log-max-size": "containerLogMaxSize",
    "container-log-max-files": "containerLogMaxFiles",
    "pod-manifest-path": "staticPodPath",
    "node-status-update-frequency": "nodeStatusUpdateFrequency",
    "memory-manager-policy": "memoryManagerPolicy",
    "cpu-manager-policy": "cpuManagerPolicy",
    "fail-cgroupv1": "failCgroupV1",
}
_PAUSE_TAGS = {
    20: "3.2",
    21: "3.4.1",
    22: "3.5",
    23: "3.6",
    24: "3.7",
    25: "3.8",
    26: "3.9",
    27: "3.9",
    28: "3.9",
    29: "3.9",
    30: "3.9",
    31: "3.10",
    32: "3.10",
    33: "3.10",
    34: "3.10.1",
}


def version_tuple(text):
    """(1, 23, 17) of "v1.23.17+k3s1", "1.6.20~ds1" or "20.10.24"; None when there is none."""
    match = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text or "")
    return tuple(int(part or 0) for part in match.groups()) if match else None


def version_text(text):
    """The version itself out of what a `--version` prints; a suffix of the distribution stays."""
    match = re.search(r"\bv?(\d+\.\d+[\w.+~-]*)", text or "")
    return match.group(1) if match else None


# --- runtime handlers

# systemd.exec(5): what a service gets where nobody says otherwise.
SYSTEMD_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def search_path(environ, properties):
    """(PATH in which a runtime looks for its shims, where that is said).

    ``environ``: of the running process, as the kernel has it; ``properties``: of its unit.
    """
    for word in environ.split("\0"):
        if word.startswith("PATH="):
            return word[len("PATH=") :], "its process"
    try:
        words = shlex.split(properties.get("Environment", ""))
    except ValueError:
        words = []
    for word in reversed(words):
        if word.startswith("PATH="):
            return word[len("PATH=") :], "its unit"
    return SYSTEMD_PATH, "systemd's default"


def program_facts(text):
    """The version in what runc, crun or runsc print for --version, and what crun was built with."""
    match = re.search(r"^\S+ version (\S+)", text or "", re.M)
    features = re.findall(r"(?:^| )\+([A-Z_]+)", text or "", re.M)
    found = {"version": match.group(1) if match else None}
    return dict(found, features=sorted(features)) if features else found


# --- the machine


def parse_os_release(text):
    """The fields of /etc/os-release and the family they belong to."""
    fields = {}
    for line in text.splitlines():
        key, separator, value = line.strip().partition("=")
        if separator and not key.startswith("#"):
            parts = shlex.split(value)
            fields[key] = parts[0] if parts else ""
    like = fields.get("ID_LIKE", "").split()
    names = set(like + [fields.get("ID", "")])
    if names & {"debian", "ubuntu"}:
        family = "debian"
    elif names & {"rhel", "fedora", "centos"}:
        family = "redhat"
    elif any("suse" in name or name == "sles" for name in names):
        family = "suse"
    else:
        family = "other"
    return {
        "id": fields.get("ID", ""),
        "version_id": fields.get("VERSION_ID", ""),
        "id_like": like,
        "pretty_name": fields.get("PRETTY_NAME", ""),
        "family": family,
    }


def parse_mounts(text):
    """/proc/self/mounts as [{device, mount, fstype, options}], in the kernel's order."""
    mounts = []
    for line in text.splitlines():
        parts = line.split(" ")
        if len(parts) >= 4:
            mounts.append(
                {"device": parts[0], "mount": _unoctal(parts[1]), "fstype": parts[2], "options": parts[3].split(",")}
            )
    return mounts


def _unoctal(text):
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match.group(1), 8)), text)


def mount_of(path, mounts):
    """The mount that holds a path: the longest that contains it, of equals the one mounted last."""
    found = None
    for mount in mounts:
        point = mount["mount"].rstrip("/")
        if path == point or path.startswith(point + "/"):
            if found is None or len(point) >= len(found["mount"].rstrip("/")):
                found = mount
    return found


def cgroup_facts(mounts, kernel_command_line, controllers=None, psi=False):
    """``controllers``: the text of cgroup.controllers at the root, None on version 1."""
    at_root = [mount["fstype"] for mount in mounts if mount["mount"] == "/sys/fs/cgroup"]
    version = 2 if at_root and at_root[-1] == "cgroup2" else 1
    hybrid = version == 1 and any(mount["fstype"] == "cgroup2" for mount in mounts)
    words = [word for word in kernel_command_line.split() if re.match(r"(systemd\.\w*cgroup|cgroup|swapaccount)", word)]
    return {
        "version": version,
        "hybrid": hybrid,
        "kernel_args": words,
        "psi": psi,
        "controllers": controllers.split() if version == 2 and controllers is not None else None,
    }


def fqdn_from_hosts(text, hostname):
    """The full name that /etc/hosts gives the machine; asking a resolver could block."""
    for line in text.splitlines():
        names = line.split("#")[0].split()[1:]
        if hostname in names:
            for name in names:
                if name.startswith(hostname + "."):
                    return name
    return hostname


def sysctl_settings(texts):
    """{key: value} out of sysctl.d files in the order they are read; a later one wins."""
    settings = {}
    for text in texts:
        for line in text.splitlines():
            line = line.strip().lstrip("-")
            if line and line[0] not in "#;" and "=" in line:
                key, _separator, value = line.partition("=")
                settings[key.strip().replace("/", ".")] = value.strip()
    return settings


# --- systemd


def parse_show(text, names):
    """`systemctl show A B ...` as {name asked for: {property: value}}.

    Blocks come in the order of the question; after them, by their Id, those of units that match patterns.
    """
    blocks = [block for block in re.split(r"\n\s*\n", text.strip("\n")) if block.strip()]
    units = {}
    for number, block in enumerate(blocks):
        properties = {}
        for line in block.splitlines():
            key, separator, value = line.partition("=")
            if separator:
                # EnvironmentFiles= comes once for every file
                properties[key] = properties[key] + "\n" + value if key in properties else value
        name = names[number] if number < len(names) else properties.get("Id")
        if name:
            units[name] = properties
    return units


def unit_facts(properties):
    """The answers about one unit: whether it is there, runs, starts at boot, and where it is written."""
    installed = properties.get("LoadState", "not-found") not in ("not-found", "")
    state = properties.get("UnitFileState", "")
    return {
        "installed": installed,
        "running": properties.get("ActiveState") in ("active", "reloading"),
        "pid": int(properties.get("MainPID") or 0) or None,
        "enabled": "masked" if properties.get("LoadState") == "masked" else state or None,
        "fragment": properties.get("FragmentPath") or None,
        "dropins": properties.get("DropInPaths", "").split(),
    }


# What works on a machine's files by itself, again and again: its services, and the timers that start it. All are
# patterns, of which systemctl shows nothing where no such unit is in memory.
CONFIG_MANAGEMENT = (
    "puppet.*",
    "puppet-agent*",
    "puppet-run*",
    "chef-client*",
    "cinc-client*",
    "*salt-minion*",
    "cfengine3*",
    "cf-execd*",
    "rudder-agent*",
    "*ansible-pull*",
)


def config_management(units, enabled):
    """[{unit, active, enabled}] of configuration management that runs, or will after a boot.

    units: of parse_show(), which has those in memory. enabled: names of all that `systemctl enable` linked: one that is
    stopped may not be in memory.
    """
    found = []
    for name in sorted(set(units) | set(enabled)):
        if not name.endswith((".service", ".timer")):
            continue
        if not any(fnmatch.fnmatchcase(name, pattern) for pattern in CONFIG_MANAGEMENT):
            continue
        active = units.get(name, {}).get("ActiveState") in ("active", "activating", "reloading")
        if active or name in enabled:
            found.append({"unit": name, "active": active, "enabled": name in enabled})
    return found


def dependencies(properties):
    names = (
        ("requires", "Requires"),
        ("requisite", "Requisite"),
        ("wants", "Wants"),
        ("binds_to", "BindsTo"),
        ("part_of", "PartOf"),
        ("after", "After"),
        ("required_by", "RequiredBy"),
        ("bound_by", "BoundBy"),
    )
    skip = re.compile(r"(system|-)\.slice$|\.mount$|^(sysinit|basic|shutdown|multi-user)\.target$|^systemd-")
    found = {}
    for key, name in names:
        units = [unit for unit in properties.get(name, "").split() if not skip.search(unit)]
        if units:
            found[key] = sorted(units)
    return found


def environment_file_paths(properties):
    """Paths of EnvironmentFiles=, without systemd's remark about a missing one."""
    lines = properties.get("EnvironmentFiles", "").splitlines()
    return [re.sub(r" \(ignore_errors=(yes|no)\)$", "", line) for line in lines if line]


def variable_names(properties, files):
    """Names of the variables that a unit sets by Environment= and by its environment files' texts."""
    names = set()
    try:
        words = shlex.split(properties.get("Environment", ""))
    except ValueError:
        words = properties.get("Environment", "").split()
    for word in words:
        if "=" in word:
            names.add(word.partition("=")[0])
    for text in files:
        for line in text.splitlines():
            match = re.match(r"\s*(?:export\s+)?([A-Za-z_]\w*)=(.*)", line)
            if match and match.group(2).strip() not in ("", '""', "''"):
                names.add(match.group(1))
    return sorted(names)


def exec_binary(properties):
    """The program of ExecStart= as systemd shows it."""
    match = re.search(r"path=(\S+)", properties.get("ExecStart", ""))
    return match.group(1) if match else None


# --- kubelet


def arguments(flags):
    """{flag: value, or list of values when it is given more than once} out of [{name, value}]."""
    found = {}
    for flag in flags:
        name = flag["name"].lstrip("-").replace("_", "-")
        if name not in found:
            found[name] = flag["value"]
        elif isinstance(found[name], list):
            found[name].append(flag["value"])
        else:
            found[name] = [found[name], flag["value"]]
    return found


def last(args, name, default=""):
    """The value of a flag that counts: the last one."""
    value = args.get(name)
    if isinstance(value, list):
        value = value[-1]
    return default if value is None else value


def kubelet_config(texts):
    """The fields that matter out of config.yaml and its drop-ins, later ones over earlier ones."""
    merged = {}
    for text in texts:
        document = yaml_subset.load(text)
        if document is not None and not isinstance(document, dict):
            raise yaml_subset.YamlError("a kubelet configuration is a mapping")
        for key, value in (document or {}).items():
            if key == "evictionHard" and isinstance(value, dict):
                merged[key] = dict(merged.get(key) or {}, **value)
            elif key in CONFIG_FIELDS and value is not None:
                merged[key] = value
    return merged


def effective_config(args, config):
    """The configuration as the running kubelet has it: a flag beats a field."""
    merged = dict(config)
    for flag, field in FIELD_FLAGS.items():
        value = last(args, flag)
        if value == "":
            continue
        if field == "evictionHard":
            merged[field] = dict(
                re.split("[<=]+", part, maxsplit=1) for part in value.split(",") if re.search("[<=]", part)
            )
        elif field in ("imageGCHighThresholdPercent", "containerLogMaxFiles") and re.match(r"\d+$", str(value)):
            merged[field] = int(value)
        elif field == "failCgroupV1":
            merged[field] = str(value).lower() == "true"
        else:
            merged[field] = value
    return merged


def default_pause_image(version):
    """The sandbox image a kubelet names when no flag does; None from 1.35, which names none."""
    version = version_tuple(version)
    if version is None or version[1] not in _PAUSE_TAGS:
        return None
    registry = "k8s.gcr.io" if version[1] < 25 else "registry.k8s.io"
    return "%s/pause:%s" % (registry, _PAUSE_TAGS[version[1]])


def client_certificate(kubeconfig):
    """(path, base64 text) of the client certificate of a kubeconfig; either may be None."""
    document = yaml_subset.load(kubeconfig) or {}
    for entry in document.get("users") or []:
        user = entry.get("user") or {}
        if user.get("client-certificate") or user.get("client-certificate-data"):
            return user.get("client-certificate"), user.get("client-certificate-data")
    return None, None


def from_base64(text):
    return base64.b64decode(text).decode("ascii", "replace")


def node_name_in_certificate(pem):
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


def runtime_of_socket(path, is_legacy):
    """(runtime, shim) of a CRI socket by its name; is_legacy: kubelet has dockershim built in."""
    if re.search(r"cri-?dockerd?\b", path):
        return "docker", "cri-dockerd"
    if path.endswith("/dockershim.sock"):
        # a later kubelet has no dockershim: whoever listens there took its place
        return "docker", "dockershim" if is_legacy else "cri-dockerd"
    if "containerd" in path:
        return "containerd", None
    if "crio" in path or "cri-o" in path:
        return "crio", None
    return "unknown", None


_LISTENERS = {
    "cri-dockerd": ("docker", "cri-dockerd"),
    "containerd": ("containerd", None),
    "crio": ("crio", None),
    "kubelet": ("docker", "dockershim"),
}


def runtime_in_use(version, args, config, resolve, listener):
    """Which runtime a kubelet with these effective arguments talks to, and why that is so.

    config: the fields of its configuration files, or None when these could not be read.
    resolve(path): the path without symbolic links. listener(path): the name of the process behind a socket, or None.
    """
    parsed = version_tuple(version)
    legacy = parsed is not None and parsed < (1, 24)
    runtime = last(args, "container-runtime")
    flag, field = last(args, "container-runtime-endpoint"), (config or {}).get("containerRuntimeEndpoint") or ""
    if parsed is not None and parsed < (1, 27):
        field = ""  # those releases do not know the field
    if legacy and runtime != "remote":
        told = "--container-runtime=%s" % runtime if runtime else "no --container-runtime"
        evidence = "kubelet %s has %s: its built-in dockershim" % (version, told)
        if flag:
            evidence += "; --container-runtime-endpoint only says where dockershim listens"
        return {
            "in_use": "docker",
            "shim": "dockershim",
            "endpoint": flag or "unix:///var/run/dockershim.sock",
            "evidence": evidence,
        }
    if flag:
        endpoint, source = flag, "--container-runtime-endpoint=%s" % flag
        if field and field != flag:
            source += " (it beats containerRuntimeEndpoint: %s of the configuration)" % field
    elif field:
        endpoint, source = field, "containerRuntimeEndpoint: %s" % field
    elif parsed is not None and parsed >= (1, 27) and config is not None:
        endpoint, source = "unix:///run/containerd/containerd.sock", "its default endpoint, none is set"
    else:
        return {
            "in_use": "unknown",
            "shim": None,
            "endpoint": None,
            "evidence": "kubelet %s names no runtime endpoint" % (version or "of unknown version")
            + ("" if config is not None else ", and its configuration could not be read"),
        }
    path = re.sub(r"^unix:(//)?", "", endpoint)
    found = runtime_of_socket(resolve(path), legacy)
    if found[0] == "unknown":
        process = listener(path)
        found = _LISTENERS.get(process, found)
        source += ", where %s listens" % (process or "nobody known")
    elif found[1] == "cri-dockerd":
        source += ", which is cri-dockerd"
    return {
        "in_use": found[0],
        "shim": found[1],
        "endpoint": endpoint,
        "evidence": "kubelet %s has %s" % (version or "of unknown version", source),
    }


def node_names(hostname, args, certificate_name):
    """(name the kubelet registers under, oddities)."""
    override = last(args, "hostname-override")
    name = override or certificate_name or hostname.strip().lower()
    if certificate_name and name != certificate_name:
        return name, ["kubelet calls itself %s, its certificate says system:node:%s" % (name, certificate_name)]
    return name, []


def cgroup_driver_oddities(driver, existing):
    """`existing`: names of kubelet's top cgroups that exist, of kubepods.slice (systemd) and kubepods (cgroupfs)."""
    seen = sorted({"kubepods.slice": "systemd", "kubepods": "cgroupfs"}[name] for name in existing)
    if len(seen) == 2:
        return ["cgroups of both drivers exist (kubepods.slice and kubepods): the driver was changed under live pods"]
    if seen and seen[0] != driver:
        return ["kubelet's settings say cgroup driver %s, its cgroups were made by %s" % (driver, seen[0])]
    return []


# --- static pods and journal


def static_pods(name, text):
    """The pods of one manifest file as [{file, namespace, name, host_network, host_paths}]."""
    pods = []
    for document in yaml_subset.load_all(text):
        documents = document.get("items") or [] if str(document.get("kind", "")).endswith("List") else [document]
        for pod in documents:
            metadata, spec = pod.get("metadata") or {}, pod.get("spec") or {}
            paths = [(volume.get("hostPath") or {}).get("path") for volume in spec.get("volumes") or []]
            pods.append(
                {
                    "file": name,
                    "namespace": metadata.get("namespace") or "default",
                    "name": metadata.get("name"),
                    "host_network": bool(spec.get("hostNetwork")),
                    "host_paths": sorted(path for path in paths if path),
                }
            )
    return pods


def journal_facts(text, plan_text=None, hold_text=None, monotonic=0):
    """The journal of an earlier run in short; a schema that is newer than this program is only named.

    From its plan comes what a proof of its target needs. The hold is whoever works on the node at this moment;
    monotonic: the node's clock that cannot be set, by which a hold ends.
    """
    try:
        journal = json.loads(text)
        schema = int(journal.get("schema", 0))
    except (ValueError, TypeError, AttributeError) as error:
        return {"error": "journal.json is not readable: %s" % error}
    facts = {key: journal.get(key) for key in ("tool_version", "run_id", "holder", "phase", "config_digest", "reason")}
    for key in ("from", "to"):
        value = journal.get(key)
        facts[key] = value.get("runtime") if isinstance(value, dict) else value
    facts["source"] = journal["from"] if isinstance(journal.get("from"), dict) else {}
    to = journal["to"] if isinstance(journal.get("to"), dict) else {}
    facts.update(socket=to.get("socket"), version_prefix=to.get("version_prefix"))
    plan = _object(plan_text)
    facts.update(handlers=plan.get("handlers") or [], pause_image=plan.get("pause_image"), store=plan.get("store"))
    facts["why"] = " ".join(str(journal.get("error") or "").split())[:300] or None
    facts["held"] = hold_facts(hold_text, monotonic)
    facts.update(schema=schema, newer=schema > JOURNAL_SCHEMA)
    steps = journal.get("steps")
    facts["steps"] = [
        {"name": step.get("name"), "outcome": step.get("outcome")}
        for step in (steps if isinstance(steps, list) else [])
        if isinstance(step, dict)
    ]
    return facts


def drifted(plan_text, digest_of):
    """Paths of a plan's files that are not as the switch wrote them. digest_of(path): SHA-256, None without file."""
    found = []
    for item in _object(plan_text).get("files") or []:
        if item.get("group") == "boot":
            continue  # gone with the confirmation
        wanted = item.get("sha256") if item.get("change") == "write" else None
        if digest_of(item["path"]) != wanted:
            found.append(item["path"])
    return found


def hold_facts(text, monotonic):
    """Who works on the node now, and for how long that counts; None when nobody does."""
    hold = _object(text)
    left = (hold.get("until") or 0) - monotonic
    return {"who": hold.get("who") or "unknown", "seconds_left": int(left) + 1} if left > 0 else None


def _object(text):
    try:
        value = json.loads(text or "")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def matching(names, patterns):
    return sorted(name for name in names if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns))
