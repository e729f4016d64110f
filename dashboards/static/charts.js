// Draws every [data-chart] with the colours of the page; the numbers stand in a table beside it.
"use strict";
(() => {
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const TONES = { negative: "--bad", neutral: "--even", positive: "--good", unknown: "--odd", plain: "--plain", usual: "--usual" };
  const RING = ["--k1", "--k2", "--k3", "--k4", "--k5", "--k6"];

  const axes = (spec) => ({
    grid: { left: 36, right: 8, top: spec.marks && spec.marks.length ? 52 : 30, bottom: 24 }, // marks have a lane of their own under the legend
    xAxis: { type: "category", data: spec.labels, axisLine: { lineStyle: { color: css("--line") } }, axisTick: { show: false }, axisLabel: { color: css("--soft"), hideOverlap: true } },
    yAxis: { type: "value", minInterval: 1, splitLine: { lineStyle: { color: css("--line") } }, axisLabel: { color: css("--soft") } },
  });

  const row = (spec, one, k) => {
    const lines = spec.kind === "lines", color = css(TONES[one.tone]);
    const made = { name: one.name, type: lines && one.tone === "usual" ? "line" : "bar", data: one.values, itemStyle: { color }, lineStyle: { color, width: 2 }, barMaxWidth: 26, symbol: "none" };
    if (made.type === "line") { made.lineStyle.type = "dashed"; made.z = 3; }
    if (!lines) made.stack = "all";
    if (k === 0 && spec.marks.length) {
      made.markLine = { symbol: "none", silent: true, lineStyle: { color: css("--ink"), type: "dashed" }, label: { formatter: (p) => p.name, color: css("--ink") }, data: spec.marks.map((m) => ({ xAxis: m.label, name: m.text })) };
    }
    return made;
  };

  const ring = (spec, narrow) => ({
    series: [{ type: "pie", radius: narrow ? ["30%", "48%"] : ["46%", "72%"], label: { color: css("--ink"), formatter: "{b} {c}", alignTo: "edge", edgeDistance: 2 }, itemStyle: { borderColor: css("--page"), borderWidth: 2 },
      data: spec.labels.map((name, k) => ({ name, value: spec.series[0].values[k], itemStyle: { color: css(RING[k % RING.length]) } })) }],
  });

  const options = (spec, narrow) => ({
    animation: false,
    textStyle: { fontFamily: css("--font") },
    tooltip: { trigger: spec.kind === "ring" ? "item" : "axis", renderMode: "richText", confine: true, backgroundColor: css("--paper"), borderColor: css("--line"), textStyle: { color: css("--ink") } },
    ...(spec.kind === "ring" ? ring(spec, narrow) : { ...axes(spec), series: spec.series.map((one, k) => row(spec, one, k)) }),
    ...(spec.kind === "ring" || spec.series.length < 2 ? {} : { legend: { top: 0, right: 0, itemWidth: 12, itemHeight: 10, icon: "rect", textStyle: { color: css("--soft") } } }),
  });

  const draw = () => {
    document.querySelectorAll("[data-chart]").forEach((box) => {
      if (box.chart) box.chart.dispose();
      box.chart = echarts.init(box, null, { renderer: "canvas" });
      box.chart.setOption(options(JSON.parse(box.dataset.chart), box.clientWidth < 440));
    });
  };

  // Dragging over the bars of a [data-brush] chart fills the two dates of the search form and sends it.
  const brush = (holder) => {
    const box = holder.querySelector("[data-chart]"), form = document.querySelector("form.filter");
    if (!box || !form) return;
    const spans = JSON.parse(holder.dataset.brush);
    let begun = null;
    const bar = (event) => {
      const at = box.chart.convertFromPixel({ xAxisIndex: 0 }, event.clientX - box.getBoundingClientRect().left);
      return Math.min(spans.length - 1, Math.max(0, Math.round(at)));
    };
    const mark = (one, other) => box.chart.setOption({ series: [{ data: JSON.parse(box.dataset.chart).series[0].values.map((value, k) => ({ value, itemStyle: { opacity: k >= Math.min(one, other) && k <= Math.max(one, other) ? 1 : 0.3 } })) }] });
    box.style.touchAction = "pan-y";
    box.addEventListener("pointerdown", (event) => { begun = bar(event); });
    box.addEventListener("pointermove", (event) => { if (begun !== null) mark(begun, bar(event)); });
    addEventListener("pointerup", (event) => {
      if (begun === null) return;
      const pair = [begun, bar(event)].sort((a, b) => a - b);
      begun = null;
      form.elements.from.value = spans[pair[0]][0];
      form.elements.to.value = spans[pair[1]][1];
      form.requestSubmit();
    });
  };

  draw();
  document.querySelectorAll("[data-brush]").forEach(brush);
  document.addEventListener("htmx:afterSwap", () => { draw(); document.querySelectorAll("[data-brush]").forEach(brush); });
  addEventListener("resize", () => document.querySelectorAll("[data-chart]").forEach((box) => box.chart && box.chart.resize()));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
})();
