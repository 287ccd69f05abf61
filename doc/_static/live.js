/*
 * The page "Live": exported networks run in the browser as WebAssembly.
 *
 * A Network is one exported network. A Course is its answer to one input, step by step. A Pad takes
 * drawings, `pixelsOf` turns them into pixels. A View shows a course: panels, decision and facts.
 * The networks, with sample inputs, are in live_networks.js, which doc/live/networks.py writes.
 */
(function () {
  "use strict";

  const PJ_PER_AC = 0.9, PJ_PER_MAC = 4.6; // as skspike.inspection.energy
  const MEASURED = 8; // ms, for which a course is repeated to measure its time

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
      this.stepTimes = []; // in ms, of the latest courses
      this.code = instance.exports;
      this.input = new values(memory.buffer, input(), data.channels);
      this.encoded = new Uint8Array(memory.buffer, encoded(), data.channels);
      this.spikes = new Uint8Array(memory.buffer, spikes(), data.neurons);
      this.scores = new Float32Array(memory.buffer, scores(), data.classes.length);
      for (let t = 0; t < data.steps; t += 1) this.code.step(); // makes the first course fast
      this.readRest();
    }

    /** Keep the scores without spikes. */
    readRest() {
      this.code.reset();
      this.code.scores();
      this.rest = Float32Array.from(this.scores);
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
      this.given = []; // values of each step
      this.inputs = new Uint8Array(steps * channels);
      this.spikes = new Uint8Array(steps * neurons);
      this.probabilities = new Float32Array(steps * classes.length);
      // numbers so far, with 0 before the first step
      this.nInputs = new Uint32Array(steps + 1);
      this.nSpikes = new Uint32Array(steps + 1);
      this.nActive = new Uint32Array(steps + 1); // neurons that have spiked
      this.additions = new Float64Array(steps + 1);
      this.counts = new Uint32Array(neurons); // spikes of each neuron
      this.largest = new Uint32Array(steps + 1); // of the counts
      network.code.reset();
    }

    /** Run the network until it has run `steps` steps. */
    extendTo(steps) {
      for (; this.length < steps; this.length += 1) this.step(this.length);
    }

    /** Measure the time of the steps so far. The network keeps its state. */
    measure() {
      const { stepTimes } = this.network;
      if (!this.length) return;
      if (!stepTimes.length) this.repeat(); // a browser compiles again after the first runs
      stepTimes.push(this.repeat());
      if (stepTimes.length > 99) stepTimes.shift();
    }

    /** Repeat the steps so far, because clocks are coarse. Return the time of a step in ms. */
    repeat() {
      const { code, input } = this.network, start = performance.now();
      let steps = 0, time = 0;
      for (; time < MEASURED; time = performance.now() - start) {
        code.reset();
        for (const values of this.given) {
          input.set(values);
          code.step();
        }
        code.scores();
        steps += this.length;
      }
      return time / steps;
    }

    /** The time of computation of the steps so far, in ms: the median time of a step times them. */
    get time() {
      const sorted = [...this.network.stepTimes].sort((a, b) => a - b);
      return sorted.length ? sorted[sorted.length >> 1] * this.length : 0;
    }

    step(t) {
      const { network } = this;
      network.input.set(this.valuesAt(t));
      this.given.push(network.input.slice());
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
      spikes.forEach((spike, neuron) => { this.counts[neuron] += spike; });
      this.nInputs[t + 1] = this.nInputs[t] + sum(encoded);
      this.nSpikes[t + 1] = this.nSpikes[t] + sum(spikes);
      this.nActive[t + 1] = sum(this.counts.map(Math.sign));
      this.largest[t + 1] = Math.max(...this.counts);
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
      // the readout multiplies counts, and adds its weights if no count is above 1
      const readout = this.nActive[steps] * classes.length;
      const perReadout = this.largest[steps] > 1 ? PJ_PER_MAC : PJ_PER_AC;
      const products = steps ? encoding[1] : 0;
      return (additions * PJ_PER_AC + readout * perReadout + products * PJ_PER_MAC) / 1000;
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
  // Novelty, as doc/live/novelty.py

  const MOST = 15; // largest value of a pixel in a distance

  /** Return the samples of bytes that have two pixels each. */
  function unpacked(bytes, nPixels) {
    const pixels = Uint8Array.from(
      { length: 2 * bytes.length }, (_, i) => (bytes[i >> 1] >> (i & 1 ? 0 : 4)) & 15);
    return Array.from({ length: pixels.length / nPixels },
      (_, k) => pixels.subarray(k * nPixels, (k + 1) * nPixels));
  }

  /** Return the distance of pixels to the nearest of some samples. */
  function distanceTo(samples, pixels) {
    const values = pixels.map((value) => Math.min(value, MOST));
    return Math.sqrt(Math.min(...samples.map((sample) => {
      let square = 0;
      for (let i = 0; i < values.length; i += 1) square += (values[i] - sample[i]) ** 2;
      return square;
    })));
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
    const row = height / nRows, mark = Math.min(Math.max(at(1) - at(0) - 1, 1.2), 12);
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
  function drawPixels(context, width, height, colour, pixels, strength = 1) {
    const side = width / 8;
    context.fillStyle = colour("panel");
    context.fillRect(0, 0, width, height);
    context.fillStyle = colour("ink");
    pixels.forEach((value, i) => {
      context.globalAlpha = (strength * value) / 16;
      context.fillRect((i % 8) * side, Math.floor(i / 8) * side, side - 0.5, side - 0.5);
    });
    context.globalAlpha = 1;
  }

  function percent(share) {
    return `${Math.round(100 * share)} %`;
  }

  /** Return a time, given in ms, as text in µs. A time of 0 was not measured. */
  function microseconds(time) {
    return time ? `${(1000 * time).toFixed(time < 0.01 ? 1 : 0)} µs` : "–";
  }

  // ---------------------------------------------------------------------------------------------
  // Input by hand

  const PAUSE = 2500; // ms, after which a stroke begins a new drawing
  const STEP = 0.04; // of the width of a pad, by which an arrow key moves the pen
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  /** A canvas that takes strokes of a mouse, a finger or a pen. */
  class Pad {
    constructor(canvas, onChange, tell) {
      this.strokes = [];
      this.lifted = 0; // time at which the last stroke ended
      this.pointer = null; // the one that is drawing
      this.pen = [0.5, 0.2]; // that keys move
      this.isDown = false; // whether this pen draws
      this.behind = null; // pixels that are shown while there is no drawing
      this.onChange = onChange;
      this.tell = tell; // says what keys do
      this.canvas = canvas;
      this.picture = new Picture(canvas, (...where) => this.draw(...where));
      canvas.addEventListener("pointerdown", (event) => this.begin(event));
      canvas.addEventListener("pointermove", (event) => this.move(event));
      canvas.addEventListener("pointerup", (event) => this.end(event));
      canvas.addEventListener("pointercancel", (event) => this.end(event));
      canvas.tabIndex = 0;
      canvas.addEventListener("keydown", (event) => this.press(event));
      canvas.addEventListener("focus", () => this.picture.refresh());
      canvas.addEventListener("blur", () => this.leave());
    }

    begin(event) {
      if (this.pointer !== null || event.button > 0) return;
      event.preventDefault();
      this.pointer = event.pointerId;
      this.isDown = false;
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

    /** Draw by keys: arrows move the pen, and the space bar sets it down and lifts it. */
    press(event) {
      const way = ARROWS[event.key];
      if ((!way && event.key !== " ") || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault(); // no scrolling
      if (this.pointer !== null || (event.repeat && !way)) return;
      if (!way) {
        this.setDown(!this.isDown);
        return;
      }
      this.pen = this.pen.map((at, k) => Math.min(Math.max(at + STEP * way[k], 0), 1));
      if (this.isDown) {
        this.strokes[this.strokes.length - 1].push(this.pen);
        this.onChange(false);
      }
      this.picture.refresh();
    }

    /** Set the pen of the keys down, or lift it. */
    setDown(isDown) {
      this.isDown = isDown;
      if (isDown) {
        if (this.lifted === -Infinity) this.strokes = []; // a new drawing
        this.lifted = 0;
        this.strokes.push([this.pen]);
      }
      this.picture.refresh();
      this.tell(isDown ? "pen down" : "pen up");
      this.onChange(!isDown);
    }

    /** Another part of the page has the focus. */
    leave() {
      if (this.isDown) this.setDown(false);
      this.picture.refresh();
    }

    /** Return the place of an event, as fractions of the width of the pad. */
    place(event) {
      const box = this.canvas.getBoundingClientRect();
      return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.width];
    }

    clear() {
      this.strokes = [];
      this.isDown = false;
      this.picture.refresh();
    }

    draw(context, width, height, colour) {
      if (!this.strokes.length) {
        if (this.behind) drawPixels(context, width, height, colour, this.behind, 0.25);
        context.fillStyle = colour("now");
        context.font = context.font.replace("12px", "17px");
        context.textAlign = "center";
        const what = this.behind ? "your own digit" : "a digit";
        context.fillText(`Draw ${what} here`, width / 2, height / 2, width - 16);
      }
      context.strokeStyle = colour("ink");
      context.lineWidth = width / 18;
      context.lineCap = context.lineJoin = "round";
      for (const stroke of this.strokes) {
        context.beginPath();
        for (const [x, y] of [stroke[0], ...stroke]) context.lineTo(x * width, y * width);
        context.stroke();
      }
      if (this.canvas.matches(":focus-visible")) { // show the pen
        context.lineWidth = 2;
        context.beginPath();
        context.arc(this.pen[0] * width, this.pen[1] * width, width / 28, 0, 2 * Math.PI);
        context[this.isDown ? "fill" : "stroke"]();
      }
    }
  }

  // ---------------------------------------------------------------------------------------------
  // Views

  const STILL = window.matchMedia("(prefers-reduced-motion: reduce)");

  /**
   * The common part of the views: panels, decision, facts, sliders, and the film of a course. A
   * view may lack sliders and the panels of spikes.
   */
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
      this.onClick("replay", () => this.play());
      this.pictures = this.panels();
      this.describe();
    }

    /** Write the sizes of the network. */
    describe() {
      const { steps, channels, neurons, classes, perceptron } = this.network.data;
      if (this.steps) {
        this.steps.max = steps;
        this.steps.value = steps; // at most `max`
      }
      this.write("channels", String(channels));
      this.write("neurons", String(neurons));
      const products = perceptron * (channels + classes.length);
      this.write("perceptron", ((products * PJ_PER_MAC) / 1000).toFixed(1));
    }

    find(part) {
      return this.root.querySelector(`[data-part="${part}"]`);
    }

    /** Return the slider of a name, whose output follows it, or null. */
    slider(name, onInput) {
      const slider = this.find(name);
      if (slider) {
        slider.addEventListener("input", () => { this.stop(); this.label(); onInput(); });
      }
      return slider;
    }

    /** Call a function when a button is pressed, if the view has it. */
    onClick(name, act) {
      const button = this.find(name);
      if (button) button.addEventListener("click", act);
    }

    panels() {
      const { channels, neurons } = this.network.data;
      const raster = (name, trains, n) => new Picture(this.find(name), (context, w, h, colour) => {
        drawRaster(context, w, h, colour, this, this.course[trains], n, name);
      });
      const rasters = this.find("input") ? {
        input: raster("input", "inputs", channels),
        network: raster("network", "spikes", neurons)} : {};
      return { ...rasters, evidence: new Picture(
        this.find("evidence"), (...where) => drawEvidence(...where, this)) };
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
      return this.steps ? Number(this.steps.value) : this.network.data.steps;
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
      this.best = data.classes[best];
      const isKnown = !this.isNovel();
      this.find("decision").classList.toggle("live-none", !isKnown);
      this.write("decision", !cursor ? "?" : isKnown ? data.classes[best] : "not a digit");
      this.write("probability", cursor ? percent(shares[best]) : "–");
      this.write("step", `${cursor} of ${data.steps}`);
      this.write("n-inputs", `${course.nInputs[cursor]} spikes`);
      this.write("n-spikes", `${course.nSpikes[cursor]} spikes`);
      this.write("energy", course.energyAt(cursor).toFixed(1));
      this.write("time", microseconds(course.time));
    }

    write(part, text) {
      const place = this.find(part);
      if (place && place.textContent !== text) place.textContent = text;
    }

    /** Return whether the decision is that the input belongs to no class. */
    isNovel() {
      return false;
    }

    /** Tell the decision to readers of the screen, and describe the pictures. */
    announce() {
      this.course.measure();
      this.write("time", microseconds(this.course.time));
      const { course, cursor } = this, { classes } = this.network.data;
      const shares = course.probabilitiesAt(cursor), best = argmax(shares);
      this.write("announcement", cursor
        ? `Decision: ${this.isNovel() ? "not a digit, nearest " : ""}${classes[best]}, `
          + `${percent(shares[best])}, after ${cursor} steps.`
        : "No decision. There is no input.");
      const { input, network, evidence } = this.pictures;
      if (input) {
        input.describe(`Input spikes: ${course.nInputs[cursor]} in ${cursor} steps.`);
        network.describe(`Spikes of the network: ${course.nSpikes[cursor]} in ${cursor} steps.`);
      }
      const words = classes.map((name, k) => `${name}: ${percent(shares[k])}`);
      evidence.describe(`Probability of each class. ${words.join(", ")}.`);
    }

    /** Write the values of the sliders. */
    label() {
      const { dt } = this.network.data;
      this.write("steps-value", `${this.limit} (${this.limit * dt} ms)`);
      this.write("noise-value", `${this.noise.value} ${this.noise.dataset.unit}`);
    }

    /** Make a button for each class. */
    addButtons(part, act) {
      const place = this.find(part);
      for (const name of this.network.data.classes) {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = name;
        button.setAttribute("aria-label", `${place.dataset.noun} ${name}`);
        button.addEventListener("click", () => act(name));
        place.append(button);
      }
    }

    /** Make a button for each class that gives a sample. */
    addSamples() {
      this.samples = bytesOf(this.network.data.samples);
      this.addButtons("samples", (name) => { this.choose(name); this.play(); });
    }
  }

  /** A view with a pad. */
  class PadView extends View {
    constructor(root, network) {
      super(root, network, 1.5);
      this.pixels = new Array(network.data.channels).fill(0);
      this.values = this.pixels; // with noise
      this.pictures.pixels = new Picture(
        this.find("pixels"), (...where) => drawPixels(...where, this.values));
      this.pad = new Pad(
        this.find("pad"), (isDone) => this.drawn(isDone),
        (text) => this.write("announcement", text));
      this.onClick("clear", () => this.clear());
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
      this.pad.behind = null;
      this.pad.clear();
      this.pixels = this.pixels.map(() => 0);
      this.write("source", "your drawing");
      this.restart();
      this.show();
    }

    /** Begin a course of the pixels, with noise of a fixed seed. */
    restart() {
      const random = generator(1), sd = this.noise ? (16 * this.noise.value) / 100 : 0;
      this.values = this.pixels.map(
        (value) => Math.min(Math.max(value + sd * normal(random), 0), 16));
      this.course = new Course(this.network, () => this.values);
    }
  }

  /** The view in which a visitor draws a digit, or chooses a sample. */
  class DigitView extends PadView {
    constructor(root, network) {
      super(root, network);
      const { usual, channels, classes } = network.data;
      this.usual = unpacked(bytesOf(usual), channels);
      this.addSamples();
      this.choose(classes[3]);
      this.label();
      this.show();
    }

    /** Take the next sample of a class. */
    choose(name) {
      const { channels, classes } = this.network.data;
      const k = this.sample = this.take(classes.indexOf(name));
      this.pixels = [...this.samples.subarray(k * channels, (k + 1) * channels)];
      this.pad.behind = this.pixels;
      this.pad.clear();
      this.write("source", `a test digit, written as ${name}`);
      this.restart();
    }

    restart() {
      super.restart();
      this.novelty = null;
    }

    /** Compare the pixels with training samples, after the last step and when the pen is lifted. */
    isNovel() {
      const { limits, steps } = this.network.data, { strokes, pointer, isDown } = this.pad;
      if (this.cursor < steps || pointer !== null || isDown) return false;
      if (this.novelty === null) this.novelty = distanceTo(this.usual, this.values);
      return this.novelty > (strokes.length ? limits.drawing : limits.sample);
    }
  }

  const PASSES = 3; // through all drawings, when one is added

  /** The view in which a network adapts to a visitor's hand. */
  class OwnView extends PadView {
    constructor(root, network) {
      super(root, network);
      this.samples = bytesOf(network.data.samples);
      this.addButtons("labels", (name) => this.learn(name));
      this.onClick("forget", () => this.forget());
      this.drawings = []; // pixels and class index of each
      this.before = this.nRight();
      this.clear();
      this.report("");
    }

    /** Adapt the readout to all drawings, the present one included. */
    learn(name) {
      if (!this.end) {
        this.write("learned", "Draw a digit first.");
        return;
      }
      const { classes } = this.network.data, before = this.answer();
      this.drawings.push([this.pixels, classes.indexOf(name)]);
      for (let pass = 0; pass < PASSES; pass += 1) {
        for (const [pixels, label] of this.drawings) {
          this.predict(pixels);
          this.network.code.adapt(label);
        }
      }
      this.network.readRest();
      this.report(`This drawing: ${before} before, ${this.answer()} now.`);
      this.pad.lifted = -Infinity; // the next stroke begins a new drawing
      this.restart();
      this.play();
    }

    /** Return the most probable class of the present drawing, and its probability. */
    answer() {
      const { classes, steps } = this.network.data;
      const course = new Course(this.network, () => this.pixels);
      course.extendTo(steps);
      const shares = course.probabilitiesAt(steps), best = argmax(shares);
      return `${classes[best]} (${percent(shares[best])})`;
    }

    /** Run all steps of some pixels. Return the class index. */
    predict(pixels) {
      const { code, input, data } = this.network;
      code.reset();
      input.set(pixels);
      for (let t = 0; t < data.steps; t += 1) code.step();
      return code.predict();
    }

    /** Return how many sample digits are right. */
    nRight() {
      const { channels, labels } = this.network.data;
      return sum(labels.map((label, k) => Number(
        this.predict(this.samples.subarray(k * channels, (k + 1) * channels)) === label)));
    }

    /** Write how many drawings are learned, and what that changes. */
    report(text) {
      const { classes, labels } = this.network.data;
      const names = this.drawings.map(([, label]) => classes[label]).join(", ");
      this.write("learned", [
        text, names ? `Learned drawings: ${names}.` : "No drawing is learned.",
        `Test digits that are right: ${this.nRight()} of ${labels.length}`
        + (names ? `, before ${this.before}.` : ".")].join(" ").trim());
    }

    /** Start again with the network as it was trained. */
    async forget() {
      this.network = await Network.load(this.network.data);
      this.drawings = [];
      this.report("");
      this.clear();
    }
  }

  /** The view in which a signal arrives. */
  class StreamView extends View {
    constructor(root, network) {
      super(root, network, 3);
      this.addSamples();
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
    const kinds = { digits: DigitView, own: OwnView, syllables: StreamView }, views = {};
    for (const root of document.querySelectorAll("[data-view]")) {
      const { view, network: name } = root.dataset;
      try {
        const network = await Network.load(window.skspikeNetworks[name]); // each view has its own
        views[view] = new kinds[view](root, network);
      } catch (error) {
        root.textContent = `This network did not start: ${error.message}`;
        throw error;
      }
    }
    followTheme(Object.values(views));
    window.skspikeLive = { views, pixelsOf };
    performance.mark("live-ready");
  }

  start();
})();
