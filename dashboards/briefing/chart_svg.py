"""The one drawing of a chart, as SVG: HTML holds it as it is, PDF and Word get it through typst. Nothing in it is script."""

from collections.abc import Sequence
from html import escape

from dashboards.briefing.outline import Plot

WIDTH, HEIGHT = 720, 270
LEFT, RIGHT, TOP, BOTTOM = 40, 8, 52, 28  # the legend has the first 20 px, marks a lane of their own below it
LEGEND_Y, MARK_Y = 14, 38
COLOURS = {"negative": "#a6312b", "rest": "#8b9bb0"}
FONT = "Noto Sans CJK SC, Source Han Sans SC, Microsoft YaHei, PingFang SC, sans-serif"


def draw_plot(plot: Plot) -> str:
    """Stacked bars with a legend above, marks between legend and bars, and four grid lines."""
    heights = [sum(values) for values in zip(*(values for _, _, values in plot.series), strict=True)]
    top = nice_top(max(heights, default=0))
    step = (WIDTH - LEFT - RIGHT) / max(1, len(plot.labels))
    parts = [_grid(top), _legend(plot), _bars(plot, top, step), _labels(plot.labels, step), _marks(plot, step)]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    return f'{head} role="img" font-family="{FONT}" font-size="12" fill="#333">{"".join(parts)}</svg>'


def nice_top(highest: int) -> int:
    """The first of 4, 8, 12, 16, 20, 40, 80, 120 … that holds `highest`."""
    scale = 1
    while True:
        for step in (4, 8, 12, 16, 20):
            if highest <= step * scale:
                return step * scale
        scale *= 10


def _y(value: float, top: int) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top, 1)


def _grid(top: int) -> str:
    lines = []
    for quarter in range(5):
        value = top * quarter // 4
        y = _y(value, top)
        lines.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}" stroke="#ddd"/>')
        lines.append(f'<text x="{LEFT - 6}" y="{y + 4}" text-anchor="end">{value}</text>')
    return "".join(lines)


def _legend(plot: Plot) -> str:
    parts, x = [], LEFT
    for name, tone, _ in plot.series:
        parts.append(f'<rect x="{x}" y="{LEGEND_Y - 10}" width="11" height="11" fill="{COLOURS[tone]}"/>')
        parts.append(f'<text x="{x + 16}" y="{LEGEND_Y}">{escape(name)}</text>')
        x += 40 + 13 * len(name)
    return "".join(parts)


def _bars(plot: Plot, top: int, step: float) -> str:
    parts, width = [], round(min(26.0, step * 0.7), 1)
    for place in range(len(plot.labels)):
        x, base = round(LEFT + step * (place + 0.5) - width / 2, 1), 0
        for _, tone, values in plot.series:
            high, low = _y(base + values[place], top), _y(base, top)
            if values[place]:
                parts.append(
                    f'<rect x="{x}" y="{high}" width="{width}" height="{round(low - high, 1)}" fill="{COLOURS[tone]}"/>'
                )
            base += values[place]
    return "".join(parts)


def _labels(labels: Sequence[str], step: float) -> str:
    every = max(1, round(46 / step + 0.49))
    return "".join(
        f'<text x="{round(LEFT + step * (place + 0.5), 1)}" y="{HEIGHT - 9}" text-anchor="middle">{escape(label)}</text>'
        for place, label in enumerate(labels)
        if place % every == 0
    )


def _marks(plot: Plot, step: float) -> str:
    """One dashed line a label; the numbers of its events beside each other above it."""
    texts: dict[str, str] = {}
    for label, text in plot.marks:
        texts[label] = texts.get(label, "") + text
    parts = []
    for label, text in texts.items():
        x = round(LEFT + step * (plot.labels.index(label) + 0.5), 1)
        parts.append(
            f'<line x1="{x}" x2="{x}" y1="{MARK_Y + 4}" y2="{HEIGHT - BOTTOM}" stroke="#333" stroke-dasharray="3 3"/>'
        )
        parts.append(f'<text x="{x}" y="{MARK_Y}" text-anchor="middle">{escape(text)}</text>')
    return "".join(parts)
