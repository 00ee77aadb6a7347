# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every file that tells a kubelet its container runtime, as it should be after the switch. Pure.

Files are changed by spans: what is not about the runtime keeps its bytes. A new flag goes where the kubelet already
reads its runtime from: by preference KUBELET_KUBEADM_ARGS of kubeadm-flags.env, then the variable or line in which the
old runtime flags stood, then the unit's variable for extra arguments, and last ExecStart= itself. Files of packages
(/lib, /usr/lib, /run) are never changed: a full copy under /etc/systemd/system shadows them. The finished plan is read
again the way systemd reads it, and refused when the kubelet would not get what was meant.
"""

import re

from ansible_collections.cri.switchover.plugins.module_utils._kubelet import command_line as args
from ansible_collections.cri.switchover.plugins.module_utils._kubelet import config_file as config
from ansible_collections.cri.switchover.plugins.module_utils._kubelet import edits as spans
from ansible_collections.cri.switchover.plugins.module_utils._kubelet import flags as table
from ansible_collections.cri.switchover.plugins.module_utils._kubelet import unit_files as systemd

KUBEADM_VARIABLE = "KUBELET_KUBEADM_ARGS"
KUBEADM_ENV = "kubeadm-flags.env"
EXTRA_VARIABLE = "KUBELET_EXTRA_ARGS"
PACKAGE_FOLDERS = ("/usr/", "/lib/", "/run/")
SHADOW = "/etc/systemd/system"
DEPENDENCIES = ("Requires", "Requisite", "Wants", "BindsTo", "BindTo", "PartOf", "Upholds", "After")
SAFE_VALUE = re.compile(r"^[A-Za-z0-9._:/@-]+$")


DRIVER_FIELD = "cgroupDriver"


class PlanError(Exception):
    """The switch of this kubelet cannot be planned. token is stable, details a dict."""

    def __init__(self, token, message, **details):
        Exception.__init__(self, "{0}: {1}".format(token, message))
        self.token = token
        self.details = details


class Layout:
    """The files of one kubelet as read from the node.

    unit: the unit's name; unit_texts: [(path, text)], fragment first, drop-ins in systemd's order; env_files: {path:
    text} of those that exist; configs: [(path, text)], --config's file first, then the drop-ins of --config-dir in
    order; instance: (path, text or None) of kubeadm's instance-config.yaml; links: paths of kubelet.service.wants/x and
    the like.
    """

    def __init__(self, unit, unit_texts, env_files, configs=(), instance=None, links=()):
        self.unit = unit
        self.unit_texts = list(unit_texts)
        self.env_files = dict(env_files)
        self.configs = list(configs)
        self.instance = instance
        self.links = list(links)
        self.moved = {}  # path under /etc -> the package's file it shadows
        self.touched = {}  # path -> why, in order

    def expand(self):
        return args.expand(self.unit_texts, self.env_files)

    def text(self, path):
        for units in (self.unit_texts, self.configs):
            for known, text in units:
                if known == path:
                    return text
        return self.env_files[path]

    def write(self, path, text, why):
        if any(known == path for known, _text in self.unit_texts):
            target = path
            if path.startswith(PACKAGE_FOLDERS):
                target = self._shadow(path)
                self.moved[target] = path
            self.unit_texts = [(target, text) if known == path else (known, old) for known, old in self.unit_texts]
            path = target
        elif any(known == path for known, _text in self.configs):
            self.configs = [(known, text if known == path else old) for known, old in self.configs]
        else:
            self.env_files[path] = text
        reasons = self.touched.setdefault(path, [])
        if why not in reasons:
            reasons.append(why)
        return path

    def _shadow(self, path):
        name = path.rsplit("/", 1)[1]
        if path == self.unit_texts[0][0]:
            return "{0}/{1}".format(SHADOW, self.unit)
        return "{0}/{1}/{2}".format(SHADOW, path.rsplit("/", 2)[1], name)


class Plan:
    """files: [{path, content, why, copy_of: path whose mode and owner a new file takes, or None}]; flags_before and
    flags_after: {flag: value or list}; endpoint_before: what the kubelet would use now, None for dockershim."""

    def __init__(self):
        self.files = []
        self.flags_before = {}
        self.flags_after = {}
        self.endpoint_before = None
        self.oddities = []
        self.daemon_reload = False


def plan(layout, version, help_text, endpoint, pause_image="", release_units=(), cgroup_driver=""):
    """Plan the switch of the kubelet in `layout` (which is changed) to `endpoint`, and to `cgroup_driver` if given."""
    _check_arguments(endpoint, pause_image)
    release = table.parse_version(version)
    if release is None or release < table.OLDEST:
        raise PlanError(
            "CRI-KUBELET-VERSION",
            "kubelet {0}: releases from {1}.{2} on are known. Upgrade the kubelet first.".format(
                version, *table.OLDEST
            ),
            version=version,
        )
    result = Plan()
    if release > table.NEWEST:
        result.oddities.append(
            "kubelet {0} is newer than what this collection knows ({1}.{2})".format(version, *table.NEWEST)
        )
    help_flags = table.parse_help(help_text)
    if help_flags is None:
        result.oddities.append("kubelet --help gave no list of flags: the built-in tables decide")
    command = layout.expand()
    if command.binary is None:
        raise PlanError(
            "CRI-KUBELET-WRAPPER",
            "no kubelet command line in the unit {0}: {1}. Start the kubelet from ExecStart= itself, or change its "
            "arguments by hand.".format(layout.unit, "; ".join(command.oddities) or "no ExecStart="),
            oddities=command.oddities,
        )
    before = dict(layout.unit_texts + layout.configs)
    before.update(layout.env_files)
    flags = command.flags()
    result.oddities.extend(command.oddities)
    result.flags_before = _summary(flags)
    result.endpoint_before = effective_endpoint(flags, layout.configs, release)
    rules = table.Rules(release, help_flags, endpoint, pause_image, bool(layout.configs))
    if table.ENDPOINT in rules.wanted and not rules.knows(table.ENDPOINT):
        raise PlanError(
            "CRI-KUBELET-NO-CONFIG",
            "this kubelet takes its endpoint only from a configuration file, and it runs without one (--config)",
            version=version,
        )
    if layout.instance is None or (layout.instance[1] is None and not _is_kubeadm(layout)):
        rules.instance = "never"
    unknown = [
        flag.name for flag in flags if help_flags and flag.name not in help_flags and flag.name not in rules.remove
    ]
    result.oddities.extend("the kubelet does not know --{0}".format(name) for name in unknown)

    stood = _change_flags(layout, command, rules, endpoint, result.oddities)
    _add_flags(layout, rules, stood)
    _change_configs(layout, rules, endpoint)
    if cgroup_driver:
        _change_driver(layout, flags, cgroup_driver)
    _release(layout, release_units, table.service_of(endpoint), result.oddities)
    _report_docker_commands(layout, result.oddities)

    after = layout.expand()
    after_flags = after.flags()
    result.flags_after = _summary(after_flags)
    _verify(command, flags, after, after_flags, layout, rules, release, endpoint)
    for path, reasons in layout.touched.items():
        content = layout.instance[1] if layout.instance and path == layout.instance[0] else layout.text(path)
        if content != before.get(path):
            result.files.append(
                {"path": path, "content": content, "why": "; ".join(reasons), "copy_of": layout.moved.get(path)}
            )
            result.daemon_reload = result.daemon_reload or any(path == unit for unit, _text in layout.unit_texts)
    return result


def _check_arguments(endpoint, pause_image):
    if not re.match(r"^unix:///[A-Za-z0-9._/@-]+$", endpoint):
        raise PlanError(
            "CRI-KUBELET-ENDPOINT", "{0!r} is no endpoint: unix:///path is wanted".format(endpoint), endpoint=endpoint
        )
    if pause_image and not SAFE_VALUE.match(pause_image):
        raise PlanError("CRI-KUBELET-PAUSE", "{0!r} is no image reference".format(pause_image), pause_image=pause_image)


def config_paths(flags):
    """(--config, --config-dir) as the kubelet gets them; None where it gets none."""
    last = {flag.name: flag.value for flag in flags}
    return last.get("config"), last.get("config-dir")


def effective_endpoint(flags, configs, release):
    """The endpoint this kubelet uses; None for dockershim; "" for a release >= 1.24 that names none."""
    last = {flag.name: flag.value for flag in flags}
    if release <= (1, 23):
        return (last.get(table.ENDPOINT) or "") if last.get(table.RUNTIME) == "remote" else None
    found = last.get(table.ENDPOINT)
    if found is None and release >= (1, 27):
        for _path, text in configs:
            try:
                found = config.read_field(text, table.ENDPOINT_FIELD) or found
            except config.ConfigError:
                continue
    return found or ""


def uses_docker(endpoint):
    return endpoint is None or table.is_docker(endpoint)


def _is_kubeadm(layout):
    return any(path.endswith("/" + KUBEADM_ENV) for path in layout.env_files)


def _summary(flags):
    """{flag: value}, a list where a flag is repeated; secrets masked."""
    found: dict = {}
    for flag in flags:
        value = "********" if flag.name in table.SECRET_FLAGS and flag.value else flag.value
        if flag.name in found:
            earlier = found[flag.name]
            found[flag.name] = (earlier if isinstance(earlier, list) else [earlier]) + [value]
        else:
            found[flag.name] = value
    return found


def _change_flags(layout, command, rules, endpoint, oddities):
    """Remove and rewrite flags wherever they stand. Returns the keys of the places the old runtime flags stood in."""
    drop: list = []
    edits: dict = {}
    stood: list = []
    reasons: dict = {}
    groups = [command.flags()]
    groups += [args.parse_flags(place.words, oddities) for place in command.containers if not place.active]
    runtime_flags = set(table.DOCKER_FLAGS) | {table.RUNTIME, table.ENDPOINT}
    for flags in groups:
        for flag in flags:
            place = flag.words[0].container
            if flag.name in runtime_flags and place.active and (place.path, place.variable) not in stood:
                stood.append((place.path, place.variable))
            value = _new_value(flag, rules, endpoint)
            if flag.name in rules.remove:
                drop.extend(flag.words)
                for word in flag.words:
                    reasons.setdefault(word.container.path, []).append("--{0} removed".format(flag.name))
            elif value is not None and value != flag.value:
                path, start, end, text = spans.value_edit(flag, value)
                edits[(path, start, end)] = text
                reasons.setdefault(path, []).append("--{0} changed to {1}".format(flag.name, value))
    for place in command.containers:
        for path, start, end in spans.removals(layout.text(place.path), place, drop):
            edits[(path, start, end)] = ""
    for path, text in spans.apply(layout.text, edits).items():
        layout.write(path, text, ", ".join(_unique(reasons.get(path, []))))
    # A package's unit file may have been copied by now.
    now_at = {source: target for target, source in layout.moved.items()}
    return [(now_at.get(path, path), variable) for path, variable in stood]


def _unique(items):
    return [item for index, item in enumerate(items) if item not in items[:index]]


def _new_value(flag, rules, endpoint):
    if flag.name in rules.wanted:
        return rules.wanted[flag.name]
    if flag.name in rules.follow:
        return rules.follow[flag.name]
    if flag.name == table.RUNTIME_CGROUPS and "docker" in (flag.value or ""):
        service = table.service_of(endpoint)
        return "/system.slice/" + service if service else None
    return None


def _add_flags(layout, rules, stood):
    command = layout.expand()
    flags = command.flags()
    missing = [name for name in rules.wanted if not any(flag.name == name for flag in flags)]
    if rules.field == "standing" and _standing_fields(layout, table.ENDPOINT_FIELD):
        # The file says it already; a flag would be a second place to keep right.
        missing = [name for name in missing if name != table.ENDPOINT]
    if not missing:
        return
    words = ["--{0}={1}".format(name, rules.wanted[name]) for name in missing]
    why = ", ".join("--{0} added".format(name) for name in missing)
    place = _place_for_new(command, stood)
    if place is None:
        path, text = _new_assignment(layout, command, words)
        if path is not None:
            layout.write(path, text, why)
            return
        place = command.exec_container
    layout.write(place.path, spans.appended(layout.text(place.path), place, words), why)


def _place_for_new(command, stood):
    variables = [place for place in command.containers if place.active and place.kind != "exec"]
    for place in variables:
        if place.variable == KUBEADM_VARIABLE and place.path.endswith("/" + KUBEADM_ENV):
            return place
    for path, variable in stood:
        for place in command.containers:
            if place.active and (place.path, place.variable) == (path, variable):
                return place
    for wanted in (lambda name: name == EXTRA_VARIABLE, lambda name: "EXTRA" in name):
        for place in variables:
            if wanted(place.variable):
                return place
    if _named_extra(command):
        return None
    files = [
        place
        for place in variables
        if place.kind == "envfile" and re.search(r"(ARGS|OPTS|FLAGS|OPTIONS)$", place.variable)
    ]
    return files[-1] if files else None


def _named_extra(command):
    """The unit expands a variable for extra arguments that no file sets."""
    names = [word.text[1:] for word in command.exec_container.words if re.match(r"^\$[A-Za-z_]\w*$", word.text)]
    return next((name for name in names if name == EXTRA_VARIABLE or "EXTRA" in name), None)


def _new_assignment(layout, command, words):
    """(path, text) with the extra-arguments variable that the unit reads but no file sets; (None, None) without one."""
    name = _named_extra(command)
    listed = [
        path
        for path, _optional in systemd.environment_files(layout.unit_texts)
        if not path.endswith("/" + KUBEADM_ENV) and not any(char in path for char in "*?[%")
    ]
    if not name or not listed:
        return None, None
    path = listed[-1]
    text = layout.env_files.get(path, "")
    if text and not text.endswith("\n"):
        text += "\n"
    return path, text + '{0}="{1}"\n'.format(name, " ".join(words))


def _standing_fields(layout, key):
    found = []
    for path, text in layout.configs:
        try:
            if config.read_field(text, key):
                found.append(path)
        except config.ConfigError as error:
            raise _config_error(path, error) from None
    return found


def _config_error(path, error):
    return PlanError(
        "CRI-KUBELET-CONFIG",
        "{0} cannot be changed in place: {1}. Set {2} there by hand, or bring the file into plain block form.".format(
            path, error, table.ENDPOINT_FIELD
        ),
        path=path,
        error=str(error),
    )


def _change_configs(layout, rules, endpoint):
    if rules.field == "never":
        return
    for key in (table.ENDPOINT_FIELD, table.IMAGE_FIELD):
        paths = _standing_fields(layout, key)
        if rules.field == "always" and key == table.ENDPOINT_FIELD and layout.configs:
            paths = _unique([layout.configs[0][0]] + paths)
        for path in paths:
            text = config.set_field(layout.text(path), key, endpoint)
            if text != layout.text(path):
                layout.write(path, text, "{0} set to {1}".format(key, endpoint))
    if rules.instance == "never":
        return
    path, text = layout.instance
    if text is None and rules.instance == "standing":
        return
    try:
        new = (
            '{0}: "{1}"\n'.format(table.ENDPOINT_FIELD, endpoint)
            if text is None
            else config.set_field(text, table.ENDPOINT_FIELD, endpoint)
        )
    except config.ConfigError as error:
        raise _config_error(path, error) from None
    if new != text:
        layout.instance = (path, new)
        layout.touched[path] = ["{0} set to {1}".format(table.ENDPOINT_FIELD, endpoint)]


def _change_driver(layout, flags, driver):
    """By the configuration file alone; the flag, which is deprecated, would win over it."""
    given = [flag.value for flag in flags if flag.name == "cgroup-driver"]
    if given and given[-1] != driver:
        raise PlanError(
            "CRI-KUBELET-CGROUP-FLAG",
            "the kubelet gets --cgroup-driver={0} by a flag, and should use {1}. Move the setting to cgroupDriver in "
            "its configuration file, then run again.".format(given[-1], driver),
            seen=given[-1],
            wanted=driver,
        )
    if not layout.configs:
        raise PlanError(
            "CRI-KUBELET-NO-CONFIG",
            "this kubelet runs without a configuration file, in which its cgroup driver could be set",
            wanted=driver,
        )
    for path in _unique([layout.configs[0][0]] + _standing_fields(layout, DRIVER_FIELD)):
        text = config.set_field(layout.text(path), DRIVER_FIELD, driver)
        if text != layout.text(path):
            layout.write(path, text, "{0} set to {1}".format(DRIVER_FIELD, driver))


def _release(layout, release_units, service, oddities):
    """Take dependencies on the old runtime's units out of the kubelet's unit; order it after the new one instead."""
    released = set(release_units)
    if not released:
        return
    links = [path for path in layout.links if path.rsplit("/", 1)[1] in released]
    if links:
        raise PlanError(
            "CRI-KUBELET-UNIT-LINK",
            "dependencies of {0} made by links: {1}. Remove them, run systemctl daemon-reload and try again.".format(
                layout.unit, ", ".join(links)
            ),
            links=links,
        )
    ordered = any(
        service in entry.value.text.split()
        for path, text in layout.unit_texts
        for entry in systemd.parse_unit(text, path).select("Unit", "After")
    )
    for path, text in layout.unit_texts:
        edits: dict = {}
        names: list = []
        for entry in systemd.parse_unit(text, path).select("Unit", *DEPENDENCIES):
            words = systemd.split_words(entry.value, path)
            gone = [word for word in words if word.text in released]
            if not gone:
                continue
            names.extend(word.text for word in gone)
            first = gone[0]
            if entry.key == "After" and service and not ordered and service not in released:
                edits[(path, first.start, first.end)] = service
                ordered = True
                gone = gone[1:]
            elif len(gone) == len(words):
                lines = text[entry.start : entry.end].splitlines(True)
                edits[(path, entry.start, entry.end)] = "".join(
                    line for line in lines if line.lstrip()[:1] in ("#", ";")
                )
                continue
            place = systemd.Container("exec", path, None, entry.value, 0, 0, 0, "")
            place.words = words
            for span in spans.removals(text, place, gone):
                edits[span] = ""
        if edits:
            why = "no longer bound to " + ", ".join(_unique(names))
            layout.write(path, spans.apply(layout.text, edits)[path], why)


def _report_docker_commands(layout, oddities):
    for path, text in layout.unit_texts:
        for entry in systemd.parse_unit(text, path).entries:
            if entry.section == "Service" and entry.key.startswith("Exec") and entry.key != "ExecStart":
                if "docker" in entry.value.text:
                    oddities.append("{0}: {1}= names docker and is left alone".format(path, entry.key))


def _verify(before, before_flags, after, after_flags, layout, rules, release, endpoint):
    """Read the result as systemd and the kubelet will: the runtime's flags as wanted, every other as it was."""
    last = {flag.name: flag.value for flag in after_flags}
    wrong = sorted(flag for flag in rules.remove if flag in last)
    wrong += sorted(flag for flag, value in rules.wanted.items() if last.get(flag, value) != value)
    ours = set(rules.remove) | set(rules.wanted) | set(rules.follow) | {table.RUNTIME_CGROUPS}
    others = [
        [(flag.name, flag.value) for flag in flags if flag.name not in ours] for flags in (before_flags, after_flags)
    ]
    if others[0] != others[1]:
        wrong += sorted({name for name, _value in set(others[0]) ^ set(others[1])}) or ["order"]
    seen = effective_endpoint(after_flags, layout.configs, release)
    news = [oddity for oddity in after.oddities if oddity not in before.oddities and not layout.moved]
    if wrong or news or seen != endpoint:
        raise PlanError(
            "CRI-KUBELET-PLAN",
            "the planned files would not give the kubelet what it needs. Wanted endpoint {0}, seen {1}; wrong flags: "
            "{2}; {3}. Nothing was changed; please report this with the unit's files.".format(
                endpoint, seen, ", ".join(wrong) or "none", "; ".join(news) or "no new oddities"
            ),
            endpoint=seen,
            flags=wrong,
            oddities=news,
        )
