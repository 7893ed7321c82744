"""Pictures for organisers as inline SVG: how often people are shown, and who could meet whom. No names, no scripts."""

from collections import Counter

from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .layout import layout

MOST_DOTS = 1000
MOST_BARS = 24
_WIDE, _HIGH, _LEFT, _FOOT, _TOP = 720, 260, 46, 44, 18
_NET_WIDE, _NET_HIGH, _EDGE = 900, 640, 24


def bars_of(shown):
    """Return how many people are in how many lists: (from, to, people), in steps that leave a readable number of bars."""
    if not shown:
        return []
    most = max(shown.values())
    step = most // MOST_BARS + 1
    counted = Counter(number // step for number in shown.values())
    return [(at * step, at * step + step - 1, counted[at]) for at in range(most // step + 1)]


def histogram(bars, floor=None, cap=None):
    """Return bars for how often people are shown; lines mark the floor and the cap where they lie within."""
    if not bars:
        return ""
    tallest, upper = max(people for _from, _to, people in bars), bars[-1][1] + 1
    plot_wide, plot_high = _WIDE - _LEFT - 10, _HIGH - _FOOT - _TOP
    across = plot_wide / upper

    def height(people):
        return plot_high * people / max(tallest, 1)

    every = max(1, len(bars) // 12)
    shapes = format_html_join(
        "",
        '<rect class="entremise-bar{}" x="{}" y="{}" width="{}" height="{}"/><text class="entremise-tick" x="{}" '
        'y="{}" text-anchor="middle">{}</text>',
        (
            (
                " entremise-bar-none" if low == high == 0 else "",
                _round(_LEFT + low * across + 1), _round(_TOP + plot_high - height(people)),
                _round(max((high - low + 1) * across - 2, 1)), _round(height(people)),
                _round(_LEFT + (low + high + 1) / 2 * across), _HIGH - _FOOT + 16,
                (str(low) if low == high else f"{low}–{high}") if at % every == 0 else "",
            )
            for at, (low, high, people) in enumerate(bars)
        ),
    )  # fmt: skip
    marks = format_html_join(
        "",
        '<line class="entremise-limit" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/><text class="entremise-limit-name" '
        'x="{3}" y="{4}">{5}</text>',
        (
            (_round(_LEFT + at * across), 4, _TOP + plot_high, _round(_LEFT + at * across + 4), 13, name)
            for at, name in (
                (floor, _("at least %(number)s") % {"number": floor}),
                (None if cap is None else cap + 1, _("at most %(number)s") % {"number": cap}),
            )
            if at is not None and 0 < at <= upper
        ),
    )
    ticks = format_html_join(
        "",
        '<line class="entremise-grid" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="entremise-tick" x="{}" y="{}" '
        'text-anchor="end">{}</text>',
        (
            (
                _LEFT, _WIDE - 10, _round(_TOP + plot_high - height(people)), _round(_TOP + plot_high - height(people)),
                _LEFT - 6, _round(_TOP + plot_high - height(people) + 4), people,
            )
            for people in sorted({0, (tallest + 1) // 2, tallest})
        ),
    )  # fmt: skip
    return format_html(
        '<svg class="entremise-picture" viewBox="0 0 {} {}" role="img" aria-labelledby="entremise-shown-title" '
        'aria-describedby="entremise-shown-text"><title id="entremise-shown-title">{}</title>{}{}{}'
        '<text class="entremise-axis" x="{}" y="{}" text-anchor="middle">{}</text></svg>',
        _WIDE, _HIGH, _("How many people are in how many lists"), ticks, shapes, marks,
        _round(_LEFT + plot_wide / 2), _HIGH - 6, _("lists in which a person is shown"),
    )  # fmt: skip


def network(people, edges):
    """Return the network: a dot for each of these people (refs), a line where one is shown the other.

    More than ``MOST_DOTS`` people are cut to those with most lines, and the caller says so.
    """
    degrees = Counter(ref for pair in edges for ref in pair)
    drawn = sorted(people, key=lambda ref: (-degrees[ref], ref))[:MOST_DOTS]
    known = set(drawn)
    lines = [pair for pair in edges if known.issuperset(pair)]
    points = {
        ref: (
            _round(_EDGE + x * (_NET_WIDE - 2 * _EDGE)),
            _round(_EDGE + y * (_NET_HIGH - 2 * _EDGE)),
        )
        for ref, (x, y) in layout(drawn, lines).items()
    }
    # One path for all lines keeps the page small; coordinates are numbers of our own making.
    path = "".join(
        f"M{points[one][0]} {points[one][1]}L{points[other][0]} {points[other][1]}" for one, other in lines
    )
    most = max(degrees.values(), default=1)
    smallest, largest = (2.2, 7) if len(drawn) > 250 else (4, 12)
    dots = format_html_join(
        "",
        '<circle class="{}" cx="{}" cy="{}" r="{}"/>',
        (
            (
                "entremise-dot" if degrees[ref] else "entremise-dot entremise-dot-alone",
                *points[ref],
                _round(smallest + (largest - smallest) * (degrees[ref] / most) ** 0.5),
            )
            for ref in reversed(drawn)
        ),
    )
    said = ngettext("%(people)s person, %(lines)s lines", "%(people)s people, %(lines)s lines", len(drawn)) % {
        "people": len(drawn), "lines": len(lines),
    }  # fmt: skip
    return format_html(
        '<svg class="entremise-picture entremise-network{}" viewBox="0 0 {} {}" role="img" '
        'aria-labelledby="entremise-network-title" aria-describedby="entremise-network-text">'
        '<title id="entremise-network-title">{} – {}</title><path class="entremise-line" d="{}"/>{}</svg>',
        " entremise-network-dense" if len(lines) > 1500 else "",
        _NET_WIDE, _NET_HIGH, _("Who could meet whom"), said, mark_safe(path), dots,
    )  # fmt: skip


def parts_of(people, edges):
    """Return the sizes of the parts that no line joins, largest first; somebody without a line is one of size 1."""
    root = {ref: ref for ref in people}

    def find(ref):
        while root[ref] != ref:
            root[ref] = root[root[ref]]
            ref = root[ref]
        return ref

    for one, other in edges:
        root[find(one)] = find(other)
    return sorted(Counter(find(ref) for ref in people).values(), reverse=True)


def _round(number):
    return f"{number:.1f}".rstrip("0").rstrip(".") if isinstance(number, float) else number
