// The trend of a measure as a chart, drawn from the table under it, which says the same in words.
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([BarChart, LineChart, GridComponent, TooltipComponent, CanvasRenderer]);

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

// A tooltip of text: markup would carry style attributes, which the page's policy refuses.
function options(points, sign) {
  const [accent, quiet, line] = ["--accent-text", "--tblr-secondary", "--tblr-border-color"].map(colour);
  const axis = { axisLabel: { color: quiet }, axisLine: { lineStyle: { color: line } }, splitLine: { lineStyle: { color: line } } };
  return {
    animation: false,
    grid: { left: 56, right: 16, top: 16, bottom: 32 },
    tooltip: {
      trigger: "axis", renderMode: "richText",
      formatter: ([{ dataIndex }]) => `${points[dataIndex].month}  ${points[dataIndex].text}`,
    },
    xAxis: { type: "category", data: points.map(({ month }) => month), ...axis, splitLine: { show: false } },
    yAxis: { type: "value", max: sign ? 100 : undefined, ...axis, axisLabel: { ...axis.axisLabel, formatter: `{value}${sign}` } },
    series: [{
      type: points.length > 1 ? "line" : "bar", data: points.map(({ value }) => value),
      itemStyle: { color: accent }, lineStyle: { color: accent }, symbolSize: 7,
    }],
  };
}

function draw(place) {
  const points = [...document.querySelectorAll("tr[data-point]")].map(({ dataset }) => ({
    month: dataset.point, text: dataset.text, value: dataset.value === "" ? null : Number(dataset.value),
  }));
  if (!points.some(({ value }) => value !== null)) return;
  place.hidden = false;
  const chart = init(place, null, { renderer: "canvas" });
  chart.setOption(options(points, place.dataset.chart));
  addEventListener("resize", () => chart.resize());
  const again = () => chart.setOption(options(points, place.dataset.chart));
  new MutationObserver(again).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
}

document.querySelectorAll("[data-chart]").forEach(draw);
