/* Draws a resource's own geometry on a graticule made here; no tile server is asked unless the page names one.
   Needs vendor/maplibre-gl/maplibre-gl-csp.js before it. */
(() => {
  "use strict";

  const STEPS = [30, 10, 5, 1, 0.5, 0.1, 0.05, 0.01, 0.005, 0.001];
  const APART = 60; // pixels between two lines, at least
  const MERCATOR = 85;
  const LISTED = 100;
  const DATA = ["area", "edge", "line", "point"];
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  const make = (tag, text, attributes = {}) => {
    const element = document.createElement(tag);
    if (text) element.textContent = text;
    Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
    return element;
  };

  // --- The graticule ---

  const range = (from, to, step) => {
    const first = Math.ceil(from / step);
    return Array.from({ length: Math.max(0, Math.floor(to / step) - first + 1) }, (_none, index) => (first + index) * step);
  };

  function lines(map) {
    const bounds = map.getBounds();
    const most = Math.max(3, map.getContainer().clientWidth / APART);
    const span = bounds.getEast() - bounds.getWest();
    const step = [...STEPS].reverse().find((one) => span / one <= most) ?? STEPS[0];
    const [west, east] = [bounds.getWest() - step, bounds.getEast() + step];
    const [south, north] = [Math.max(-MERCATOR, bounds.getSouth() - step), Math.min(MERCATOR, bounds.getNorth() + step)];
    const line = (coordinates) => ({ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates } });
    return {
      meridians: range(west, east, step),
      parallels: range(south, north, step),
      places: Math.max(0, Math.ceil(-Math.log10(step))),
      collection: {
        type: "FeatureCollection",
        features: [
          ...range(west, east, step).map((x) => line([[x, south], [x, north]])),
          ...range(south, north, step).map((y) => line([[west, y], [east, y]])),
        ],
      },
    };
  }

  const wrapped = (x) => ((((x + 180) % 360) + 360) % 360) - 180;
  const degrees = (value, places, positive, negative) =>
    `${Math.abs(value).toFixed(places)}°${value > 1e-9 ? positive : value < -1e-9 ? negative : ""}`;

  function label(map, holder, drawn) {
    const { clientWidth: width, clientHeight: height } = holder;
    const labels = [];
    drawn.meridians.forEach((x) => {
      const at = map.project([x, map.getCenter().lat]).x;
      if (at > 40 && at < width - 24) labels.push([degrees(wrapped(x), drawn.places, "E", "W"), at, height - 14]);
    });
    drawn.parallels.forEach((y) => {
      const at = map.project([map.getCenter().lng, y]).y;
      if (at > 12 && at < height - 28) labels.push([degrees(y, drawn.places, "N", "S"), 24, at]);
    });
    while (holder.childElementCount > labels.length) holder.lastElementChild.remove();
    while (holder.childElementCount < labels.length) holder.append(make("span"));
    labels.forEach(([text, x, y], index) => {
      const span = holder.children[index];
      if (span.textContent !== text) span.textContent = text;
      span.style.transform = `translate(-50%, -50%) translate(${Math.round(x)}px, ${Math.round(y)}px)`;
    });
  }

  // --- The style ---

  function style(collection, tiles) {
    const colour = ["case", ["boolean", ["feature-state", "chosen"], false], token("--ts-focus"), token("--ts-chart-1")];
    const wide = (usual, chosen) => ["case", ["boolean", ["feature-state", "chosen"], false], chosen, usual];
    const layer = (id, type, filter, paint) => ({ id, type, source: "data", filter, paint });
    const kind = (...kinds) => ["in", ["geometry-type"], ["literal", kinds.flatMap((one) => [one, `Multi${one}`])]];
    const sources = {
      graticule: { type: "geojson", data: { type: "FeatureCollection", features: [] } },
      data: { type: "geojson", data: collection, tolerance: 0.2 },
    };
    tiles.forEach((address, index) => {
      sources[`tiles${index}`] = { type: "raster", tiles: [address], tileSize: 256, maxzoom: 18 };
    });
    return {
      version: 8,
      sources,
      layers: [
        { id: "ground", type: "background", paint: { "background-color": token("--ts-snow") } },
        ...tiles.map((_address, index) => ({ id: `tiles${index}`, type: "raster", source: `tiles${index}` })),
        { id: "graticule", type: "line", source: "graticule", paint: { "line-color": token("--ts-line"), "line-width": 1 } },
        layer("area", "fill", kind("Polygon"), { "fill-color": colour, "fill-opacity": 0.25 }),
        layer("edge", "line", kind("Polygon"), { "line-color": colour, "line-width": wide(1.2, 3) }),
        layer("line", "line", kind("LineString"), { "line-color": colour, "line-width": wide(2, 4) }),
        layer("point", "circle", kind("Point"), {
          "circle-color": colour, "circle-radius": wide(5, 8), "circle-stroke-color": token("--ts-white"), "circle-stroke-width": 1,
        }),
      ],
    };
  }

  // --- One map ---

  class DataMap {
    constructor(section) {
      this.section = section;
      this.say = section.dataset;
      this.part = (name) => section.querySelector(`[data-map-${name}]`);
      this.features = [];
      this.chosen = null;
    }

    state(...sentences) {
      this.part("state").textContent = sentences.filter(Boolean).join(" ");
    }

    async load() {
      this.state(this.say.sayLoading);
      const answer = await fetch(this.say.features, { headers: { Accept: "application/geo+json" } });
      const content = await answer.json();
      if (!answer.ok) {
        this.state(this.say.sayFailed, content.detail);
        return;
      }
      this.features = content.features;
      this.list();
      const drawable = this.features.filter((one) => one.geometry).length;
      this.state(
        this.say.sayShown.replace("{n}", drawable),
        content.cut ? this.say.sayCut : "",
        content.unreadable ? this.say.sayUnreadable.replace("{n}", content.unreadable) : "",
      );
      if (document.createElement("canvas").getContext("webgl2") && window.maplibregl) this.draw(content);
      else this.part("fallback").hidden = false;
    }

    draw(collection) {
      const tiles = this.say.tiles ? this.say.tiles.split(" ") : [];
      const box = (this.say.box ? this.say.box.split(",").map(Number) : collection.bbox) ?? [73, 34, 97, 50];
      this.part("frame").hidden = false;
      window.maplibregl.setWorkerUrl(this.say.worker);
      const map = new window.maplibregl.Map({
        container: this.part("canvas"),
        style: style(collection, tiles),
        bounds: [[box[0], Math.max(-MERCATOR, box[1])], [box[2], Math.min(MERCATOR, box[3])]],
        fitBoundsOptions: { padding: 32, maxZoom: 15 },
        attributionControl: tiles.length ? { customAttribution: [this.say.sayAttribution, this.say.note].filter(Boolean).join(" · ") } : false,
        cooperativeGestures: true,
        dragRotate: false,
        pitchWithRotate: false,
        touchPitch: false,
        fadeDuration: 0,
        transformRequest: (url) => (url.startsWith(window.location.origin) ? { url } : { url, referrerPolicy: "origin" }),
        locale: {
          "Map.Title": this.say.sayMap,
          "NavigationControl.ZoomIn": this.say.sayIn,
          "NavigationControl.ZoomOut": this.say.sayOut,
          "CooperativeGesturesHandler.WindowsHelpText": this.say.sayCtrl,
          "CooperativeGesturesHandler.MacHelpText": this.say.sayCtrl,
          "CooperativeGesturesHandler.MobileHelpText": this.say.sayTwo,
        },
      });
      this.map = map;
      map.touchZoomRotate.disableRotation();
      map.addControl(new window.maplibregl.NavigationControl({ showCompass: false }), "top-right");
      let drawn = lines(map);
      const holder = this.part("degrees");
      map.on("load", () => {
        this.moved();
        map.getSource("graticule").setData(drawn.collection);
        label(map, holder, drawn);
        this.part("actions").hidden = false;
        this.section.dataset.drawn = "";
      });
      map.on("move", () => label(map, holder, drawn));
      map.on("moveend", () => {
        drawn = lines(map);
        map.getSource("graticule")?.setData(drawn.collection);
        label(map, holder, drawn);
        this.moved();
      });
      map.on("click", ({ point }) => {
        const near = [[point.x - 8, point.y - 8], [point.x + 8, point.y + 8]];
        const [found] = map.queryRenderedFeatures(near, { layers: DATA });
        if (found) this.choose(found.id);
      });
      map.on("mousemove", ({ point }) => {
        map.getCanvas().style.cursor = map.queryRenderedFeatures(point, { layers: DATA }).length ? "pointer" : "";
      });
    }

    /** Keeps the link to the rows of what the map shows up to date. */
    moved() {
      const bounds = this.map.getBounds();
      const whole = bounds.getEast() - bounds.getWest() >= 360;
      const box = [
        whole ? -180 : wrapped(bounds.getWest()), Math.max(-90, bounds.getSouth()),
        whole ? 180 : wrapped(bounds.getEast()), Math.min(90, bounds.getNorth()),
      ];
      this.part("within").href = `${this.say.explore}${box.map((one) => Number(one.toFixed(5))).join(",")}`;
    }

    choose(id, { fly = false } = {}) {
      const feature = this.features[id];
      if (this.map) {
        if (this.chosen !== null) this.map.removeFeatureState({ source: "data", id: this.chosen });
        this.map.setFeatureState({ source: "data", id }, { chosen: true });
        if (fly) this.fly(feature);
      }
      this.chosen = id;
      const facts = make("dl", "", { class: "facts facts--tight" });
      Object.entries(feature.properties).forEach(([name, value]) => {
        const pair = make("div");
        pair.append(make("dt", name), make("dd", value ?? `— (${this.say.sayBlank})`));
        facts.append(pair);
      });
      const row = this.part("row");
      row.replaceChildren(facts);
      row.hidden = false;
      if (fly) row.focus({ preventScroll: true });
    }

    fly(feature) {
      const bounds = new window.maplibregl.LngLatBounds();
      const walk = (part) => (typeof part[0] === "number" ? bounds.extend(part) : part.forEach(walk));
      const shapes = (shape) => (shape.geometries ? shape.geometries.forEach(shapes) : walk(shape.coordinates));
      if (feature.geometry) shapes(feature.geometry);
      if (bounds.isEmpty()) return;
      this.map.fitBounds(bounds, { padding: 64, maxZoom: 13, animate: !still, duration: 600 });
      this.part("frame").scrollIntoView({ block: "nearest" });
    }

    list() {
      const table = this.part("list").querySelector("table");
      const names = Object.keys(this.features[0]?.properties ?? {}).slice(0, 8);
      const head = make("tr");
      names.forEach((name) => head.append(make("th", name, { scope: "col" })));
      head.append(make("th", this.say.sayFind, { scope: "col" }));
      const body = make("tbody");
      this.features.slice(0, LISTED).forEach((feature, id) => {
        const row = make("tr");
        names.forEach((name) => row.append(make("td", feature.properties[name] ?? "—")));
        const cell = make("td");
        const button = make("button", this.say.sayFind, { type: "button", class: "button button--quiet button--small" });
        button.addEventListener("click", () => this.choose(id, { fly: true }));
        cell.append(button);
        row.append(cell);
        body.append(row);
      });
      const top = make("thead");
      top.append(head);
      table.replaceChildren(top, body);
      this.part("list").hidden = !this.features.length;
    }
  }

  function begin(section) {
    section.dataset.ready = "";
    const map = new DataMap(section);
    const load = () => map.load().catch(() => map.state(map.say.sayFailed));
    const ask = section.querySelector("[data-map-ask]");
    if ("ask" in section.dataset) {
      ask.hidden = false;
      ask.querySelector("button").addEventListener("click", () => { ask.remove(); load(); });
      return;
    }
    const seen = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      seen.disconnect();
      load();
    }, { rootMargin: "200px" });
    seen.observe(section);
  }

  const prepare = (root) => root.querySelectorAll("[data-map]:not([data-ready])").forEach(begin);
  document.addEventListener("DOMContentLoaded", () => prepare(document));
  document.addEventListener("htmx:load", (event) => prepare(event.detail.elt.parentElement ?? event.detail.elt));
})();
