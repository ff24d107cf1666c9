/** Lines over time (bars where there is but one point), drawn by ECharts; fetched with the first chart that shows: lazy(() => import("../charts/LineChart")). */

import { theme } from "antd";
import { BarChart as Bars, LineChart as Lines } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { type EChartsType, init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";
import { useDark } from "../shell/theme";
import { useNumbers } from "../words/Count";

use([Bars, Lines, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

/** The accent first; the others as muted as it is, and told apart by those who see few colours as well. */
const COLOURS = {
  light: ["#48688c", "#4aa39b", "#c99a4b", "#a4557f", "#8a8f96"],
  dark: ["#7fa3cc", "#5fb8af", "#dcb067", "#cf86ab", "#8a8f96"],
};

export interface Line {
  name: string;
  values: number[];
}

interface Props {
  /** What it shows, in a sentence, for those who can't see it. */
  label: string;
  /** Below the chart, one for each value. */
  names: string[];
  lines: Line[];
  /** Pixels. */
  height?: number;
}

export default function LineChart({ label, names, lines, height = 260 }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType>(undefined);
  const { token } = theme.useToken();
  const numbers = useNumbers();
  const colours = COLOURS[useDark() ? "dark" : "light"];

  useEffect(() => {
    if (!frame.current) return;
    const drawn = init(frame.current);
    chart.current = drawn;
    const watcher = new ResizeObserver(() => drawn.resize());
    watcher.observe(frame.current);
    return () => {
      watcher.disconnect();
      drawn.dispose();
    };
  }, []);

  useEffect(() => {
    const quiet = { color: token.colorTextTertiary, fontFamily: token.fontFamily };
    chart.current?.setOption(
      {
        animationDuration: 300,
        color: colours,
        grid: { left: 4, right: 16, top: 36, bottom: 4, containLabel: true },
        legend: {
          left: 0,
          top: 0,
          icon: "circle",
          itemWidth: 8,
          itemHeight: 8,
          textStyle: { ...quiet, color: token.colorText },
        },
        tooltip: {
          trigger: "axis",
          valueFormatter: (value: unknown) => numbers.count(Number(value)),
          backgroundColor: token.colorBgElevated,
          borderColor: token.colorBorderSecondary,
          textStyle: { color: token.colorText, fontFamily: token.fontFamily },
        },
        xAxis: {
          type: "category",
          boundaryGap: names.length === 1,
          data: names,
          axisLabel: quiet,
          axisTick: { show: false },
          axisLine: { lineStyle: { color: token.colorBorder } },
        },
        yAxis: {
          type: "value",
          minInterval: 1,
          axisLabel: { ...quiet, formatter: (value: number) => numbers.count(value) },
          splitLine: { lineStyle: { color: token.colorBorderSecondary } },
        },
        series: lines.map(({ name, values }) => ({
          name,
          // one point makes no line
          type: values.length === 1 ? "bar" : "line",
          barMaxWidth: 48,
          data: values,
          symbol: "circle",
          symbolSize: 5,
          showSymbol: values.length <= 12,
          lineStyle: { width: 2 },
        })),
      },
      { notMerge: true },
    );
  });

  return <div ref={frame} role="img" aria-label={label} style={{ height }} />;
}
