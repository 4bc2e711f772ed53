"use strict";
// Live signals over server-sent events, pictures by asking for the next one; both say when nothing comes any more.
(() => {
  const WINDOW_S = 60;
  const element = (id) => document.getElementById(id);
  const make = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const plain = (word) => String(word).replaceAll("_", " ");

  const gaugeViews = new Map();
  const gaugeView = (label) => {
    if (gaugeViews.has(label)) return gaugeViews.get(label);
    const box = make("div"), meter = make("div", "meter"), fill = make("i"), tick = make("b"), value = make("dd");
    meter.setAttribute("aria-hidden", "true");
    meter.append(fill, tick);
    box.append(make("dt", "", label), value, meter);
    element("gauges").append(box);
    const view = { box, meter, fill, tick, value };
    gaugeViews.set(label, view);
    return view;
  };
  const showGauge = (gauge) => {
    const { box, meter, fill, tick, value } = gaugeView(gauge.label);
    const missing = gauge.fraction === null;
    value.textContent = gauge.text;
    box.className = missing ? "missing" : gauge.severity;
    meter.className = missing ? "meter hatched" : "meter";
    fill.style.width = missing ? "0" : `${gauge.fraction * 100}%`;
    tick.hidden = missing || gauge.tick === null;
    if (gauge.tick !== null) tick.style.left = `${gauge.tick * 100}%`;
  };

  const FACTS = [
    ["Lids", "lids", plain], ["Eyes closed", "eyes_closed_s", (v) => `${v.toFixed(1)} s`],
    ["Blinks", "blink_rate_per_min", (v) => `${v.toFixed(0)} per min`],
    ["Looking", "off_road_why", (v) => v === "none" ? "at the road" : plain(v)],
    ["Yawns in 10 min", "yawn_count_10_min", String], ["Eyes judged", "valid_frame_rate_hz", (v) => `${v.toFixed(0)} per s`],
  ];
  const factViews = FACTS.map(([label]) => {
    const box = make("div"), value = make("dd", "", "–");
    box.append(make("dt", "", label), value);
    element("facts").append(box);
    return value;
  });

  const degrees = (rad) => rad * 180 / Math.PI;
  const SPARKS = [
    { label: "Eye closure", name: "closure", low: 0, high: 1, line: 0.8, text: (v) => v.toFixed(2) },
    { label: "PERCLOS", name: "perclos", low: 0, high: 0.4, line: 0.15, text: (v) => `${(v * 100).toFixed(0)}%` },
    { label: "Mouth", name: "mouth_openness", low: 0, high: 1, text: (v) => v.toFixed(2) },
    { label: "Head yaw", name: "head_yaw_rad", low: -60, high: 60, line: 0, scale: degrees, text: (v) => `${Math.round(v) || 0}°` },
    { label: "Head pitch", name: "head_pitch_rad", low: -60, high: 60, line: 0, scale: degrees, text: (v) => `${Math.round(v) || 0}°` },
    { label: "Drowsiness", name: "drowsiness_level", low: 1, high: 9, line: 7, text: (v) => v.toFixed(1) },
  ];
  for (const spark of SPARKS) {
    const box = make("div", "spark"), title = make("h3", "", spark.label);
    spark.value = make("span", "", "–");
    spark.canvas = make("canvas");
    spark.canvas.setAttribute("aria-hidden", "true");
    title.append(spark.value);
    box.append(title, spark.canvas);
    element("sparks").append(box);
    spark.points = []; // [t_s, value or null]
  }
  const drawSpark = ({ canvas, points, low, high, line }, now) => {
    const ratio = devicePixelRatio || 1, width = canvas.clientWidth, height = canvas.clientHeight;
    if (!width) return;
    if (canvas.width !== Math.round(width * ratio)) { canvas.width = Math.round(width * ratio); canvas.height = Math.round(height * ratio); }
    const pen = canvas.getContext("2d"), style = getComputedStyle(canvas);
    const color = (name) => style.getPropertyValue(name).trim();
    const x = (t) => width - (now - t) / WINDOW_S * width;
    const y = (value) => 3 + (high - Math.min(high, Math.max(low, value))) / (high - low) * (height - 6);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.lineWidth = 1.5;
    pen.strokeStyle = color("--hatch");
    for (let at = 0; at < points.length;) {
      if (points[at][1] !== null) { at += 1; continue; }
      let end = at;
      while (end + 1 < points.length && points[end + 1][1] === null) end += 1;
      const left = x(points[at][0]), right = end + 1 < points.length ? x(points[end + 1][0]) : width;
      pen.save(); pen.beginPath(); pen.rect(left, 0, right - left, height); pen.clip(); pen.beginPath();
      for (let stripe = Math.floor((left - height) / 8) * 8; stripe < right; stripe += 8) { pen.moveTo(stripe, height); pen.lineTo(stripe + height, 0); }
      pen.stroke(); pen.restore();
      at = end + 1;
    }
    if (line !== undefined) {
      pen.strokeStyle = color("--dim"); pen.setLineDash([4, 4]); pen.lineWidth = 1;
      pen.beginPath(); pen.moveTo(0, y(line)); pen.lineTo(width, y(line)); pen.stroke(); pen.setLineDash([]);
    }
    pen.strokeStyle = color("--series-1"); pen.lineWidth = 1.8; pen.lineJoin = "round";
    pen.beginPath();
    let down = false;
    for (const [t, value] of points) {
      if (value === null) { down = false; continue; }
      if (down) pen.lineTo(x(t), y(value)); else pen.moveTo(x(t), y(value));
      down = true;
    }
    pen.stroke();
  };

  let lastMessage = 0, lastState = 0, finished = false, newest = null, drawPending = false;
  const draw = () => {
    drawPending = false;
    if (newest === null) return;
    for (const spark of SPARKS) drawSpark(spark, newest.signals.t_s);
  };
  const requestDraw = () => { if (!drawPending) { drawPending = true; requestAnimationFrame(draw); } };

  const showAlerts = (alerts) => {
    const box = element("alert"), first = alerts[0];
    const said = first ? `${first.level}: ${first.type}` : "";
    const detail = first ? `${first.reason}, ${first.held_s.toFixed(0)} s${first.acknowledged ? ", acknowledged" : ""}${alerts.length > 1 ? `, and ${alerts.slice(1).map((a) => a.type).join(", ")}` : ""}` : "";
    if (box.dataset.said !== said) { // replaced only when it changes, so that a screen reader says it once
      box.dataset.said = said;
      box.className = first ? `alert on level-${first.level}` : "alert";
      box.replaceChildren(first ? `${first.level.toUpperCase()}: ${first.type}` : "No alert");
      if (first) { const small = make("small"); small.setAttribute("aria-live", "off"); box.append(small); }
    }
    if (first) box.querySelector("small").textContent = detail;
  };

  const showState = (message) => {
    lastState = performance.now();
    newest = message;
    element("clock").textContent = message.time;
    message.gauges.forEach(showGauge);
    FACTS.forEach(([, name, text], at) => {
      const value = message.signals[name];
      factViews[at].textContent = value === "" ? plain(message.signals[`${name}_unavailable`]) : text(value);
    });
    const now = message.signals.t_s;
    for (const spark of SPARKS) {
      const raw = message.signals[spark.name];
      const value = raw === "" ? null : (spark.scale ? spark.scale(raw) : raw);
      if (spark.points.length && spark.points.at(-1)[0] > now) spark.points.length = 0; // the clip began anew
      spark.points.push([now, value]);
      while (spark.points.length && spark.points[0][0] < now - WINDOW_S) spark.points.shift();
      spark.value.textContent = value === null ? plain(message.signals[`${spark.name}_unavailable`]) : spark.text(value);
      spark.value.className = value === null ? "missing" : "";
    }
    showAlerts(message.alerts);
    requestDraw();
  };

  const showEvent = (event) => {
    element("no-events").hidden = true;
    const entry = make("li", `level-${event.level}`);
    entry.append(make("time", "", event.time), make("strong", "", event.type), make("span", "level", event.level === "none" ? "" : event.level), make("span", "why", event.why));
    element("events").prepend(entry);
    while (element("events").children.length > 200) element("events").lastChild.remove();
  };

  const notice = (text, link) => {
    element("notice").hidden = !text;
    element("notice").replaceChildren(text, ...(link ? [" ", link] : []));
  };
  const showFinish = ({ report }) => {
    finished = true;
    const link = make("a", "", "Open it");
    link.href = "/report";
    notice(report ? `The clip has ended. The report lies at ${report}.` : "The clip has ended.", report ? link : null);
    showLink();
  };

  const setLink = (className, text) => {
    const link = element("link");
    if (link.textContent !== text) { link.className = `link ${className}`; link.textContent = text; }
  };
  const showLink = () => {
    const now = performance.now();
    const lost = lastMessage > 0 && now - lastMessage > 3500;
    const still = !lost && lastState > 0 && now - lastState > 2000;
    if (finished) setLink("", "finished");
    else if (lost) setLink("lost", "connection lost");
    else if (lastMessage === 0) setLink("", "connecting");
    else if (lastState === 0) setLink("still", "waiting for a picture");
    else if (still) setLink("still", "no new pictures");
    else setLink("live", "live");
    const old = !finished && (lost || still);
    document.body.classList.toggle("old", old);
    if (!finished)
      notice(lost ? "The connection to Vigil is lost; what you see is old. Trying again." : still ? "No new picture has come for a while; what you see is old." : "");
  };

  const connect = () => {
    let run = "", seen = 0;
    const source = new EventSource("/stream");
    const on = (name, act) => source.addEventListener(name, (message) => {
      lastMessage = performance.now();
      if (name === "event") {
        const [itsRun, number] = message.lastEventId.split(":");
        if (itsRun !== run) { run = itsRun; seen = 0; element("events").replaceChildren(); }
        if (Number(number) <= seen) return;
        seen = Number(number);
      }
      act(JSON.parse(message.data));
    });
    on("state", showState);
    on("event", showEvent);
    on("finish", showFinish);
    on("heartbeat", () => {});
    // The report is no longer served then; its path still stands there.
    on("closed", () => document.querySelector("#notice a")?.remove());
    source.onerror = () => { if (finished) source.close(); };
  };

  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const watch = async () => {
    const image = element("overlay");
    let number = 0, shown = "";
    for (;;) {
      if (document.hidden) { await pause(300); continue; }
      try {
        const answer = await fetch(`/frame.jpg?after=${number}`, { cache: "no-store" });
        if (answer.status === 200) {
          number = Number(answer.headers.get("Vigil-Frame"));
          const address = URL.createObjectURL(await answer.blob());
          image.src = address;
          await image.decode().catch(() => {});
          image.hidden = false;
          element("no-picture").hidden = true;
          if (shown) URL.revokeObjectURL(shown);
          shown = address;
          await pause(30);
        } else await pause(100);
      } catch {
        number = 0;
        if (finished) return;
        await pause(1000);
      }
    }
  };

  showAlerts([]);
  connect();
  watch();
  setInterval(showLink, 500);
  addEventListener("resize", requestDraw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", requestDraw);
})();
