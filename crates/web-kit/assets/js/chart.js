/* Charts: figures wait in data-chart ("times;line;line"), uPlot draws them, and draws again when size or theme change. */
addEventListener("DOMContentLoaded", () => {
  if (!window.uPlot) return;
  const token = (name) => {
    const probe = document.createElement("i");
    probe.style.color = `var(${name})`;
    document.body.append(probe);
    const colour = getComputedStyle(probe).color;
    probe.remove();
    return colour;
  };
  const draw = (figure) => {
    const data = figure.dataset.chart.split(";").map((line) => line.split(",").map(Number));
    const names = figure.dataset.names.split("|");
    const axis = { stroke: token("--muted"), grid: { stroke: token("--line"), width: 1 }, ticks: { show: false }, font: "12px system-ui" };
    const inks = ["--accent", "--good", "--warn", "--busy", "--bad"].map(token);
    const series = names.map((label, at) => ({ label, stroke: inks[at % inks.length], width: 1.5, points: { show: false } }));
    figure.plot?.destroy();
    figure.plot = new uPlot({ width: figure.clientWidth, height: 220, axes: [axis, { ...axis, size: 48 }], series: [{}, ...series] }, data, figure);
    figure.classList.add("drawn");
  };
  const again = () => document.querySelectorAll(".chart").forEach(draw);
  again();
  let rest;
  addEventListener("resize", () => { clearTimeout(rest); rest = setTimeout(again, 150); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  new MutationObserver(again).observe(document.documentElement, { attributeFilter: ["data-theme"] });
});
