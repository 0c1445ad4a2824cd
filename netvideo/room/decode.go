package room

import (
	"image"
	"strings"
	"time"

	"cutout/netvideo"
	"cutout/netvideo/codec"
	"cutout/netvideo/codec/h264"
	"cutout/netvideo/codec/vp8"
	"cutout/netvideo/room/internal/wire"

	"github.com/pion/webrtc/v4"
)

const (
	// decodeShare is the share of a core that decoding one stream may take over time,
	// and decodeBurst how much it may take at once. A 1080p stream of 30 pictures a
	// second takes less; a publisher that floods stutters, and nobody else does.
	decodeShare = 0.6
	decodeBurst = time.Second
	// fastest is how many pictures a second are decoded over time, fastestBurst how many
	// at once.
	fastest      = 250
	fastestBurst = 125
	// shownLate is how long pictures may be passed over because newer ones are due: a
	// decoder that is always behind shows every now and then what it has.
	shownLate = 100 * time.Millisecond
	// slack is what a timer may be late by.
	slack = 500 * time.Microsecond
)

// An allowance is what a stream may still spend of something that is refilled over time.
type allowance struct {
	left, most, perSecond float64
	at                    time.Time
}

func (a *allowance) refill(now time.Time) float64 {
	if a.at.IsZero() {
		a.left = a.most
	} else {
		a.left = min(a.most, a.left+a.perSecond*now.Sub(a.at).Seconds())
	}
	a.at = now
	return a.left
}

// A decoding is what the decoding goroutine of a receiver knows.
type decoding struct {
	rx       *receiver
	dec      codec.Decoder // nil before the first frame
	codec    wire.Codec
	refs     wire.References
	seq      uint64
	took     time.Duration // decoding lately takes
	time     allowance     // seconds
	pictures allowance
	shown    time.Time // the newest that was handed on
	timer    *time.Timer
}

// decode ends when nothing comes any more.
func (rx *receiver) decode() {
	d := &decoding{rx: rx, seq: rx.seq, timer: time.NewTimer(time.Hour),
		time:     allowance{most: decodeBurst.Seconds(), perSecond: decodeShare},
		pictures: allowance{most: fastestBurst, perSecond: fastest}}
	defer d.close()
	for {
		due, some, closed := rx.queue.head()
		switch now := time.Now(); {
		case closed || rx.stopped.Load():
			return
		case !some:
			<-rx.queue.fresh
		case due.Sub(now)-d.took > slack:
			d.sleep(due.Sub(now) - d.took)
		default:
			f := rx.queue.take()
			d.one(&f, now)
			rx.asm.Recycle(f.Data)
		}
	}
}

func (d *decoding) close() {
	d.timer.Stop()
	if d.dec != nil {
		d.dec.Close()
	}
}

// sleep waits, but not when something new comes.
func (d *decoding) sleep(t time.Duration) {
	d.timer.Reset(t)
	select {
	case <-d.timer.C:
	case <-d.rx.queue.fresh:
	}
}

// one decodes a frame, and hands its picture on if it is worth it.
func (d *decoding) one(f *waitingFrame, now time.Time) {
	data, captured := wire.CutCaptured(f.Data)
	if !d.wants(&f.Frame, now) {
		return
	}
	img, err := d.restore(f.Codec, data)
	done := time.Now()
	took := done.Sub(now)
	d.took += (took - d.took) / 8
	d.time.left -= took.Seconds()
	d.pictures.left--
	if err != nil {
		d.refs = wire.References{}
		d.skipped()
		return
	}
	// The server closes a muted or ending track with black pictures of 8x8.
	if img == nil || (img.Rect.Dx() <= 8 && img.Rect.Dy() <= 8) {
		return
	}
	d.seq++
	d.rx.decoded(done, len(f.Data), took, img)
	if d.overtaken(done) {
		return
	}
	if wait := f.due.Sub(done); wait > slack {
		time.Sleep(min(wait, maxHold))
	}
	pic := &netvideo.Picture{Image: img, Seq: d.seq, Captured: captured, Decoded: time.Now()}
	d.shown = pic.Decoded
	d.rx.handOn(pic, f.Stamp)
}

// wants decides whether a frame is worth decoding.
func (d *decoding) wants(f *wire.Frame, now time.Time) bool {
	if f.Codec != d.codec {
		f.Lost = true
	}
	ok := d.refs.Take(f)
	if ok && f.Key {
		d.rx.plea.answered()
	}
	seconds, pictures := d.time.refill(now), d.pictures.refill(now)
	if short := seconds <= 0 || pictures < 1; ok && (short || (seconds < decodeBurst.Seconds()/4 && f.Disposable())) {
		d.refs.Drop(f)
		ok = false
	}
	if !ok {
		d.skipped()
		return false
	}
	d.need(false)
	return true
}

// skipped takes note of a frame that was not decoded.
func (d *decoding) skipped() {
	d.rx.mu.Lock()
	d.rx.total.Skipped++
	d.rx.mu.Unlock()
	d.need(d.refs.NeedKey())
}

func (d *decoding) need(key bool) {
	rx := d.rx
	rx.mu.Lock()
	rx.needKey = key
	quiet, trip := rx.off || rx.muted, rx.trip
	rx.mu.Unlock()
	if key && !quiet {
		rx.plea.ask(time.Now(), trip)
	}
}

// restore decodes with the decoder there is for the codec.
func (d *decoding) restore(c wire.Codec, data []byte) (*image.YCbCr, error) {
	if d.dec == nil || c != d.codec {
		dec, err := newDecoder(c)
		if err != nil {
			return nil, err
		}
		if d.dec != nil {
			d.dec.Close()
		}
		d.dec, d.codec = dec, c
	}
	return d.dec.Decode(data)
}

// decodes reports whether pictures of a MIME type can be decoded here.
func decodes(mime string) bool {
	return strings.EqualFold(mime, webrtc.MimeTypeVP8) || strings.EqualFold(mime, webrtc.MimeTypeH264)
}

// newDecoder makes a decoder.
func newDecoder(c wire.Codec) (codec.Decoder, error) {
	if c == wire.H264 {
		return h264.NewDecoder(), nil
	}
	return vp8.NewDecoder(vp8.DecoderOptions{})
}

// overtaken reports whether a picture is not worth showing: a newer one is due, too.
// While all are late, one is shown now and then.
func (d *decoding) overtaken(now time.Time) bool {
	if now.Sub(d.shown) < time.Duration(d.rx.every.Load())*9/10 {
		return true // more often than wanted
	}
	due, some, _ := d.rx.queue.head()
	if !some || due.Sub(now) > d.took || now.Sub(d.shown) > shownLate && !d.shown.IsZero() {
		return false
	}
	d.rx.mu.Lock()
	d.rx.total.LatePictures++
	d.rx.mu.Unlock()
	return true
}

// decoded takes note of a decoded frame, handed on or not.
func (rx *receiver) decoded(now time.Time, size int, took time.Duration, img *image.YCbCr) {
	rx.mu.Lock()
	defer rx.mu.Unlock()
	rx.freeze(now)
	rx.last, rx.frozen = now, false
	rx.bytes.add(sample{at: now, bytes: size, took: took, timed: true})
	if now.Sub(rx.looked) >= blackEvery {
		rx.looked = now
		if !allBlack(img) {
			rx.black = time.Time{}
		} else if rx.black.IsZero() {
			rx.black = now
		}
	}
}

// handOn makes a picture the newest.
func (rx *receiver) handOn(p *netvideo.Picture, stamp uint32) {
	rx.newest.Store(p)
	s := sample{at: p.Decoded}
	if !p.Captured.IsZero() {
		s.took = p.Decoded.Sub(p.Captured) + time.Duration(rx.offset.Load())
		s.timed = true
	}
	rx.mu.Lock()
	defer rx.mu.Unlock()
	rx.second.add(s)
	rx.latest = shownAt{stamp, p.Captured, p.Decoded}
}

const (
	// blackEvery is how often a picture is looked at: every third or fourth.
	blackEvery = 100 * time.Millisecond
	// blackLuma is the brightest that counts as black: limited range begins at 16
	// (BT.601), and a compressed black wavers by a few.
	blackLuma = 20
)

// allBlack looks at a few hundred points of a picture.
func allBlack(img *image.YCbCr) bool {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	for y := h / 32; y < h; y += max(1, h/16) {
		row := img.Y[y*img.YStride : y*img.YStride+w]
		for x := w / 32; x < w; x += max(1, w/16) {
			if row[x] > blackLuma {
				return false
			}
		}
	}
	return true
}
