"use strict";
// The aiming session over server-sent events, pictures by asking for the next one; taps go back as single words.
(() => {
  const element = (id) => document.getElementById(id);
  const MARKS = { ok: "✓", warn: "!", fail: "✕", unknown: "…" };
  const WORDS = { ok: "good", warn: "fair", fail: "bad", unknown: "not known yet" };
  let told = null, lastTold = 0, finished = false, at = 0, sound = null;

  const make = (tag, className, text) => {
    const made = document.createElement(tag);
    made.className = className;
    made.textContent = text;
    return made;
  };

  const line = ({ label, verdict, found, need, to_do }) => {
    const item = make("li", verdict, ""), lamp = make("span", "lamp", MARKS[verdict]), middle = make("span", "found", found);
    lamp.setAttribute("role", "img");
    lamp.setAttribute("aria-label", WORDS[verdict]);
    if (need) middle.append(" ", make("span", "need", `(needed: ${need})`));
    item.append(lamp, make("span", "label", label), middle, make("span", "to-do", to_do));
    return item;
  };
  const showLines = (id, findings) => {
    const said = JSON.stringify(findings), list = element(id);
    if (list.dataset.said === said) return;
    list.dataset.said = said;
    list.replaceChildren(...findings.map(line));
  };

  // The driver looks elsewhere when a step ends, so it is heard; a tap has allowed the sound.
  const beep = () => {
    navigator.vibrate?.(200);
    if (!sound) return;
    const tone = sound.createOscillator(), level = sound.createGain();
    level.gain.value = 0.2;
    tone.frequency.value = 880;
    tone.connect(level).connect(sound.destination);
    tone.start();
    tone.stop(sound.currentTime + 0.25);
  };

  const act = async (word) => {
    try { sound ??= new AudioContext(); } catch { /* a telephone without sound still shows */ }
    try {
      const answer = await fetch("/aim/act", { method: "POST", body: word, headers: { "Vigil-Aim": "1" } });
      if (answer.ok) show(await answer.json());
    } catch { showLink(); }
  };

  const showAdvice = ({ now, step }) => {
    const bad = now.find((f) => f.verdict === "fail") ?? now.find((f) => f.verdict === "warn" && f.to_do);
    const box = element("advice");
    const said = step?.runs ? step.say : bad ? `${bad.label}: ${bad.to_do || bad.found}` : now.some((f) => f.key === "face" && f.verdict === "ok") ? "Well aimed" : "Waiting for a face";
    if (box.textContent !== said) box.textContent = said;
    box.className = `advice ${step?.runs ? "unknown" : bad ? bad.verdict : said === "Well aimed" ? "ok" : "unknown"}`;
    const counted = (verdict) => now.filter((f) => f.verdict === verdict).length;
    element("count").replaceChildren(...["fail", "warn", "ok"].filter(counted).map((verdict) => {
      const part = make("b", verdict, `${MARKS[verdict]} ${counted(verdict)} `);
      part.setAttribute("aria-label", `${counted(verdict)} ${WORDS[verdict]}`);
      return part;
    }));
  };

  const asksHeard = () => told.heard === null && told.done.some((f) => f.key === "heard");
  const showStep = ({ step, written, verdict }) => {
    const first = element("first"), second = element("second"), skip = element("skip");
    let title = "", say = "", share = 0;
    second.hidden = told.at === 0 && !step?.runs;
    skip.hidden = !step;
    second.textContent = "Again";
    if (asksHeard()) {
      title = "Did the driver notice the alert?";
      first.textContent = "Yes"; first.dataset.act = "heard";
      second.hidden = false; second.textContent = "No"; second.dataset.act = "not_heard";
      skip.hidden = true;
    } else if (step) {
      title = `${step.number} of ${step.count}: ${step.title}.`; say = step.say;
      const readying = step.runs && step.ready_s > 0;
      first.textContent = !step.runs ? "Start" : readying ? `Ready… ${Math.ceil(step.ready_s)}` : `${Math.ceil(step.left_s)} s`;
      first.dataset.act = "start"; second.dataset.act = "again";
      share = step.runs && !readying ? 1 - step.left_s / step.lasts_s : 0;
    } else {
      title = { ok: "All steps passed.", warn: "Passed, with remarks.", fail: "Not passed.", unknown: "Not complete." }[verdict];
      say = written.length ? "The report is written." : "Choose below what goes into the report, then write it.";
      first.textContent = written.length ? "Finish" : "Write the report"; first.dataset.act = written.length ? "finish" : "write";
      second.dataset.act = "again";
    }
    first.disabled = Boolean(step?.runs);
    element("step-title").textContent = title;
    element("step-say").textContent = say;
    element("progress").style.width = `${share * 100}%`;
  };

  const showChoices = () => {
    for (const button of document.querySelectorAll("#side button")) {
      button.className = button.dataset.act === told.side ? "chosen" : told.side === "auto" && button.dataset.act === told.side_now ? "guessed" : "";
    }
    for (const button of document.querySelectorAll("#mount button")) {
      button.className = button.dataset.act === `mount_${told.mount}` ? (told.mount_chosen ? "chosen" : "guessed") : "";
    }
    for (const [id, on] of [["picture-switch", told.picture], ["settings-switch", told.settings]]) {
      element(id).setAttribute("aria-checked", String(on));
      element(id).querySelector("b").textContent = on ? "yes" : "no";
    }
    element("settings").hidden = !told.found_settings;
    element("settings").textContent = told.found_settings;
    element("problem").hidden = !told.problem;
    element("problem").textContent = told.problem;
    const files = element("files"), said = told.written.join();
    if (files.dataset.said !== said) {
      files.dataset.said = said;
      files.replaceChildren(...told.written.map((name) => {
        const link = make("a", "", name.endsWith("html") ? "Open the report" : `Download ${name}`);
        link.href = name.endsWith("html") ? `/${name}` : `/${name}?download`;
        if (name.endsWith("html")) link.target = "_blank";
        return link;
      }));
    }
  };

  const show = (message) => {
    told = message;
    lastTold = performance.now();
    if (message.at > at) beep();
    at = message.at;
    showLines("now", message.now);
    showLines("done", message.done);
    element("done-part").hidden = message.done.length === 0;
    showAdvice(message);
    showStep(message);
    showChoices();
    showLink();
  };

  const showLink = () => {
    const lost = !finished && lastTold > 0 && performance.now() - lastTold > 3500;
    element("link").textContent = finished ? "finished" : lost ? "connection lost" : lastTold ? "live" : "connecting";
    element("link").className = lost ? "link lost" : "link";
    document.body.classList.toggle("old", lost);
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.id === "picture-switch") act(told?.picture ? "no_picture" : "picture");
    else if (button.id === "settings-switch") act(told?.settings ? "no_settings" : "settings");
    else if (button.id === "skip") act("skip");
    else if (button.dataset.act) act(button.dataset.act);
  });

  const source = new EventSource("/aim/stream");
  source.addEventListener("aim", (message) => show(JSON.parse(message.data)));
  source.addEventListener("closed", () => { finished = true; source.close(); showLink(); });

  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const watch = async () => {
    const image = element("picture");
    let number = 0, shown = "";
    while (!finished) {
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
          await pause(60);
        } else await pause(100);
      } catch {
        number = 0;
        await pause(1000);
      }
    }
  };
  watch();
  setInterval(showLink, 500);
})();
