/* Sends a file in pieces by tus 1.0.0, shows how far it is, and goes on where an interruption stopped it.
   Needs vendor/tus-js-client/tus.min.js before it; without either, the plain form sends the file at once. */
(() => {
  "use strict";

  // A piece goes through common proxies' limits; what a proxy holds back is lost with the line, so it is not larger.
  const PIECE = 32 * 1024 * 1024;
  const RETRIES = [0, 1000, 3000, 5000, 10000, 20000, 30000];
  const WINDOW = 5000; // milliseconds over which the rate is measured
  const QUARTER = 25; // percent between two announcements
  const UNITS = ["B", "KB", "MB", "GB", "TB"];

  const amount = (bytes) => {
    const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log(bytes) / Math.log(1024)));
    return `${(bytes / 1024 ** power).toFixed(power ? 1 : 0)} ${UNITS[power]}`;
  };

  const clock = (seconds) => {
    const whole = Math.max(1, Math.round(seconds));
    const two = (number) => String(number).padStart(2, "0");
    return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  };

  /** Measures bytes per second over the last seconds. */
  function meter() {
    let samples = [];
    return (bytes) => {
      const now = performance.now();
      samples = [...samples.filter(([at]) => now - at < WINDOW), [now, bytes]];
      const [at, first] = samples[0];
      return now - at < 500 ? 0 : ((bytes - first) * 1000) / (now - at);
    };
  }

  /** Returns what the server says stands against it, in the reader's language; nothing where it was not reached. */
  function reason(error) {
    try {
      return JSON.parse(error.originalResponse.getBody()).detail;
    } catch {
      return ""; // no answer, or one from a proxy that is no problem document
    }
  }

  function prepare(form) {
    const panel = document.querySelector("[data-upload-panel]");
    const part = (name) => panel.querySelector(`[data-upload-${name}]`);
    const words = (name, values = {}) =>
      Object.entries(values).reduce((text, [key, value]) => text.replace(`{${key}}`, value), panel.dataset[name]);
    const input = form.querySelector("input[type=file]");
    const token = form.querySelector("[name=csrfmiddlewaretoken]").value;
    const pause = part("pause");
    const go = part("go");
    let upload = null;
    let told = 0;
    let rate = meter();

    const say = (text) => { part("say").textContent = text; };

    function trouble(text) {
      const box = part("trouble");
      box.hidden = !text;
      box.querySelector("p").textContent = text;
    }

    function running(on) {
      const focused = panel.contains(document.activeElement);
      pause.hidden = !on;
      go.hidden = on;
      if (focused) (on ? pause : go).focus();
    }

    function show(sent, size) {
      const percent = size ? Math.floor((sent / size) * 100) : 100;
      const speed = rate(sent);
      part("bar").value = percent;
      part("percent").textContent = `${percent}%`;
      part("amount").textContent = words("sayAmount", { sent: amount(sent), size: amount(size) });
      part("rate").textContent = speed
        ? words("sayLeft", { rate: amount(speed), time: clock((size - sent) / speed) })
        : "";
      const quarter = Math.floor(percent / QUARTER) * QUARTER;
      if (quarter > told && quarter < 100) say(words("sayPercent", { percent: `${quarter}%` }));
      told = Math.max(told, quarter);
    }

    /** Asks until the whole file is handed over; an empty piece at the end repeats the handing over if it was lost. */
    async function finish() {
      say(words("sayWhole"));
      pause.hidden = true;
      go.hidden = true;
      part("cancel").hidden = true;
      const answer = await fetch(upload.url, { headers: { Accept: "application/json" } });
      const state = answer.ok ? await answer.json() : {};
      if (state.page) {
        window.location.assign(state.page);
        return;
      }
      await fetch(upload.url, {
        method: "PATCH",
        body: new Blob([]),
        headers: {
          "Tus-Resumable": "1.0.0",
          "Content-Type": "application/offset+octet-stream",
          "Upload-Offset": String(upload.file.size),
          "X-CSRFToken": token,
        },
      });
      window.setTimeout(finished, 2000);
    }

    function finished() {
      finish().catch(() => window.setTimeout(finished, 5000));
    }

    function stopped(error) {
      running(false);
      if (upload.url === null && reason(error)) { // refused before it began: the same file would be refused again
        go.hidden = true;
        part("cancel").focus();
      }
      say("");
      trouble(reason(error) || words("sayFailed"));
    }

    function send(file) {
      told = 0;
      rate = meter();
      upload = new tus.Upload(file, {
        endpoint: form.dataset.upload,
        chunkSize: PIECE,
        retryDelays: RETRIES,
        removeFingerprintOnSuccess: true,
        metadata: { filename: file.name, resource: form.dataset.resource },
        headers: { "X-CSRFToken": token, Accept: "application/json" },
        fingerprint: () =>
          Promise.resolve(["upload", form.dataset.resource, file.name, file.size, file.lastModified].join("-")),
        onProgress: show,
        onShouldRetry: (error) => {
          const status = error.originalResponse ? error.originalResponse.getStatus() : 0;
          const busy = upload.url !== null && (status === 409 || status === 423);
          const again = busy || status < 400 || (status >= 500 && status !== 507);
          if (again) say(words("sayBroken"));
          return again;
        },
        onError: stopped,
        onSuccess: finished,
      });
      panel.hidden = false;
      form.hidden = true;
      part("cancel").hidden = false;
      document.querySelector("[data-upload-coming]")?.setAttribute("hidden", "");
      part("name").textContent = file.name;
      trouble("");
      show(0, file.size);
      running(true);
      pause.focus();
      upload.findPreviousUploads().then((earlier) => {
        const last = earlier.sort((one, other) => Date.parse(other.creationTime) - Date.parse(one.creationTime))[0];
        if (last) upload.resumeFromPreviousUpload(last);
        say(words(last ? "sayResumed" : "sayBegun"));
        upload.start();
      }).catch(stopped);
    }

    function back() {
      panel.hidden = true;
      form.hidden = false;
      input.value = "";
      input.focus();
    }

    form.addEventListener("submit", (event) => {
      const [file] = input.files;
      if (!file) return; // the server says what is missing
      event.preventDefault();
      const large = file.size > Number(form.dataset.most);
      if (!large) {
        send(file);
        return;
      }
      panel.hidden = false;
      part("name").textContent = file.name;
      [pause, go, part("cancel")].forEach((button) => { button.hidden = true; });
      trouble(words("sayLarge"));
    });
    pause.addEventListener("click", () => {
      upload.abort().then(() => {
        running(false);
        say(words("sayPaused"));
        part("rate").textContent = "";
      });
    });
    go.addEventListener("click", () => {
      rate = meter();
      trouble("");
      running(true);
      say(words("sayResumed"));
      upload.start();
    });
    part("cancel").addEventListener("click", () => {
      upload.abort(Boolean(upload.url)).then(back, stopped);
    });
    document.querySelector("[data-upload-plain]").hidden = true;
    document.querySelector("[data-upload-able]").hidden = false;
  }

  document.addEventListener("DOMContentLoaded", () => {
    const form = document.querySelector("[data-upload]");
    if (form && window.tus && tus.isSupported) prepare(form);
  });
})();
