package puppet

import (
	"context"
	"errors"
	"image"
	"io"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"cutout/kinect"
	"cutout/kinect/sourcetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConformance(t *testing.T) {
	room := parlour()
	for _, every := range []int{1, 3} {
		sourcetest.Run(t, func(*testing.T) kinect.Source {
			return New(Options{Room: room, ColourEvery: every})
		})
	}
}

// parlour is the room that most tests share.
var parlour = sync.OnceValue(func() *Room { return NewRoom(1) })

// take reads n images.
func take(t *testing.T, s kinect.Source, n int) (images []kinect.Image) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	for range n {
		img, err := s.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		images = append(images, img)
	}
	return images
}

func TestPictureComesJustBeforeItsDepth(t *testing.T) {
	p := New(Options{Room: parlour()})
	defer p.Close()
	images := take(t, p, 8)
	paired := 0
	for i, img := range images[:len(images)-1] {
		next := images[i+1].Depth
		if img.Video == nil || next == nil || img.Video.Clock+leadTicks != next.Clock {
			continue
		}
		paired++
		if got := next.At.Sub(img.Video.At); got != lead {
			t.Errorf("the picture is finished %v before its depth, want %v", got, lead)
		}
		if !next.Registered {
			t.Error("the depth of a puppet lies on its picture")
		}
	}
	if paired < 2 {
		t.Errorf("of %d images only %d were pairs", len(images), paired)
	}
}

func TestPaintSeesEveryPictureBeforeItIsHandedOn(t *testing.T) {
	var numbers []uint64
	p := New(Options{Room: parlour(), ColourEvery: 2, Paint: func(seq uint64, picture *image.YCbCr) {
		numbers = append(numbers, seq)
		picture.Y[0] = uint8(seq)
	}})
	defer p.Close()
	seen := 0
	for _, img := range take(t, p, 7) {
		if img.Video != nil {
			if got := uint64(img.Video.Picture.Y[0]); got != numbers[seen] {
				t.Errorf("picture %d carries %d, want %d", seen, got, numbers[seen])
			}
			seen++
		}
	}
	if seen < 2 {
		t.Errorf("seven images had %d pictures", seen)
	}
	for i := 1; i < len(numbers); i++ {
		if numbers[i] <= numbers[i-1] {
			t.Errorf("numbers of pictures: %v", numbers)
		}
	}
}

func TestSlowReaderLosesFrames(t *testing.T) {
	p := New(Options{Room: parlour()})
	defer p.Close()
	first := take(t, p, 2)
	p.start = p.start.Add(-time.Hour) // as if an hour went by
	late := take(t, p, 2)
	if got := p.Status(); got.Depth.DroppedFrames < 100000 || got.Video.DroppedFrames < 100000 {
		t.Errorf("an hour late, the status is %+v", got)
	}
	if got := p.Status(); got.Depth.Frames < 100000 || !got.Live || got.Kind != kinect.KindPuppet {
		t.Errorf("after an hour the status is %+v", got)
	}
	if first[1].Depth == nil || late[1].Depth == nil {
		t.Fatal("images do not come in pairs")
	}
	// The hour was put in by moving the start: an old frame would be from before, by
	// more than the frames which wait for a slow reader.
	if late[1].Depth.At.Before(first[1].Depth.At.Add(-backlog * framePace)) {
		t.Errorf("the reader is given a frame of %v after one of %v", late[1].Depth.At, first[1].Depth.At)
	}
}

func TestTallyCountsEachLostFrameOnce(t *testing.T) {
	p := New(Options{Room: parlour(), ColourEvery: 4})
	defer p.Close()
	random := rand.New(rand.NewPCG(1, 2))
	var depth, video uint64
	for range 40 {
		p.start = p.start.Add(-time.Duration(random.IntN(200)) * time.Millisecond)
		img := take(t, p, 1)[0]
		if img.Depth != nil {
			depth++
		} else {
			video++
		}
		if got := uint64(p.depth.last); depth+p.depth.dropped != got {
			t.Fatalf("%d frames taken and %d lost of %d", depth, p.depth.dropped, got)
		}
		if got := uint64(p.video.last); video+p.video.dropped != got {
			t.Fatalf("%d pictures taken and %d lost of %d", video, p.video.dropped, got)
		}
	}
}

func TestSlowestReaderGetsBoth(t *testing.T) {
	p := New(Options{Room: parlour()})
	defer p.Close()
	for i := range 12 {
		p.start = p.start.Add(-time.Second)
		img := take(t, p, 1)[0]
		if got := img.Depth != nil; got != (i%2 == 1) {
			t.Fatalf("image %d of a reader who needs a second for each: depth %v", i, got)
		}
	}
}

func TestClosedPuppetEnds(t *testing.T) {
	p := New(Options{Room: parlour()})
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Next(t.Context()); !errors.Is(err, io.EOF) {
		t.Errorf("after Close Next gives %v", err)
	}
	if p.Status().Live {
		t.Error("a closed puppet is live")
	}
}

func TestOrdersReachThePicture(t *testing.T) {
	p := New(Options{Room: parlour()})
	defer p.Close()
	pose := kinect.Pose{LeftShoulder: 90, RightShoulder: 170}
	p.SetPose(pose)
	if got := p.Pose(); got != pose {
		t.Errorf("SetPose(%+v) gives %+v", pose, got)
	}
	take(t, p, 2)
	p.mu.Lock()
	at, _ := p.mover.at(p.due(p.drawn) - lead)
	p.mu.Unlock()
	if at.pose() != pose {
		t.Errorf("the frame shows %+v", at.pose())
	}
}
