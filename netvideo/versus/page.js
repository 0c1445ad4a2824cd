// One end of the comparison, in a browser: it shows the clip to a room, or sends what
// arrives to the process that keeps the browser. It measures nothing but times.
"use strict";
const versus = (() => {
  const WIDTH = 640, HEIGHT = 480, FPS = 30, FRAMES = 120;
  const SIZE = WIDTH * HEIGHT * 3 / 2, COLS = 40, BAND = HEIGHT / 30;
  let room, showing, keeper, offset = 0, clip;
  let measurement = {}, count = 0, lost = 0;
  const readers = new Set(), tracks = new Map(), pictures = new Map();

  // now is the keeper's clock, ms since 1970.
  const now = () => performance.timeOrigin + performance.now() + offset;

  async function open() {
    keeper = new WebSocket("ws://" + location.host + "/arrivals");
    keeper.binaryType = "arraybuffer";
    await new Promise((ok, no) => { keeper.onopen = ok; keeper.onerror = () => no(new Error("the keeper is away")); });
    await setClock();
  }

  // setClock takes the keeper's clock, as of the quickest of some answers.
  async function setClock() {
    let best = 1e9;
    for (let i = 0; i < 12; i++) {
      const sent = performance.now();
      const theirs = Number(await (await fetch("clock", {cache: "no-store"})).text());
      const back = performance.now();
      if (back - sent < best) {
        best = back - sent;
        offset = theirs - (performance.timeOrigin + (sent + back) / 2);
      }
    }
  }

  function check(body) { // CRC-7, x^7 + x^3 + 1
    let crc = 0;
    for (let i = 30; i >= 0; i--) {
      const feed = (Math.floor(body / 2 ** i) & 1) ^ (crc >> 6 & 1);
      crc = crc << 1 & 0x7f;
      if (feed) crc ^= 0x09;
    }
    return crc;
  }

  // burn writes the time code into a frame's luma, as the keeper reads it.
  function burn(luma, frame, at) {
    const units = Math.floor(at * 2) % 2 ** 21;
    const body = frame * 2 ** 21 + units;
    const bits = "10" + body.toString(2).padStart(31, "0") + check(body).toString(2).padStart(7, "0");
    const block = WIDTH / COLS;
    for (let x = 0; x < COLS; x++) luma.fill(bits[x] === "1" ? 208 : 48, x * block, (x + 1) * block);
    for (let y = 1; y < BAND; y++) luma.copyWithin(y * WIDTH, 0, WIDTH);
  }

  // show writes the clip into a track, thirty pictures a second, straight from memory.
  function show() {
    const track = new MediaStreamTrackGenerator({kind: "video"});
    const writer = track.writable.getWriter();
    const begun = performance.now();
    let i = 0, stopped = false, timer;
    const step = () => {
      if (stopped) return;
      const data = clip.subarray(i % FRAMES * SIZE, (i % FRAMES + 1) * SIZE);
      burn(data, i % FRAMES, now());
      writer.write(new VideoFrame(data, {format: "I420", codedWidth: WIDTH, codedHeight: HEIGHT, timestamp: Math.round(performance.now() * 1000)})).catch(() => { stopped = true; });
      i++;
      timer = setTimeout(step, Math.max(0, begun + i * 1000 / FPS - performance.now()));
    };
    step();
    return {track, stop: () => { stopped = true; clearTimeout(timer); track.stop(); }};
  }

  async function join(a) {
    if (a.publish && !clip) clip = new Uint8Array(await (await fetch("clip")).arrayBuffer());
    room = new LivekitClient.Room({dynacast: true});
    room.on(LivekitClient.RoomEvent.TrackSubscribed, (track) => { if (track.kind === "video") add(track); });
    room.on(LivekitClient.RoomEvent.TrackUnsubscribed, remove);
    room.on(LivekitClient.RoomEvent.Disconnected, () => { lost++; });
    const begun = now();
    await room.connect(a.url, a.token);
    if (a.publish) {
      showing = show();
      const low = Math.round(a.kbps * 1000 / 5);
      await room.localParticipant.publishTrack(showing.track, {
        name: "clip", source: LivekitClient.Track.Source.Camera, videoCodec: "vp8",
        simulcast: a.layers > 1,
        videoEncoding: {maxBitrate: a.kbps * 1000 - (a.layers > 1 ? low : 0), maxFramerate: FPS},
        videoSimulcastLayers: [new LivekitClient.VideoPreset(WIDTH / 2, HEIGHT / 2, low, FPS)],
      });
    }
    return begun;
  }

  function add(track) { tracks.set(track.sid, track); apply(track); }

  function remove(track) {
    tracks.delete(track.sid);
    for (const r of readers) if (r.track === track) r.end();
    hide(track);
  }

  function hide(track) {
    track.detach().forEach((e) => e.remove());
    pictures.delete(track);
  }

  // apply has a track read and drawn, or not, as was asked.
  function apply(track) {
    const reading = [...readers].some((r) => r.track === track);
    if (measurement.Arrivals && !reading) read(track);
    if (!measurement.Arrivals) for (const r of readers) r.end();
    if (measurement.Show && !pictures.has(track)) {
      const e = track.attach();
      e.muted = true;
      e.width = WIDTH;
      e.height = HEIGHT;
      document.body.append(e);
      pictures.set(track, e);
    }
    if (!measurement.Show) hide(track);
  }

  function measure(m) {
    measurement = m;
    for (const t of tracks.values()) apply(t);
  }

  // read sends the time code of every picture to the keeper, and of some all pixels.
  function read(track) {
    const reader = new MediaStreamTrackProcessor({track: track.mediaStreamTrack, maxBufferSize: 30}).readable.getReader();
    const r = {track, end: () => { readers.delete(r); reader.cancel().catch(() => {}); }};
    readers.add(r);
    (async () => {
      for (;;) {
        const {value: frame, done} = await reader.read();
        if (done) break;
        const at = now();
        try { await send(frame, at); } finally { frame.close(); }
      }
    })().catch((e) => console.error(e)).finally(() => readers.delete(r));
  }

  const HEADER = 24;
  async function send(frame, at) {
    const w = frame.visibleRect.width, h = frame.visibleRect.height;
    const whole = measurement.Compare > 0 && ++count % measurement.Compare === 0;
    const rows = whole ? h : Math.max(2, Math.floor(h / 60) * 2);
    const rect = {x: frame.visibleRect.x, y: frame.visibleRect.y, width: w, height: rows};
    const pixels = new Uint8Array(frame.allocationSize({rect}));
    const [luma] = await frame.copyTo(pixels, {rect});
    const data = new Uint8Array(HEADER + luma.stride * rows);
    const head = new DataView(data.buffer);
    head.setFloat64(0, at, true);
    head.setUint32(8, w, true);
    head.setUint32(12, h, true);
    head.setUint32(16, luma.stride, true);
    head.setUint32(20, rows, true);
    data.set(pixels.subarray(luma.offset, luma.offset + luma.stride * rows), HEADER);
    keeper.send(data);
  }

  async function leave() {
    for (const r of readers) r.end();
    if (showing) showing.stop();
    showing = undefined;
    if (room) await room.disconnect();
    room = undefined;
    for (const t of tracks.values()) hide(t);
    tracks.clear();
  }

  // stats are the numbers of webrtc-stats' video streams, and of the way out.
  async function stats() {
    const out = {disconnected: lost};
    if (!room) return out;
    const reports = [];
    for (const t of tracks.values()) reports.push(await t.getRTCStatsReport());
    for (const p of room.localParticipant.videoTrackPublications.values()) if (p.track) reports.push(await p.track.getRTCStatsReport());
    for (const report of reports) if (report) for (const s of report.values()) {
      if (s.type === "candidate-pair" && s.nominated) { pick(out, s, ["availableOutgoingBitrate", "currentRoundTripTime"]); continue; }
      if (s.kind !== "video" || (s.type !== "inbound-rtp" && s.type !== "outbound-rtp")) continue;
      if (s.type === "outbound-rtp" && (out.frameHeight || 0) > (s.frameHeight || 0)) continue;
      pick(out, s, ["framesPerSecond", "frameHeight", "framesEncoded", "keyFramesEncoded", "totalEncodeTime", "targetBitrate",
        "framesDecoded", "keyFramesDecoded", "totalDecodeTime", "framesDropped", "freezeCount", "totalFreezesDuration", "jitterBufferDelay",
        "jitterBufferEmittedCount", "packetsLost", "packetsReceived", "retransmittedPacketsReceived", "retransmittedPacketsSent",
        "nackCount", "pliCount", "bytesSent", "bytesReceived"]);
      if (s.qualityLimitationReason) out["limited by " + s.qualityLimitationReason] = 1;
    }
    return out;
  }

  function pick(out, s, names) { for (const n of names) if (typeof s[n] === "number") out[n] = s[n]; }

  return {open, join, leave, measure, stats};
})();
