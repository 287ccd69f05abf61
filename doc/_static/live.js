/*
 * The page "Live": exported networks run in the browser as WebAssembly.
 *
 * A Network is one exported network. A Course is its answer to one input, step by step. A Pad takes
 * drawings, `pixelsOf` turns them into pixels. A View shows a course: panels, decision and facts.
 * The networks, with sample inputs, are in live_networks.js, which doc/live/networks.py writes.
 */
(function () {
  "use strict";

  const PJ_PER_AC = 0.9, PJ_PER_MAC = 4.6; // as skspike.metrics.energy

  // ---------------------------------------------------------------------------------------------
  // Networks

  /** Return the bytes of a text in base64. */
  function bytesOf(text) {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  }

  /** An exported network. `data` has its code, sizes, class names and sample inputs. */
  class Network {
    constructor(data, instance) {
      const { memory, input, encoded, spikes, scores } = instance.exports;
      const values = data.encodes ? Float32Array : Uint8Array;
      this.data = data;
      this.stepTimes = []; // in ms, of the latest runs of many steps
      this.code = instance.exports;
      this.input = new values(memory.buffer, input(), data.channels);
      this.encoded = new Uint8Array(memory.buffer, encoded(), data.channels);
      this.spikes = new Uint8Array(memory.buffer, spikes(), data.neurons);
      this.scores = new Float32Array(memory.buffer, scores(), data.classes.length);
      for (let t = 0; t < data.steps; t += 1) this.code.step(); // makes the first course fast
      this.code.reset();
      this.code.scores();
      this.rest = Float32Array.from(this.scores); // scores without spikes
    }

    static async load(data) {
      const { instance } = await WebAssembly.instantiate(bytesOf(data.wasm));
      return new Network(data, instance);
    }
  }

  /**
   * The answer of a network to an input, as far as it has run. `valuesAt(step)` returns the values
   * of the channels. A network runs one course at a time.
   */
  class Course {
    constructor(network, valuesAt) {
      const { steps, channels, neurons, classes } = network.data;
      this.network = network;
      this.valuesAt = valuesAt;
      this.length = 0;
      this.inputs = new Uint8Array(steps * channels);
      this.spikes = new Uint8Array(steps * neurons);
      this.probabilities = new Float32Array(steps * classes.length);
      // numbers so far, with 0 before the first step
      this.nInputs = new Uint32Array(steps + 1);
      this.nSpikes = new Uint32Array(steps + 1);
      this.nActive = new Uint32Array(steps + 1); // neurons that have spiked
      this.additions = new Float64Array(steps + 1);
      this.active = new Uint8Array(neurons);
      network.code.reset();
    }

    /** Run the network until it has run `steps` steps. */
    extendTo(steps) {
      const start = performance.now(), before = this.length, { stepTimes } = this.network;
      while (this.length < steps) {
        this.step(this.length);
        this.length += 1;
      }
      // the clock is too coarse for a few steps
      if (this.length - before >= 10) {
        stepTimes.push((performance.now() - start) / (this.length - before));
        if (stepTimes.length > 99) stepTimes.shift();
      }
    }

    /** The time of computation of the steps so far, in ms: the median time of a step times them. */
    get time() {
      const sorted = [...this.network.stepTimes].sort((a, b) => a - b);
      return sorted.length ? sorted[sorted.length >> 1] * this.length : 0;
    }

    step(t) {
      const { network } = this;
      network.input.set(this.valuesAt(t));
      network.code.step();
      this.inputs.set(network.encoded, t * network.encoded.length);
      this.spikes.set(network.spikes, t * network.spikes.length);
      this.count(t);
      network.code.scores();
      this.probabilities.set(this.evidence(t + 1), t * network.scores.length);
    }

    /** Add the spikes of a step to the numbers so far. */
    count(t) {
      const { data, encoded, spikes } = this.network;
      spikes.forEach((spike, neuron) => { this.active[neuron] |= spike; });
      this.nInputs[t + 1] = this.nInputs[t] + sum(encoded);
      this.nSpikes[t + 1] = this.nSpikes[t] + sum(spikes);
      this.nActive[t + 1] = sum(this.active);
      // each delay presents the input again, and each input is added in all neurons
      const arriving = data.delays.filter((delay) => delay <= t)
        .map((delay) => this.nInputs[t + 1 - delay] - this.nInputs[t - delay]);
      this.additions[t + 1] = this.additions[t] + data.neurons * sum(arriving);
    }

    /**
     * Return the probabilities of the classes after some steps. The constant part of the scores
     * belongs to the whole sample, so before the end it counts in proportion to the time.
     */
    evidence(steps) {
      const { rest, scores, data } = this.network;
      const missing = 1 - steps / data.steps;
      return softmax(scores.map((score, k) => score - missing * rest[k]));
    }

    /** Return the probabilities after some steps. Before the first step all are equal. */
    probabilitiesAt(steps) {
      const n = this.network.data.classes.length;
      return steps ? this.probabilities.subarray((steps - 1) * n, steps * n)
        : new Float32Array(n).fill(1 / n);
    }

    /** Return the estimated energy of the operations of some steps, in nJ. */
    energyAt(steps) {
      const { encoding, classes } = this.network.data;
      const additions = this.additions[steps] + steps * encoding[0];
      const products = this.nActive[steps] * classes.length + (steps ? encoding[1] : 0);
      return (additions * PJ_PER_AC + products * PJ_PER_MAC) / 1000;
    }
  }

  function sum(values) {
    return values.reduce((total, value) => total + value, 0);
  }

  function softmax(scores) {
    const largest = Math.max(...scores);
    const powers = scores.map((score) => Math.exp(score - largest));
    const total = sum(powers);
    return powers.map((power) => power / total);
  }

  function argmax(values) {
    return values.indexOf(Math.max(...values));
  }

  /** Return a function that returns random numbers from 0 to 1 (Mulberry32). */
  function generator(seed) {
    let state = seed;
    return () => {
      state = (state + 0x6d2b79f5) | 0;
      let z = Math.imul(state ^ (state >>> 15), state | 1);
      z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
      return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
    };
  }

  /** Return a number of the standard normal distribution. */
  function normal(random) {
    return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  }

  // ---------------------------------------------------------------------------------------------
  // From a drawing to pixels, as doc/live/drawings.py, which explains it

  const SIZE = 32, BLOCK = 4, WIDTH = 20, INK = 311;
  const PEN = 2, LARGEST_PEN = 2.5, MAX_SHEAR = 0.6, SQUEEZE = 3;

  /** Return the 64 pixels, from 0 to 16, of strokes of points [x, y] in any unit. */
  function pixelsOf(strokes) {
    let pen = PEN, distances;
    for (let k = 0; k < 2; k += 1) { // the second time with the right pen
      distances = distancesTo(scaled(strokes, Math.min(pen, LARGEST_PEN)));
      pen = Float64Array.from(distances).sort()[INK - 1];
    }
    return blocksOf(sheared(distances.map((distance) => distance <= pen)));
  }

  /** Return strokes in the middle of a bitmap, scaled to its height and at most WIDTH. */
  function scaled(strokes, pen) {
    const places = [0, 1].map((axis) => strokes.flat().map((point) => point[axis]));
    const low = places.map((values) => Math.min(...values));
    const high = places.map((values) => Math.max(...values));
    const extent = [high[0] - low[0], high[1] - low[1]];
    const smallest = 1e-3 * Math.max(...extent, 1e-9);
    const wide = (WIDTH - 2 * pen) / Math.max(extent[0], smallest);
    const tall = (SIZE - 2 * pen) / Math.max(extent[1], smallest);
    const scale = [Math.min(wide, tall), Math.min(tall, SQUEEZE * wide)];
    return strokes.map((stroke) => stroke.map((point) => point.map(
      (value, axis) => (value - (low[axis] + high[axis]) / 2) * scale[axis] + SIZE / 2)));
  }

  /** Return the distances of the points of a bitmap to the nearest stroke. */
  function distancesTo(strokes) {
    const nearest = new Float64Array(SIZE * SIZE).fill(Infinity);
    for (const stroke of strokes) {
      stroke.forEach((start, k) => approach(nearest, start, stroke[k + 1] || start));
    }
    return nearest.map(Math.sqrt);
  }

  /** Reduce squared distances to those of a line. */
  function approach(nearest, [x0, y0], [x1, y1]) {
    const dx = x1 - x0, dy = y1 - y0, square = dx * dx + dy * dy || 1;
    for (let i = 0; i < nearest.length; i += 1) {
      const x = (i % SIZE) + 0.5 - x0, y = Math.floor(i / SIZE) + 0.5 - y0;
      const along = Math.min(Math.max((x * dx + y * dy) / square, 0), 1);
      nearest[i] = Math.min(nearest[i], (x - along * dx) ** 2 + (y - along * dy) ** 2);
    }
  }

  /** Return a bitmap whose top and bottom row of ink begin in the same column. */
  function sheared(bitmap) {
    const rows = Array.from({ length: SIZE }, (_, y) => bitmap.subarray(y * SIZE, (y + 1) * SIZE));
    const inked = rows.map((row) => row.indexOf(1));
    const top = inked.findIndex((column) => column >= 0);
    const bottom = SIZE - 1 - [...inked].reverse().findIndex((column) => column >= 0);
    const slope = (inked[top] - inked[bottom]) / Math.max(bottom - top, 1);
    const shear = Math.min(Math.max(slope, -MAX_SHEAR), MAX_SHEAR);
    const result = new Uint8Array(SIZE * SIZE);
    rows.forEach((row, y) => {
      const shift = Math.floor(shear * ((SIZE - 1) / 2 - y) + 0.5);
      row.forEach((ink, x) => {
        if (ink && x >= shift && x - shift < SIZE) result[y * SIZE + x - shift] = 1;
      });
    });
    return result;
  }

  /** Return the numbers of black points in the blocks of a bitmap. */
  function blocksOf(bitmap) {
    const pixels = new Array((SIZE / BLOCK) ** 2).fill(0);
    bitmap.forEach((ink, i) => {
      const row = Math.floor(i / SIZE / BLOCK), column = Math.floor((i % SIZE) / BLOCK);
      pixels[row * (SIZE / BLOCK) + column] += ink;
    });
    return pixels;
  }

  // ---------------------------------------------------------------------------------------------
  // Drawing

  /** A canvas that is as sharp as the screen, and is drawn again if its size changes. */
  class Picture {
    constructor(canvas, draw) {
      this.canvas = canvas;
      this.draw = draw;
      new ResizeObserver(() => this.refresh()).observe(canvas);
    }

    /** Draw on an empty canvas, in CSS pixels. */
    refresh() {
      const { canvas } = this, scale = window.devicePixelRatio || 1;
      const { clientWidth: width, clientHeight: height } = canvas;
      if (!width || !height) return;
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
      const context = canvas.getContext("2d");
      context.setTransform(scale, 0, 0, scale, 0, 0);
      const style = getComputedStyle(canvas);
      const colour = (name) => style.getPropertyValue(`--live-${name}`).trim();
      context.font = `12px ${style.fontFamily}`;
      this.draw(context, width, height, colour);
    }

    describe(text) {
      this.canvas.setAttribute("aria-label", text);
    }
  }

  const LEFT = 26, RIGHT = 50; // margins of panels, for labels
  const AXIS = 34; // height of the time axis

  /** Return a function from steps to the places of a panel. */
  function timeAxis(width, steps) {
    return (step) => LEFT + (step / steps) * (width - LEFT - RIGHT);
  }

  /** Draw the background of a panel, a line for each tick, and one for the present. */
  function drawFrame(context, at, height, view, colour) {
    const { steps } = view.network.data;
    context.fillStyle = colour("panel");
    context.fillRect(at(0), 0, at(steps) - at(0), height);
    context.fillStyle = colour("grid");
    for (const step of ticks(view.network.data)) context.fillRect(at(step), 0, 1, height);
    if (view.cursor < steps) {
      context.fillStyle = colour("now");
      context.fillRect(at(view.cursor), 0, 1.5, height);
    }
  }

  /** Return the steps that have a tick: five intervals. */
  function ticks(data) {
    return [0, 1, 2, 3, 4, 5].map((k) => Math.round((k * data.steps) / 5));
  }

  /** Draw a raster: a mark for each spike, one row for each train. */
  function drawRaster(context, width, height, colour, view, trains, nRows, name) {
    const at = timeAxis(width, view.network.data.steps);
    drawFrame(context, at, height, view, colour);
    const row = height / nRows, mark = Math.min(Math.max(at(1) - at(0) - 1, 1.2), 6);
    context.fillStyle = colour(name);
    for (let t = 0; t < view.cursor; t += 1) {
      for (let k = 0; k < nRows; k += 1) {
        if (trains[t * nRows + k]) {
          context.fillRect(at(t) + 0.5, (k + 0.1) * row, mark, Math.max(0.8 * row, 1));
        }
      }
    }
    context.fillStyle = colour("label");
    context.textAlign = "right";
    context.textBaseline = "top";
    context.fillText("1", LEFT - 6, 0);
    context.textBaseline = "alphabetic";
    context.fillText(String(nRows), LEFT - 6, height - 1);
  }

  /** Draw the course of the probability of each class, in a row for each, and the time axis. */
  function drawEvidence(context, width, height, colour, view) {
    const { steps, classes } = view.network.data;
    const at = timeAxis(width, steps), bottom = height - AXIS, row = bottom / classes.length;
    drawFrame(context, at, bottom, view, colour);
    const now = view.course.probabilitiesAt(view.cursor), best = argmax(now);
    classes.forEach((name, k) => {
      const floor = (k + 1) * row - 1.5, isBest = view.cursor > 0 && k === best;
      context.fillStyle = colour(isBest ? "best" : "other");
      drawArea(context, at, floor, row - 4, view, k);
      context.fillStyle = colour("grid");
      context.fillRect(LEFT, floor, at(steps) - LEFT, 1);
      context.fillStyle = colour(isBest ? "best" : "label");
      drawLabels(context, width, floor - row / 2 + 2, name, percent(now[k]), isBest);
    });
    context.fillStyle = colour("label");
    drawTicks(context, at, height, view.network.data);
  }

  /** Fill the area under the probability of a class up to the present. */
  function drawArea(context, at, floor, reach, view, k) {
    context.beginPath();
    context.moveTo(at(0), floor);
    for (let t = 1; t <= view.cursor; t += 1) {
      const top = floor - view.course.probabilitiesAt(t)[k] * reach;
      context.lineTo(at(t - 1), top);
      context.lineTo(at(t), top);
    }
    context.lineTo(at(view.cursor), floor);
    context.fill();
  }

  /** Draw the name of a class on the left, and its probability on the right. */
  function drawLabels(context, width, middle, name, share, isBest) {
    const { font } = context;
    if (isBest) context.font = `bold ${font}`;
    context.textBaseline = "middle";
    context.textAlign = "right";
    context.fillText(name, LEFT - 6, middle);
    context.fillText(share, width - 4, middle);
    context.font = font;
  }

  /** Draw the numbers and the name of the time axis. */
  function drawTicks(context, at, height, data) {
    context.textBaseline = "top";
    context.textAlign = "center";
    for (const step of ticks(data)) {
      context.fillText(String(step * data.dt), at(step), height - AXIS + 4);
    }
    context.fillText("time (ms)", at(data.steps / 2), height - AXIS + 19);
  }

  /** Draw an image of 8 x 8 pixels. */
  function drawPixels(context, width, height, colour, pixels) {
    const side = width / 8;
    context.fillStyle = colour("panel");
    context.fillRect(0, 0, width, height);
    context.fillStyle = colour("ink");
    pixels.forEach((value, i) => {
      context.globalAlpha = value / 16;
      context.fillRect((i % 8) * side, Math.floor(i / 8) * side, side - 0.5, side - 0.5);
    });
    context.globalAlpha = 1;
  }

  function percent(share) {
    return `${Math.round(100 * share)} %`;
  }

  // ---------------------------------------------------------------------------------------------
  // Input by hand

  const PAUSE = 2500; // ms, after which a stroke begins a new drawing

  /** A canvas that takes strokes of a mouse, a finger or a pen. */
  class Pad {
    constructor(canvas, onChange) {
      this.strokes = [];
      this.lifted = 0; // time at which the last stroke ended
      this.pointer = null; // the one that is drawing
      this.onChange = onChange;
      this.canvas = canvas;
      this.picture = new Picture(canvas, (...where) => this.draw(...where));
      canvas.addEventListener("pointerdown", (event) => this.begin(event));
      canvas.addEventListener("pointermove", (event) => this.move(event));
      canvas.addEventListener("pointerup", (event) => this.end(event));
      canvas.addEventListener("pointercancel", (event) => this.end(event));
    }

    begin(event) {
      if (this.pointer !== null || event.button > 0) return;
      event.preventDefault();
      this.pointer = event.pointerId;
      this.canvas.setPointerCapture(event.pointerId);
      if (event.timeStamp - this.lifted > PAUSE) this.strokes = [];
      this.strokes.push([this.place(event)]);
      this.picture.refresh();
      this.onChange(false);
    }

    move(event) {
      if (event.pointerId !== this.pointer) return;
      const stroke = this.strokes[this.strokes.length - 1];
      const events = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
      for (const point of [...events, event].map((each) => this.place(each))) {
        const last = stroke[stroke.length - 1];
        if (Math.hypot(point[0] - last[0], point[1] - last[1]) > 0.01) stroke.push(point);
      }
      this.picture.refresh();
      this.onChange(false);
    }

    end(event) {
      if (event.pointerId !== this.pointer) return;
      this.pointer = null;
      this.lifted = event.timeStamp;
      this.onChange(true);
    }

    /** Return the place of an event, as fractions of the width of the pad. */
    place(event) {
      const box = this.canvas.getBoundingClientRect();
      return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.width];
    }

    clear() {
      this.strokes = [];
      this.picture.refresh();
    }

    draw(context, width, height, colour) {
      if (!this.strokes.length) {
        context.fillStyle = colour("label");
        context.font = context.font.replace("12px", "17px");
        context.textAlign = "center";
        context.fillText("Draw a digit here", width / 2, height / 2);
      }
      context.strokeStyle = colour("ink");
      context.lineWidth = width / 18;
      context.lineCap = context.lineJoin = "round";
      for (const stroke of this.strokes) {
        context.beginPath();
        for (const [x, y] of [stroke[0], ...stroke]) context.lineTo(x * width, y * width);
        context.stroke();
      }
    }
  }

  // ---------------------------------------------------------------------------------------------
  // Views

  const STILL = window.matchMedia("(prefers-reduced-motion: reduce)");

  /** What both views have: panels, decision, facts, sliders, and the film of a course. */
  class View {
    constructor(root, network, seconds) {
      this.root = root;
      this.network = network;
      this.seconds = seconds; // of the film of a whole course
      this.cursor = 0; // steps that are shown
      this.frame = 0;
      this.nextSample = {}; // of each class
      this.course = new Course(network, () => new Float32Array(network.data.channels));
      this.steps = this.slider("steps", () => this.show());
      this.noise = this.slider("noise", () => { this.restart(); this.show(); });
      this.find("replay").addEventListener("click", () => this.play());
      this.pictures = this.panels();
      this.describe();
    }

    /** Write the sizes of the network. */
    describe() {
      const { steps, channels, neurons, classes } = this.network.data;
      this.steps.max = steps;
      this.steps.value = this.root.dataset.steps || steps; // at most `steps`
      this.write("channels", String(channels));
      this.write("neurons", String(neurons));
      const products = neurons * (channels + classes.length);
      this.write("perceptron", ((products * PJ_PER_MAC) / 1000).toFixed(1));
    }

    find(part) {
      return this.root.querySelector(`[data-part="${part}"]`);
    }

    /** Return the slider of a name, whose output follows it. */
    slider(name, onInput) {
      const slider = this.find(name);
      slider.addEventListener("input", () => { this.stop(); this.label(); onInput(); });
      return slider;
    }

    panels() {
      const { channels, neurons } = this.network.data;
      const raster = (name, trains, n) => new Picture(this.find(name), (context, w, h, colour) => {
        drawRaster(context, w, h, colour, this, this.course[trains], n, name);
      });
      return {
        input: raster("input", "inputs", channels),
        network: raster("network", "spikes", neurons),
        evidence: new Picture(
          this.find("evidence"), (...where) => drawEvidence(...where, this))};
    }

    /** Return the next sample of a class, as its index. */
    take(label) {
      const { labels } = this.network.data;
      const samples = labels.map((other, k) => k).filter((k) => labels[k] === label);
      const turn = this.nextSample[label] || 0;
      this.nextSample[label] = turn + 1;
      return samples[turn % samples.length];
    }

    /** Return the number of steps that the slider sets. */
    get limit() {
      return Number(this.steps.value);
    }

    /** Return the step at which a film ends. */
    get end() {
      return this.limit;
    }

    /** Show the course up to its end at once. */
    show() {
      this.stop();
      this.showStep(this.end);
      this.announce();
    }

    /** Show the course as a film, or at once if the visitor prefers no motion. */
    play() {
      this.stop();
      if (STILL.matches) {
        this.show();
        return;
      }
      const start = performance.now();
      const next = (now) => {
        const share = Math.max(now - start, 0) / (1000 * this.seconds);
        const step = Math.min(Math.floor(share * this.network.data.steps), this.end);
        this.showStep(step);
        this.frame = step < this.end ? requestAnimationFrame(next) : 0;
        if (!this.frame) this.announce();
      };
      this.frame = requestAnimationFrame(next);
    }

    stop() {
      cancelAnimationFrame(this.frame);
      this.frame = 0;
    }

    showStep(step) {
      this.course.extendTo(step);
      this.cursor = step;
      this.refresh();
    }

    /** Draw everything. */
    refresh() {
      Object.values(this.pictures).forEach((picture) => picture.refresh());
      const { course, cursor } = this, { data } = this.network;
      const shares = course.probabilitiesAt(cursor), best = argmax(shares);
      this.write("decision", cursor ? data.classes[best] : "?");
      this.write("probability", cursor ? percent(shares[best]) : "–");
      this.write("step", `${cursor} of ${data.steps}`);
      this.write("n-inputs", `${course.nInputs[cursor]} spikes`);
      this.write("n-spikes", `${course.nSpikes[cursor]} spikes`);
      this.write("energy", course.energyAt(cursor).toFixed(1));
      this.write("time", course.time.toFixed(2));
    }

    write(part, text) {
      const place = this.find(part);
      if (place && place.textContent !== text) place.textContent = text;
    }

    /** Tell the decision to readers of the screen, and describe the pictures. */
    announce() {
      const { course, cursor } = this, { classes } = this.network.data;
      const shares = course.probabilitiesAt(cursor), best = argmax(shares);
      this.write("announcement", cursor
        ? `Decision: ${classes[best]}, ${percent(shares[best])}, after ${cursor} steps.`
        : "No decision. There is no input.");
      this.pictures.input.describe(`Input spikes: ${course.nInputs[cursor]} in ${cursor} steps.`);
      this.pictures.network.describe(
        `Spikes of the network: ${course.nSpikes[cursor]} in ${cursor} steps.`);
      const words = classes.map((name, k) => `${name}: ${percent(shares[k])}`);
      this.pictures.evidence.describe(`Probability of each class. ${words.join(", ")}.`);
    }

    /** Write the values of the sliders. */
    label() {
      const { dt } = this.network.data;
      this.write("steps-value", `${this.limit} (${this.limit * dt} ms)`);
      this.write("noise-value", `${this.noise.value} ${this.noise.dataset.unit}`);
    }

    /** Make a button for each class that gives a sample. */
    addButtons() {
      const place = this.find("samples");
      for (const name of this.network.data.classes) {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = name;
        button.setAttribute("aria-label", `${place.dataset.noun} ${name}`);
        button.addEventListener("click", () => { this.choose(name); this.play(); });
        place.append(button);
      }
    }
  }

  /** The view in which a visitor draws a digit. */
  class DigitView extends View {
    constructor(root, network) {
      super(root, network, 1.5);
      this.pixels = new Array(network.data.channels).fill(0);
      this.values = this.pixels; // with noise
      this.pictures.pixels = new Picture(
        this.find("pixels"), (...where) => drawPixels(...where, this.values));
      this.pad = new Pad(this.find("pad"), (isDone) => this.drawn(isDone));
      this.find("clear").addEventListener("click", () => this.clear());
      this.samples = bytesOf(network.data.samples);
      this.addButtons();
      this.choose(network.data.classes[3]);
      this.label();
      this.show();
    }

    /** Follow a drawing: at once while it grows, and as a film when the pen is lifted. */
    drawn(isDone) {
      this.pixels = pixelsOf(this.pad.strokes);
      this.write("source", "your drawing");
      this.restart();
      if (isDone) this.play();
      else if (!this.frame) this.frame = requestAnimationFrame(() => this.follow());
    }

    follow() {
      this.frame = 0;
      this.showStep(this.end);
    }

    /** Without pixels there is nothing to show. */
    get end() {
      return this.pixels.some(Boolean) ? this.limit : 0;
    }

    clear() {
      this.pad.clear();
      this.pixels = this.pixels.map(() => 0);
      this.write("source", "your drawing");
      this.restart();
      this.show();
    }

    /** Take the next sample of a class. */
    choose(name) {
      const { channels, classes } = this.network.data;
      const k = this.sample = this.take(classes.indexOf(name));
      this.pixels = [...this.samples.subarray(k * channels, (k + 1) * channels)];
      this.pad.clear();
      this.write("source", `a test digit, written as ${name}`);
      this.restart();
    }

    /** Begin a course of the pixels, with noise of a fixed seed. */
    restart() {
      const random = generator(1), sd = (16 * this.noise.value) / 100;
      this.values = this.pixels.map(
        (value) => Math.min(Math.max(value + sd * normal(random), 0), 16));
      this.course = new Course(this.network, () => this.values);
    }
  }

  /** The view in which a signal arrives. */
  class StreamView extends View {
    constructor(root, network) {
      super(root, network, 3);
      this.samples = bytesOf(network.data.samples);
      this.addButtons();
      this.choose(network.data.classes[0]);
      this.label();
      this.show();
    }

    /** Take the next sample of a class: another speaker. */
    choose(name) {
      const { channels, steps, classes } = this.network.data;
      const k = this.sample = this.take(classes.indexOf(name)), size = (channels * steps) / 8;
      this.bits = this.samples.subarray(k * size, (k + 1) * size);
      this.write("source", `“${name}” by ${this.network.data.sources[k]}`);
      this.restart();
    }

    /** Begin a course of the signal, with extra spikes of a fixed seed. */
    restart() {
      const { channels, dt } = this.network.data;
      const random = generator(1), chance = (this.noise.value * dt) / 1000;
      const spikes = new Uint8Array(channels);
      this.course = new Course(this.network, (t) => spikes.map((_, c) => {
        const i = t * channels + c;
        return ((this.bits[i >> 3] >> (7 - (i & 7))) & 1) | (random() < chance);
      }));
    }
  }

  // ---------------------------------------------------------------------------------------------
  // The page

  /** Draw all again if the theme changes. */
  function followTheme(views) {
    const refresh = () => views.forEach((view) => {
      view.refresh();
      if (view.pad) view.pad.picture.refresh();
    });
    new MutationObserver(refresh).observe(
      document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", refresh);
  }

  async function start() {
    const kinds = { digits: DigitView, syllables: StreamView }, views = {};
    for (const root of document.querySelectorAll("[data-network]")) {
      const name = root.dataset.network;
      try {
        const network = await Network.load(window.skspikeNetworks[name]);
        views[name] = new kinds[name](root, network);
      } catch (error) {
        root.textContent = `This network did not start: ${error.message}`;
        throw error;
      }
    }
    followTheme(Object.values(views));
    window.skspikeLive = { views, pixelsOf, Course };
    performance.mark("live-ready");
  }

  start();
})();
