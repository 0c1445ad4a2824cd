package accuracy

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"cutout/kinect"
	"cutout/kinect/mannequin"
)

// A loss is why a pixel of a mask is wrong.
type loss uint8

const (
	roomRead      loss = iota // room with a reading, taken for body, away from the outline
	roomUnread                // the same without a reading: a shadow, or a hole beside the body
	outsideRead               // room within brim pixels of the true outline, with a reading
	outsideUnread             // the same without a reading
	somebodyElse              // another's body
	bodyRead                  // body with a reading, not found, away from the outline
	bodyUnread                // the same without a reading: hair, black cloth
	bodyLost                  // body in rows that were lost
	insideRead                // body within brim pixels of the true outline, with a reading
	insideUnread              // the same without a reading
	takenByOther              // body in the mask of another who was found
	notFound                  // somebody who was not found at all
	lossCount
)

var lossNames = [lossCount]string{
	"room taken in, with a reading", "room taken in, without a reading",
	"just outside the outline, with a reading", "just outside the outline, without a reading", "others' bodies taken in",
	"body left out, with a reading", "body left out, without a reading", "body in lost rows",
	"just inside the outline, with a reading", "just inside the outline, without a reading",
	"body given to somebody else", "people who were not found",
}

// brim is how far, in pixels, from the true outline a pixel counts as outline.
const brim = 2

// losses say where the overlap of masks is lost: what is missing to 1 is the share of each
// kind of wrong pixel in the union of the true mask and the found one, so that all of
// them sum up to one less the mean overlap. The zero value is empty. One goroutine.
type losses struct {
	bodies   int
	overlap  float64
	ceiling  float64
	ceilings int
	share    [lossCount]float64
	parts    [mannequin.PartCount]float64 // of what is left out away from the outline

	still, flipped, trulyFlipped float64 // pixels of outline, and that change from frame to frame
}

// add notes one person's mask; found is nil when nobody was found there.
func (l *losses) add(shot *mannequin.Shot, s *kinect.Scene, truth *mannequin.Truth, found *kinect.Person) {
	l.bodies++
	mask := &kinect.Mask{}
	if found != nil {
		mask = found.Mask
	}
	if l.bodies%ceilingEvery == 1 {
		l.ceiling += ceiling(shot, truth)
		l.ceilings++
	}
	l.overlap += overlap(mask, &truth.Mask, kinect.Height)
	band := brimOf(&truth.Mask)
	union := 0
	for i := range mask {
		union += bits.OnesCount64(mask[i] | truth.Mask[i])
	}
	one := 1 / float64(max(1, union))
	for i := range mask {
		for wrong := mask[i] ^ truth.Mask[i]; wrong != 0; wrong &= wrong - 1 {
			at := i*64 + bits.TrailingZeros64(wrong)
			why := reason(shot, s, truth, found, &band, at)
			l.share[why] += one
			if why == bodyRead || why == bodyUnread {
				l.parts[shot.Parts[at]] += one
			}
		}
	}
}

// reason is why pixel at is wrong.
func reason(shot *mannequin.Shot, s *kinect.Scene, truth *mannequin.Truth, found *kinect.Person, band *kinect.Mask, at int) loss {
	x, y := at%kinect.Width, at/kinect.Width
	read := shot.Frame.Depth[at] != kinect.NoReading
	if !truth.Mask.At(x, y) {
		switch {
		case slices.ContainsFunc(shot.People, func(o mannequin.Truth) bool { return o.ID != truth.ID && o.Mask.At(x, y) }):
			return somebodyElse
		case band.At(x, y) && read:
			return outsideRead
		case band.At(x, y):
			return outsideUnread
		case read:
			return roomRead
		}
		return roomUnread
	}
	if found == nil {
		return notFound
	}
	for i := range s.People {
		if o := &s.People[i]; o.ID != found.ID && o.Mask.At(x, y) {
			return takenByOther
		}
	}
	for _, r := range shot.Frame.Quality.Lost {
		if y >= r.From && y < r.To {
			return bodyLost
		}
	}
	switch {
	case band.At(x, y) && read:
		return insideRead
	case band.At(x, y):
		return insideUnread
	case read:
		return bodyRead
	}
	return bodyUnread
}

// brimOf are the pixels within brim of a mask's outline, on either side of it.
func brimOf(m *kinect.Mask) kinect.Mask {
	grown, shrunk := *m, kinect.Mask{}
	for i := range m {
		shrunk[i] = ^m[i]
	}
	for range brim {
		grow(&grown)
		grow(&shrunk)
	}
	for i := range grown {
		grown[i] &= shrunk[i]
	}
	return grown
}

// grow adds the neighbours, diagonal ones too, of a mask's pixels.
func grow(m *kinect.Mask) {
	const words = kinect.Width / 64
	wide := *m
	for i, w := range m {
		wide[i] |= w<<1 | w>>1
		if i%words > 0 {
			wide[i] |= m[i-1] >> 63
		}
		if i%words < words-1 {
			wide[i] |= m[i+1] << 63
		}
	}
	*m = wide
	for i := range m {
		if i >= words {
			m[i] |= wide[i-words]
		}
		if i+words < len(m) {
			m[i] |= wide[i+words]
		}
	}
}

// ceilingEvery is for how many bodies the ceiling is looked for once: it takes long.
const ceilingEvery = 8

// ceiling is the overlap of a tracker that knows whose every reading is, and fills what
// has none from the readings around in whichever of some ways is best: about the most that
// can be asked of anybody.
func ceiling(shot *mannequin.Shot, truth *mannequin.Truth) float64 {
	read, gaps := kinect.Mask{}, kinect.Mask{}
	for at, z := range shot.Frame.Depth {
		x, y := at%kinect.Width, at/kinect.Width
		switch {
		case z == kinect.NoReading:
			gaps.Set(x, y)
		case truth.Mask.At(x, y):
			read.Set(x, y)
		}
	}
	most := overlap(&read, &truth.Mask, kinect.Height)
	for _, around := range []int{2, 3, 4, 5} {
		mask := read
		for range 3 { // pixels deep
			next := mask
			forEach(&gaps, func(x, y int) {
				if neighbours(&mask, x, y) >= around {
					next.Set(x, y)
				}
			})
			mask = next
			most = max(most, overlap(&mask, &truth.Mask, kinect.Height))
		}
		forEach(&gaps, func(x, y int) {
			if enclosed(shot, truth, x, y) {
				mask.Set(x, y)
			}
		})
		most = max(most, overlap(&mask, &truth.Mask, kinect.Height))
	}
	return most
}

// forEach goes through a mask's pixels.
func forEach(m *kinect.Mask, do func(x, y int)) {
	for i, w := range m {
		for ; w != 0; w &= w - 1 {
			at := i*64 + bits.TrailingZeros64(w)
			do(at%kinect.Width, at/kinect.Width)
		}
	}
}

var compass = [8]struct{ x, y int }{{1, 0}, {-1, 0}, {0, 1}, {0, -1}, {1, 1}, {-1, 1}, {1, -1}, {-1, -1}}

// neighbours counts those of a pixel's eight that are set.
func neighbours(m *kinect.Mask, x, y int) int {
	n := 0
	for _, d := range compass {
		if m.At(x+d.x, y+d.y) {
			n++
		}
	}
	return n
}

// enclosed reports whether in six of eight directions from a pixel without a reading the
// body is met before anything else.
func enclosed(shot *mannequin.Shot, truth *mannequin.Truth, x, y int) bool {
	const furthest = 40
	own := 0
	for _, d := range compass {
		for k := 1; k <= furthest; k++ {
			u, v := x+k*d.x, y+k*d.y
			if uint(u) >= kinect.Width || uint(v) >= kinect.Height {
				break
			}
			if shot.Frame.Depth[v*kinect.Width+u] == kinect.NoReading {
				continue
			}
			if truth.Mask.At(u, v) {
				own++
			}
			break
		}
	}
	return own >= 6
}

// flicker notes how a mask changed on somebody who stands still.
func (l *losses) flicker(truth, truthBefore, found, foundBefore *kinect.Mask) {
	for i := range truth {
		l.trulyFlipped += float64(bits.OnesCount64(truth[i] ^ truthBefore[i]))
		l.flipped += float64(bits.OnesCount64(found[i] ^ foundBefore[i]))
	}
	l.still += float64(len(outline(truth, kinect.Height)))
}

func (l *losses) merge(o *losses) {
	l.bodies += o.bodies
	l.overlap += o.overlap
	l.ceiling += o.ceiling
	l.ceilings += o.ceilings
	for i := range l.share {
		l.share[i] += o.share[i]
	}
	for i := range l.parts {
		l.parts[i] += o.parts[i]
	}
	l.still += o.still
	l.flipped += o.flipped
	l.trulyFlipped += o.trulyFlipped
}

// addLosses writes what each kind of play lost.
func (r *Report) addLosses(t *tally) {
	for k := range mannequin.Kind(mannequin.KindCount) {
		l := &t.losses[k]
		if l.bodies == 0 {
			continue
		}
		n := float64(l.bodies)
		r.add(Row{Section: "masks, " + k.String(), What: "mean overlap (IoU)", Value: Number(l.overlap / n), Note: fmt.Sprintf("%d bodies", l.bodies)})
		r.add(Row{What: "the most there can be", Value: Number(l.ceiling / float64(l.ceilings))})
		for why, share := range l.share {
			note := ""
			if loss(why) == bodyRead || loss(why) == bodyUnread {
				note = l.worstParts()
			}
			r.add(Row{What: "lost: " + lossNames[why], Value: Number(100 * share / n), Unit: "%", Note: note})
		}
		if l.still > 0 {
			r.add(Row{What: "pixels that change a frame, per pixel of outline", Value: Number(l.flipped / l.still),
				Note: fmt.Sprintf("of the truth %.3f", l.trulyFlipped/l.still)})
		}
	}
}

// worstParts names the parts of which most is left out.
func (l *losses) worstParts() string {
	order := make([]mannequin.Part, 0, mannequin.PartCount)
	total := 0.0
	for p := range mannequin.Part(mannequin.PartCount) {
		order = append(order, p)
		total += l.parts[p]
	}
	if total == 0 {
		return ""
	}
	slices.SortFunc(order, func(a, b mannequin.Part) int {
		switch {
		case l.parts[a] > l.parts[b]:
			return -1
		case l.parts[a] < l.parts[b]:
			return 1
		}
		return int(a) - int(b)
	})
	var names []string
	for _, p := range order[:4] {
		names = append(names, fmt.Sprintf("%v %.0f %%", p, 100*l.parts[p]/total))
	}
	return strings.Join(names, ", ")
}

// ask notes where a mask's overlap is lost.
func (v *viewing) ask(shot *mannequin.Shot, s *kinect.Scene, truth *mannequin.Truth, found *kinect.Person) {
	l := &v.tally.losses[v.kind]
	l.add(shot, s, truth, found)
	if v.kind != mannequin.Stillness || found == nil || v.before == nil {
		return
	}
	for i := range v.before.People {
		if o := &v.before.People[i]; o.ID == found.ID {
			l.flicker(&truth.Mask, &v.truthBefore.People[truth.ID-1].Mask, found.Mask, o.Mask)
		}
	}
}
