/* Draws each chart from the table beside it, in the site's colours. Needs vendor/echarts/echarts.min.js before it. */
(() => {
  "use strict";

  const style = getComputedStyle(document.documentElement);
  const token = (name) => style.getPropertyValue(name).trim();
  const colours = [1, 2, 3, 4, 5, 6].map((number) => token(`--ts-chart-${number}`));
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  function read(table) {
    const headers = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
    const rows = [...table.tBodies[0].rows];
    const names = rows.map((row) => row.cells[0].textContent.trim());
    const series = headers.slice(1).map((name, index) => ({
      name,
      data: rows.map((row) => {
        const text = row.cells[index + 1].dataset.value;
        return text === "" || text === "None" ? null : Number(text);
      }),
    }));
    return { names, series };
  }

  const whole = (series) => series.every((one) => one.data.every((value) => value === null || Number.isInteger(value)));

  function options(kind, unit, { names, series }) {
    const base = {
      color: colours,
      animation: !still,
      aria: { enabled: true },
      textStyle: { fontFamily: token("--ts-font"), color: token("--ts-ink") },
      // Rich text, because a tooltip of HTML would carry style attributes, which the security policy forbids.
      tooltip: { trigger: kind === "pie" ? "item" : "axis", renderMode: "richText", confine: true },
      legend: series.length > 1 || kind === "pie" ? { bottom: 0, type: "scroll" } : undefined,
      grid: { left: 8, right: 24, top: 32, bottom: series.length > 1 ? 36 : 8, containLabel: true },
    };
    if (kind === "pie") {
      const data = names.map((name, index) => ({ name, value: series[0].data[index] }));
      return { ...base, series: [{ type: "pie", radius: ["42%", "68%"], data, label: { formatter: "{b}\n{d}%" } }] };
    }
    const category = {
      type: "category", data: names, inverse: kind === "bar", axisTick: { show: false },
      axisLine: { lineStyle: { color: token("--ts-edge") } }, axisLabel: { color: token("--ts-ink-2") },
    };
    const value = {
      type: "value", name: kind === "bar" ? "" : unit, minInterval: whole(series) ? 1 : 0, splitLine: { lineStyle: { color: token("--ts-line") } },
      axisLabel: { color: token("--ts-ink-2") },
    };
    const drawn = series.map((one) => ({
      ...one, type: kind === "line" ? "line" : "bar", barMaxWidth: 28, symbolSize: 6, connectNulls: false,
    }));
    return kind === "bar"
      ? { ...base, xAxis: value, yAxis: category, series: drawn }
      : { ...base, xAxis: category, yAxis: value, series: drawn };
  }

  function draw(figure) {
    const canvas = figure.querySelector(".chart__canvas");
    const table = document.getElementById(figure.dataset.chartTable);
    canvas.hidden = false;
    figure.querySelector("details").open = false;
    const chart = window.echarts.init(canvas, null, { renderer: "canvas" });
    chart.setOption(options(figure.dataset.chart, figure.dataset.chartUnit, read(table)));
    new ResizeObserver(() => chart.resize()).observe(canvas);
  }

  document.querySelectorAll("[data-chart]").forEach(draw);
})();
