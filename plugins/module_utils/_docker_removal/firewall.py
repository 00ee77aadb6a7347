# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Docker has left in the packet filter, and how to remove it without touching rules of others. Pure: no I/O.

Private to this collection: there is no promise that it stays as it is.
"""

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Collection, Dict, List, Optional, Tuple

    # {policies: {chain: policy}, chains: [the user's], rules: [(chain, rule)]}
    Table = Dict[str, Any]

# Docker makes these chains again at each start and empties them: only DOCKER-USER is a place for rules of others.
_CHAIN = re.compile(r"^DOCKER(-(USER|ISOLATION(-STAGE-[12])?|INGRESS|FORWARD|BRIDGE|CT|INTERNAL))?$")
_USER = "DOCKER-USER"
# From where Docker jumps to its chains.
_HOOKS: "Dict[str, Tuple[str, ...]]" = {"nat": ("PREROUTING", "OUTPUT"), "filter": ("FORWARD",)}
# Bridges that Docker makes itself. Another one that it uses existed before.
_OWN_BRIDGE = re.compile(r"^(docker0|docker_gwbridge|br-[0-9a-f]{12})$")
_NET = r"[0-9a-f.:]+/\d+"
# Docker's rules outside of its chains, as iptables-save writes them; <B> is one of its bridges.
_SHAPES = (
    ("filter", "FORWARD", r"-o <B> -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"),
    ("filter", "FORWARD", r"-i <B> ! -o <B> -j ACCEPT"),
    ("filter", "FORWARD", r"-i <B> -o <B> -j (ACCEPT|DROP)"),
    ("nat", "POSTROUTING", r"-s %s ! -o <B> -j (MASQUERADE|SNAT --to-source \S+)" % _NET),
    ("nat", "POSTROUTING", r"-o <B> -m addrtype --src-type LOCAL -j MASQUERADE"),
    ("raw", "PREROUTING", r"-d %s ! -i <B> -j DROP" % _NET),
)


def parse_save(text: str) -> "Dict[str, Table]":
    """Output of iptables-save: {table: {policies: {chain: policy}, chains: [the user's], rules: [(chain, rule)]}}."""
    tables: "Dict[str, Table]" = {}
    table: "Optional[Table]" = None
    for line in text.splitlines():
        if line.startswith("*"):
            table = tables.setdefault(line[1:].strip(), {"policies": {}, "chains": [], "rules": []})
        elif line.startswith(":") and table is not None:
            name, policy = line[1:].split()[:2]
            if policy == "-":
                table["chains"].append(name)
            else:
                table["policies"][name] = policy
        elif line.startswith("-A ") and table is not None:
            chain, _blank, rule = line[3:].partition(" ")
            table["rules"].append((chain, rule))
    return tables


def target(rule: str) -> "Optional[str]":
    """The chain or target that a rule jumps to."""
    match = re.search(r"(?:^| )-[jg] (\S+)", rule)
    return match.group(1) if match else None


def own_bridges(names: "Collection[str]") -> "List[str]":
    """Those that Docker has made, of the bridges that it uses."""
    return sorted(name for name in names if _OWN_BRIDGE.match(name))


def bridges_in(store: str) -> "List[str]":
    """Names of bridges in the text of Docker's network store (local-kv.db)."""
    return sorted(set(re.findall(r'"BridgeName":"([\w.-]+)"', store)))


def plan(
    text: str, bridges: "Collection[str]", evidence: "Dict[str, Any]", used: "Collection[str]" = ()
) -> "Dict[str, Any]":
    """What is removed from one program's rules.

    ``text``: output of iptables-save; ``bridges``: those of Docker; ``used``: those that others use, whose rules stay;
    ``evidence``: who else may have set FORWARD's policy, see `policy`.
    Returns {tables: {table: {delete: [(chain, rule)], chains: [...], accept: bool}}, left: [sentence]}.
    """
    tables: "Dict[str, Dict[str, Any]]" = {}
    left: "List[str]" = []
    for name, table in sorted(parse_save(text).items()):
        remains, chains = _chains(name, table)
        left += remains
        delete = []
        for chain, rule in table["rules"]:
            if chain in chains:
                continue
            bridge = _shape(name, chain, rule, bridges)
            if target(rule) in chains or (bridge and bridge not in used):
                delete.append((chain, rule))
            elif bridge or _names(rule, bridges):
                left.append("%s: -A %s %s" % (name, chain, rule))
        accept = False
        if name == "filter":
            # one that was left for its rules says nothing about this boot
            seen = any(_CHAIN.match(chain) and chain != _USER for chain in table["chains"])
            accept, why = policy(table["policies"].get("FORWARD"), seen, evidence)
            left += [why] if why else []
        if delete or chains or accept:
            tables[name] = {"delete": delete, "chains": chains, "accept": accept}
    return {"tables": tables, "left": left}


def _chains(name: str, table: "Table") -> "Tuple[List[str], List[str]]":
    """(sentences about those that stay, the chains of Docker that are removed)"""
    mine = [chain for chain in table["chains"] if _CHAIN.match(chain)]
    left = []
    rules = [rule for chain, rule in table["rules"] if chain == _USER and rule != "-j RETURN"]
    if _USER in mine and rules:
        mine.remove(_USER)
        left += ["%s: -A %s %s" % (name, _USER, rule) for rule in rules]
    while True:
        wanted = [
            (chain, rule)
            for chain, rule in table["rules"]
            if target(rule) in mine and chain not in mine and chain not in _HOOKS.get(name, ())
        ]
        if not wanted:
            return left, mine
        for chain, rule in wanted:
            left.append("%s: -A %s %s" % (name, chain, rule))
            if target(rule) in mine:
                mine.remove(target(rule))


def _shape(table: str, chain: str, rule: str, bridges: "Collection[str]") -> "Optional[str]":
    """The bridge of a rule that is Docker's by its form, or None."""
    for name, hook, pattern in _SHAPES:
        if (name, hook) != (table, chain):
            continue
        for bridge in bridges:
            if re.match(pattern.replace("<B>", re.escape(bridge)) + "$", rule):
                return bridge
    return None


def _names(rule: str, bridges: "Collection[str]") -> bool:
    words = rule.split()
    return any(word in ("-i", "-o") and after in bridges for word, after in zip(words, words[1:]))


def policy(now: "Optional[str]", seen: bool, evidence: "Dict[str, Any]") -> "Tuple[bool, Optional[str]]":
    """(whether FORWARD is set back to ACCEPT, why not).

    Docker sets DROP only when it has switched forwarding on itself. So it was not Docker where something else switches
    it on at boot, where a firewall manages the policy or restores it at boot, or where this boot's rules have no
    chain of Docker. ``now``: FORWARD's policy; ``seen``: whether there is such a chain.
    ``evidence``: {managers: [...], forwarding: file, saved: file}.
    """
    if now != "DROP" or not seen:
        return False, None
    who = ["%s is active" % name for name in evidence.get("managers") or []]
    who += ["%s switches forwarding on" % evidence["forwarding"]] if evidence.get("forwarding") else []
    who += ["%s restores it at boot" % evidence["saved"]] if evidence.get("saved") else []
    if who:
        return False, "filter: FORWARD stays at DROP, which may not be Docker's: %s" % ", ".join(who)
    return True, None


def restore_text(tables: "Dict[str, Dict[str, Any]]") -> str:
    """Input for `iptables-restore --noflush`: each table changes at once, or not at all."""
    lines = []
    for name in sorted(tables):
        table = tables[name]
        lines.append("*" + name)
        lines += [":FORWARD ACCEPT [0:0]"] if table["accept"] else []
        lines += ["-D %s %s" % pair for pair in table["delete"]]
        lines += ["-F " + chain for chain in table["chains"]] + ["-X " + chain for chain in table["chains"]]
        lines.append("COMMIT")
    return "".join(line + "\n" for line in lines)


def sentences(tables: "Dict[str, Dict[str, Any]]") -> "List[str]":
    """What restore_text() removes, as lines for an operator."""
    lines = []
    for name in sorted(tables):
        table = tables[name]
        lines += ["%s: chain %s" % (name, chain) for chain in table["chains"]]
        lines += ["%s: -A %s %s" % ((name,) + tuple(pair)) for pair in table["delete"]]
        lines += ["filter: FORWARD from DROP to ACCEPT"] if table["accept"] else []
    return lines
