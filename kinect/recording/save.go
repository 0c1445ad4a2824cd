package recording

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"time"

	"cutout/kinect"
	"cutout/kinect/raw"
)

// run saves what is queued until the queue is closed. After an error of the disk it
// saves nothing more, and counts.
func (w *Writer) run() {
	defer close(w.stopped)
	for j := range w.queue {
		w.mu.Lock()
		failed := w.err != nil
		w.mu.Unlock()
		var n int64
		var err error
		if !failed {
			n, err = w.save(j)
		}
		w.count(j, n, failed, err)
	}
	err := errors.Join(w.index.Sync(), w.index.Close())
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil && err != nil {
		w.err = w.failure(err)
	}
}

// failure says what went wrong and what is saved; for use with mu held.
func (w *Writer) failure(err error) error {
	return fmt.Errorf("recording %s stopped: %w; %d frames (%.1f s) are saved",
		w.dir, err, w.progress.Depth+w.progress.Video, w.progress.Length.Seconds())
}

// count notes how the saving of a job went.
func (w *Writer) count(j job, n int64, failed bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	frame := j.image != kinect.Image{}
	if err != nil {
		w.err = w.failure(err)
	}
	if failed || err != nil {
		if frame {
			w.progress.Dropped++
		}
		return
	}
	w.progress.Bytes += n
	switch {
	case j.image.Depth != nil:
		w.progress.Depth++
		w.clock = j.image.Depth.Clock
	case j.image.Video != nil:
		w.progress.Video++
		w.clock = j.image.Video.Clock
	default:
		return
	}
	if w.first.IsZero() {
		w.first, w.last = j.at, j.at
	}
	if j.at.After(w.last) {
		w.last = j.at
	}
	w.progress.Length = w.last.Sub(w.first)
}

// save writes the files of a job and then its line of the index. When something
// fails none of it stays.
func (w *Writer) save(j job) (written int64, err error) {
	var names []string
	defer func() {
		if err != nil {
			for _, n := range names {
				_ = os.Remove(w.path(n)) // it is not in the index
			}
		}
	}()
	put := func(name string, header string, payload []byte) error {
		err := w.writeFile(name, []byte(header), payload)
		if err == nil {
			names = append(names, name)
			written += int64(len(header) + len(payload))
		}
		return err
	}
	var name string
	switch d, v := j.image.Depth, j.image.Video; {
	case d != nil:
		name = fileName(depthFile, j.at, d.Clock)
		err = put(name, depthHeader, w.codes(d.Codes))
	case v != nil:
		name = fileName(videoFile, j.at, v.Clock)
		if w.options.Bayer && v.Format == kinect.BayerGRBG {
			if err = put(bayerName(name), bayerHeader, v.Pixels); err != nil {
				return 0, err
			}
		}
		var rgb []byte
		if rgb, err = w.rgb(v); err == nil {
			err = put(name, videoHeader, rgb)
		}
	default:
		name = fileName(attitudeFile, j.at, w.clock)
		err = put(name, "", formatAttitude(j.attitude))
	}
	if err != nil {
		return 0, err
	}
	if q := quality(j.image); !q.Whole() {
		n, err := w.appendLoss(formatLoss(name, q))
		if written += n; err != nil {
			return 0, err
		}
	}
	return written + int64(len(name)) + 1, w.appendIndex(name)
}

func quality(img kinect.Image) kinect.Quality {
	switch {
	case img.Depth != nil:
		return img.Depth.Quality
	case img.Video != nil:
		return img.Video.Quality
	}
	return kinect.Quality{}
}

// appendIndex adds a line. If it does not fit, none of it stays.
func (w *Writer) appendIndex(name string) error {
	line := append([]byte(name), '\n')
	if _, err := w.index.Write(line); err != nil {
		return errors.Join(err, w.index.Truncate(w.indexed))
	}
	w.indexed += int64(len(line))
	return nil
}

// appendLoss adds a line to the losses, which are seldom. Part of a line does no harm.
func (w *Writer) appendLoss(line string) (written int64, err error) {
	f, err := os.OpenFile(w.path(lossesFile), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return 0, err
	}
	_, err = f.WriteString(line)
	return int64(len(line)), errors.Join(err, f.Close())
}

// writeFile writes a file that is not there yet, and removes it if it can't be
// written whole.
func (w *Writer) writeFile(name string, header, payload []byte) error {
	f, err := os.OpenFile(w.path(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	if len(header) > 0 {
		_, err = f.Write(header)
	}
	if err == nil {
		_, err = f.Write(payload)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(w.path(name))
	}
	return err
}

// The first lines of frames' files, byte for byte as fakenect-record has them.
const (
	depthHeader = "P5 640 480 65535\n"
	videoHeader = "P6 640 480 255\n"
	bayerHeader = "P5 640 480 255\n"
)

// fileName is the name of a file, the host's time cut to microseconds.
func fileName(kind byte, at time.Time, clock uint32) string {
	us := max(0, at.UnixMicro())
	extension := map[byte]string{depthFile: "pgm", videoFile: "ppm", attitudeFile: "dump"}[kind]
	return fmt.Sprintf("%c-%d.%06d-%d.%s", kind, us/1e6, us%1e6, clock, extension)
}

// bayerName is the name of the mosaic's file beside a colour picture's.
func bayerName(video string) string {
	return "b" + video[1:len(video)-len("ppm")] + "pgm"
}

// codes are the codes as bytes, valid until the next call of codes or rgb.
func (w *Writer) codes(codes []uint16) []byte {
	b := w.scratch(2 * len(codes))
	for i, c := range codes {
		binary.LittleEndian.PutUint16(b[2*i:], c)
	}
	return b
}

// rgb is a picture as bytes, valid until the next call of codes or rgb.
func (w *Writer) rgb(v *kinect.VideoFrame) ([]byte, error) {
	b := w.scratch(raw.RGBBytes)
	return b, raw.RGB(b, v)
}

func (w *Writer) scratch(n int) []byte {
	if cap(w.buffer) < n {
		w.buffer = make([]byte, max(n, raw.RGBBytes))
	}
	return w.buffer[:n]
}
