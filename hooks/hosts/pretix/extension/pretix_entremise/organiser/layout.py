"""Where the dots of a network go: people who are linked near each other, and nobody upon another. Pure, no chance in it.

A start from the two slowest waves on the graph (power iteration), then springs, with pushes among near neighbours only.
Of a crowd, and of many links, each step takes every so-maniest and counts it for those left out: otherwise a thousand
people who are all linked gather in the middle, where everybody pushes everybody.
"""

import math
from collections import defaultdict
from itertools import repeat

WAVES, STEPS = 40, 30
CROWD, PULLS = 24, 12
"""Neighbours that push somebody, and links that pull, within one step."""


def layout(nodes, edges):
    """Return a point in the unit square for each of ``nodes`` (any keys), given ``edges`` as pairs of them."""
    index = {node: at for at, node in enumerate(nodes)}
    links = [[] for _ in nodes]
    for one, other in edges:
        links[index[one]].append(index[other])
        links[index[other]].append(index[one])
    linked = [at for at, near in enumerate(links) if near]
    points = _spring(_start(linked, links), linked, links) if linked else {}
    return dict(zip(nodes, _framed(points, len(links)), strict=True))


def _start(linked, links):
    """Return each linked node's place on two waves, ranked, so that crowds do not hide each other."""
    waves = []
    for number in range(2):
        wave = {at: math.sin((at + 1) * (12.9898 + 65.12 * number)) for at in linked}
        for _ in range(WAVES):
            wave = {at: (wave[at] + sum(wave[to] for to in links[at]) / len(links[at])) / 2 for at in linked}
            for other in (dict.fromkeys(linked, 1.0), *waves):
                size = sum(len(links[at]) * other[at] ** 2 for at in linked) or 1.0
                share = sum(len(links[at]) * wave[at] * other[at] for at in linked) / size
                wave = {at: wave[at] - share * other[at] for at in linked}
            largest = max(map(abs, wave.values())) or 1.0
            wave = {at: value / largest for at, value in wave.items()}
        waves.append(wave)
    ranks = [
        {at: rank for rank, at in enumerate(sorted(linked, key=lambda at: (wave[at], at)))} for wave in waves
    ]
    side = max(len(linked) - 1, 1)
    return {
        at: [(ranks[axis][at] / side + (waves[axis][at] + 1) / 2) / 2 for axis in (0, 1)] for at in linked
    }


def _spring(points, linked, links):
    ideal = 0.9 / math.sqrt(max(len(linked), 1))
    for step in range(STEPS):
        heat = 1.5 * ideal * (1 - step / STEPS)
        near = _neighbours(points, linked, 2 * ideal)
        moves = {}
        for at in linked:
            x, y = points[at]
            dx = dy = 0.0
            for other, weight in _some(near[_cell(points[at], 2 * ideal)], CROWD, at + step):
                if other != at:
                    ax, ay = x - points[other][0], y - points[other][1]
                    away = ax * ax + ay * ay
                    if away < 1e-12:
                        # Two in one place part along a direction of their own.
                        ax, ay, away = math.cos(at) * 1e-4, math.sin(at) * 1e-4, 1e-8
                    push = weight * ideal * ideal / away
                    dx, dy = dx + ax * push, dy + ay * push
            for to, weight in _some(links[at], PULLS, at + step):
                ax, ay = points[to][0] - x, points[to][1] - y
                pull = weight * math.hypot(ax, ay) / ideal / math.sqrt(len(links[at]))
                dx, dy = dx + ax * pull, dy + ay * pull
            length = math.hypot(dx, dy) or 1.0
            moves[at] = (dx / length * min(length, heat), dy / length * min(length, heat))
        for at, (dx, dy) in moves.items():
            points[at] = [points[at][0] + dx, points[at][1] + dy]
    return points


def _neighbours(points, linked, size):
    """Return who is in each cell of that size or beside it, by cell."""
    cells = defaultdict(list)
    for at in linked:
        cells[_cell(points[at], size)].append(at)
    return {
        (column, row): [
            one for c in (-1, 0, 1) for r in (-1, 0, 1) for one in cells.get((column + c, row + r), ())
        ]
        for column, row in cells
    }


def _some(crowd, most, turn):
    """Return about ``most`` of them at the most, others at each turn, and for how many each of them stands."""
    stride = -(-len(crowd) // most)
    return zip(crowd[turn % stride :: stride], repeat(stride)) if stride > 1 else zip(crowd, repeat(1))


def _cell(point, size):
    return int(point[0] // size), int(point[1] // size)


def _framed(points, number):
    """Return points that fill the square; who has no link stands in a row below."""
    spans = [
        (min(point[axis] for point in points.values()), max(point[axis] for point in points.values()))
        if points
        else (0.0, 1.0)
        for axis in (0, 1)
    ]
    single = [at for at in range(number) if at not in points]
    height = 0.88 if single and points else 1.0
    placed = {
        at: (_scaled(point[0], spans[0]), _scaled(point[1], spans[1]) * height)
        for at, point in points.items()
    }
    columns = max(40, math.ceil(math.sqrt(len(single) * 8)))
    rows = max(math.ceil(len(single) / columns), 1)
    for place, at in enumerate(single):
        column, row = place % columns, place // columns
        across = (column + 0.5) / min(columns, max(len(single), 1))
        placed[at] = (across, 0.94 + 0.06 * (row + 0.5) / rows if points else (row + 0.5) / rows)
    return [placed[at] for at in range(number)]


def _scaled(value, span):
    return (value - span[0]) / (span[1] - span[0]) if span[1] > span[0] else 0.5
