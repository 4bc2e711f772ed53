"use strict";
// Zoom and a shared cursor for charts that stand in the page as SVG paths; values are read back from the paths.
(() => {
  const section = document.getElementById("charts");
  const whole = { start: Number(section.dataset.start), end: Number(section.dataset.end) };
  let view = { ...whole };
  let cursor = null; // seconds

  // "M x y l dx dy ..." -> lists of times (s) and heights, with null where the pen is lifted.
  const readPath = (path) => {
    const times = [], heights = [];
    let x = 0, y = 0;
    for (const piece of path.getAttribute("d").split("M").slice(1)) {
      const numbers = piece.match(/-?\d+/g).map(Number);
      if (times.length) { times.push(whole.start + x / 1000); heights.push(null); }
      [x, y] = numbers;
      times.push(whole.start + x / 1000); heights.push(y);
      for (let at = 4; at < numbers.length; at += 2) {
        x += numbers[at]; y += numbers[at + 1];
        times.push(whole.start + x / 1000); heights.push(y);
      }
    }
    return { times, heights };
  };

  const charts = [...section.querySelectorAll(".chart")].map((chart) => ({
    low: Number(chart.dataset.low), high: Number(chart.dataset.high),
    unit: chart.dataset.unit, decimals: Number(chart.dataset.decimals),
    plot: chart.querySelector(".plot"), svg: chart.querySelector("svg"),
    cursor: chart.querySelector(".cursor"), marked: chart.querySelector(".marked"),
    outputs: [...chart.querySelectorAll(".key output")],
    lines: [...chart.querySelectorAll("path")].map(readPath),
    gaps: [...chart.querySelectorAll(".gap")],
  }));
  const placed = [...section.querySelectorAll("[data-end]")];
  const axis = section.querySelector(".axis");
  const now = document.getElementById("now");

  const clock = (t, decimals) => {
    const sign = t < 0 ? "−" : "", tenths = Math.round(Math.abs(t) * 10);
    const h = Math.floor(tenths / 36000), m = Math.floor(tenths / 600) % 60, s = (tenths % 600) / 10;
    const seconds = s.toFixed(decimals).padStart(decimals ? 4 : 2, "0");
    return sign + (h ? `${h}:${String(m).padStart(2, "0")}:${seconds}` : `${m}:${seconds}`);
  };

  const drawAxis = () => {
    const span = view.end - view.start;
    const most = Math.max(2, Math.min(10, Math.floor(axis.clientWidth / 90)));
    const step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200]
      .find((candidate) => span / candidate <= most) || span / most;
    const ticks = [];
    for (let t = Math.ceil(view.start / step) * step; t <= view.end; t += step) {
      const share = (t - view.start) / span;
      if (share * axis.clientWidth > 60 && (1 - share) * axis.clientWidth > 70) ticks.push([share, clock(t, step < 1 ? 1 : 0)]);
    }
    const entries = [[0, clock(view.start, 1)], ...ticks, [1, clock(view.end, 1)]];
    axis.replaceChildren(...entries.map(([share, text]) => {
      const tick = document.createElement("span");
      tick.textContent = text;
      tick.style.left = `${share * 100}%`;
      return tick;
    }));
  };

  const drawCursor = () => {
    const share = cursor === null ? -1 : (cursor - view.start) / (view.end - view.start);
    now.textContent = cursor === null ? "" : clock(cursor, 1);
    for (const chart of charts) {
      chart.cursor.hidden = share < 0 || share > 1;
      chart.cursor.style.left = `${share * 100}%`;
      if (cursor === null) continue;
      const gap = chart.gaps.find((g) => Number(g.dataset.start) <= cursor && cursor < Number(g.dataset.end));
      chart.lines.forEach((line, at) => {
        const height = heightAt(line, cursor);
        chart.outputs[at].textContent = height === null
          ? (gap ? gap.dataset.reason : "–")
          : (chart.high - height / 1000 * (chart.high - chart.low)).toFixed(chart.decimals) + chart.unit;
      });
    }
  };

  // The value of the last point at or before t, unless the line has ended there.
  const heightAt = ({ times, heights }, t) => {
    let low = 0, high = times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (times[middle] <= t) low = middle + 1; else high = middle;
    }
    if (low === 0) return null;
    // A lone last point holds for one screen column at most.
    if (low === times.length && t - times[low - 1] > Math.max(0.2, (view.end - view.start) / 200)) return null;
    if (heights[low - 1] !== null) return heights[low - 1];
    return null;
  };

  const show = (start, end) => {
    const span = Math.min(whole.end - whole.start, Math.max(0.5, end - start));
    start = Math.min(Math.max(start, whole.start), whole.end - span);
    view = { start, end: start + span };
    for (const chart of charts)
      chart.svg.setAttribute("viewBox", `${(start - whole.start) * 1000} 0 ${span * 1000} 1000`);
    for (const element of placed) {
      const left = Number(element.dataset.start), right = Number(element.dataset.end);
      element.style.left = `${(left - start) / span * 100}%`;
      element.style.width = `${(right - left) / span * 100}%`;
      element.hidden = right < start || left > view.end;
    }
    drawAxis();
    drawCursor();
  };

  const zoom = (factor) => {
    const middle = cursor !== null && cursor >= view.start && cursor <= view.end ? cursor : (view.start + view.end) / 2;
    const half = (view.end - view.start) * factor / 2;
    show(middle - half, middle + half);
  };
  const shift = (share) => { const by = (view.end - view.start) * share; show(view.start + by, view.end + by); };
  const reset = () => show(whole.start, whole.end);

  const timeAt = (plot, event) => {
    const box = plot.getBoundingClientRect();
    return view.start + Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * (view.end - view.start);
  };
  for (const { plot, marked } of charts) {
    let from = null;
    plot.addEventListener("pointerdown", (event) => { from = timeAt(plot, event); });
    plot.addEventListener("pointermove", (event) => {
      cursor = timeAt(plot, event);
      if (from !== null && event.buttons && event.pointerType === "mouse") {
        const [left, right] = [from, cursor].sort((a, b) => a - b).map((t) => (t - view.start) / (view.end - view.start) * 100);
        marked.hidden = false; marked.style.left = `${left}%`; marked.style.width = `${right - left}%`;
      }
      drawCursor();
    });
    plot.addEventListener("pointerup", (event) => {
      const to = timeAt(plot, event);
      if (from !== null && !marked.hidden && Math.abs(to - from) > (view.end - view.start) / 100)
        show(Math.min(from, to), Math.max(from, to));
      from = null; marked.hidden = true;
    });
    plot.addEventListener("pointerleave", () => { from = null; marked.hidden = true; });
    plot.addEventListener("dblclick", reset);
    plot.addEventListener("keydown", (event) => {
      const step = (view.end - view.start) / 100;
      const moves = { ArrowLeft: -step, ArrowRight: step };
      if (event.key in moves) {
        cursor = Math.min(whole.end, Math.max(whole.start, (cursor ?? (view.start + view.end) / 2) + moves[event.key]));
        if (cursor < view.start || cursor > view.end) shift(moves[event.key] > 0 ? 0.5 : -0.5);
        drawCursor();
      } else if (event.key === "+") zoom(0.5);
      else if (event.key === "-") zoom(2);
      else if (event.key === "0") reset();
      else return;
      event.preventDefault();
    });
  }
  for (const button of document.querySelectorAll("[data-zoom]"))
    button.addEventListener("click", () => {
      const [start, end] = button.dataset.zoom.split(" ").map(Number);
      const around = Math.max(5, (end - start) / 2);
      cursor = start;
      show(start - around, end + around);
      document.getElementById("timelines").scrollIntoView({ behavior: "smooth" });
    });
  const press = (id, act) => document.getElementById(id).addEventListener("click", act);
  press("whole", reset); press("closer", () => zoom(0.5)); press("wider", () => zoom(2));
  press("earlier", () => shift(-0.5)); press("later", () => shift(0.5));
  section.querySelector(".tools").hidden = false;
  addEventListener("resize", drawAxis);
  reset();
})();
