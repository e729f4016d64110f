// Reading works without this file. It adds: live reload when something was stored, keys, and one open sheet at a time.
"use strict";
(() => {
  const PAUSE = 5000; // at most one reload in five seconds, however much arrives
  const body = document.body;

  const isBusy = () => {
    const field = document.activeElement;
    const typing = field && /^(INPUT|TEXTAREA|SELECT)$/.test(field.tagName);
    return typing || document.hidden || document.querySelector(".drop[open], #main .numbers[open]");
  };

  const reload = () => {
    htmx.ajax("GET", location.pathname + location.search, { target: "#main", select: "#main", swap: "outerHTML" });
  };

  const follow = () => {
    const stream = new EventSource(body.dataset.live);
    let known = null, waiting = null, last = 0;
    const due = () => {
      waiting = null;
      if (isBusy()) { waiting = setTimeout(due, PAUSE); return; }
      last = Date.now();
      reload();
    };
    const lamp = (on) => { const el = document.getElementById("live"); if (el) el.hidden = !on; };
    stream.addEventListener("open", () => lamp(true));
    stream.addEventListener("error", () => lamp(false));
    stream.addEventListener("change", (event) => {
      lamp(true);
      if (known !== null && known !== event.data && waiting === null) {
        waiting = setTimeout(due, Math.max(0, PAUSE - (Date.now() - last)));
      }
      known = event.data;
    });
    document.addEventListener("htmx:afterSwap", () => lamp(stream.readyState === 1));
    addEventListener("pagehide", () => stream.close());
  };

  const keys = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
    if (event.key === "/") {
      const field = document.querySelector("input[type=search]");
      event.preventDefault();
      if (field) field.focus(); else location.href = "/search";
      return;
    }
    if (event.key === "Escape") document.querySelectorAll(".drop[open]").forEach((el) => { el.open = false; });
    if (event.key === "j" || event.key === "k") step(event.key === "j" ? 1 : -1);
    const link = /^[a-z]$/.test(event.key) && event.shiftKey === false && pending === "g" ? document.querySelector(`nav [data-key="${event.key}"]`) : null;
    pending = event.key === "g" && pending !== "g" ? "g" : "";
    if (link) location.href = link.href;
  };
  let pending = "";

  const step = (by) => {
    const links = [...document.querySelectorAll(".event-title, .story-title a")];
    const at = links.indexOf(document.activeElement);
    const next = links[Math.min(links.length - 1, Math.max(0, at + by))];
    if (next) next.focus();
  };

  const here = document.querySelector(".menu [aria-current]");
  if (here && here.parentElement.scrollWidth > here.parentElement.clientWidth) here.parentElement.scrollLeft = here.offsetLeft - 120;

  document.addEventListener("keydown", keys);
  document.addEventListener("toggle", (event) => {
    if (!event.target.matches || !event.target.matches(".drop[open]")) return;
    document.querySelectorAll(".drop[open]").forEach((el) => { if (el !== event.target) el.open = false; });
  }, true);
  if (body.dataset.live && window.EventSource && window.htmx) follow();
})();
