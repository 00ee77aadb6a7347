# Copyright: (c) 2026, cri.switchover contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes to arguments where they stand in a file: new values, removals, additions. Pure."""

from ansible_collections.cri.switchover.plugins.module_utils._kubelet.placed_text import is_word_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Dict, Iterator, List, Mapping, Tuple

    from ansible_collections.cri.switchover.plugins.module_utils._kubelet.command_flags import Flag
    from ansible_collections.cri.switchover.plugins.module_utils._kubelet.placed_text import Place, Span, Word


def value_edit(flag: "Flag", value: str) -> "Tuple[str, int, int, str]":
    """(path, start, end, text): what to write where for a new value of this flag."""
    word, text = flag.words[0], flag.value_text
    if text is None or not text.text:
        spelled = word.text.split("=", 1)[0] + "=" + value
        last = flag.words[-1]
        return word.path, word.start, last.end if last.place is word.place else word.end, spelled
    if text.at != text.home and len(set(text.home)) == 1:
        # All of it is one ${VARIABLE}: its file is the place.
        return text.at[0][0], text.at[0][1], text.at[-1][2], value
    return flag.words[-1].path, text.home[0][1], text.home[-1][2], value


def removals(text: str, place: "Place", drop: "List[Word]") -> "Iterator[Span]":
    """Spans that take the dropped words of one place away together with the blanks that separated them."""
    words = place.words
    gone = [is_word_of(word, drop) for word in words]
    index = 0
    while index < len(words):
        if not gone[index]:
            index += 1
            continue
        first = index
        while index < len(words) and gone[index]:
            index += 1
        start, end = words[first].start, words[index - 1].end
        previous = words[first - 1].end if first else place.lead
        following = words[index].start if index < len(words) else None
        runs = _blank_runs(text, words[first:index])
        if len(runs) > 1:
            # What stands between the dropped words (comment lines) stays.
            for run in runs:
                yield (place.path,) + _lone_span(text, run[0].start, run[-1].end)
        elif previous is not None and _is_blank(text[previous:start]):
            yield place.path, previous, end
        elif following is not None and _is_blank(text[end:following]):
            yield place.path, start, following
        else:
            yield (place.path,) + _lone_span(text, start, end)


def _blank_runs(text: str, words: "List[Word]") -> "List[List[Word]]":
    """The words in groups, between which stands more than blanks."""
    runs = [[words[0]]]
    for word in words[1:]:
        if _is_blank(text[runs[-1][-1].end : word.start]):
            runs[-1].append(word)
        else:
            runs.append([word])
    return runs


def _lone_span(text: str, start: int, end: int) -> "Tuple[int, int]":
    """The span, or its whole line where nothing else stands there and the line goes on with a backslash."""
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end) + 1
    alone = line_end > 0 and not text[line_start:start].strip() and text[end:line_end].strip() == "\\"
    return (line_start, line_end) if alone else (start, end)


def _is_blank(gap: str) -> bool:
    """Nothing but what separates words: no comment line, no quote that would lose its partner."""
    return not gap.replace('""', "").strip(" \t\r\n\\")


def apply(text_of: "Callable[[str], str]", edits: "Mapping[Span, str]") -> "Dict[str, str]":
    """{path: new text} after all edits, {span: what stands there then}. text_of(path): the text of a file now."""
    result: "Dict[str, str]" = {}
    for path, start, end in sorted(edits, key=lambda edit: (edit[0], -edit[1])):
        text = result[path] if path in result else text_of(path)
        result[path] = text[:start] + edits[(path, start, end)] + text[end:]
    return result


def appended(text: str, place: "Place", words: "List[str]") -> str:
    """The text of the place's file with words added at the end of the place's arguments."""
    gap = " "
    if len(place.words) > 1:
        written = text[place.words[-2].end : place.words[-1].start]
        if written and not written.strip(" \t\r\n\\"):
            gap = written
    addition = gap.join(words)
    if place.kind == "exec":
        return text[: place.insert_at] + gap + addition + text[place.insert_at :]
    at = place.insert_at
    if place.words and _is_blank(text[place.words[-1].end : at]):
        at = place.words[-1].end
    if place.insert_quote:
        return text[:at] + (gap if place.words else "") + addition + text[at:]
    if not place.value.text:
        return text[:at] + '"' + addition + '"' + text[at:]
    if place.kind == "envfile":
        if place.plain and len(place.words) == 1 and '"' not in place.value.text:
            return text[: place.start] + '"' + text[place.start : at] + " " + addition + '"' + text[at:]
        return text[:at] + gap + addition + text[at:]
    # A variable of Environment= without quotes: a blank would end it, so the addition brings its own.
    return text[:at] + '" ' + addition + '"' + text[at:]
