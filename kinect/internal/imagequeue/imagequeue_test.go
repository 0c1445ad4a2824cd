package imagequeue

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"cutout/kinect"
)

func depth(n uint32) kinect.Image { return kinect.Image{Depth: &kinect.DepthFrame{Clock: n}} }
func video(n uint32) kinect.Image { return kinect.Image{Video: &kinect.VideoFrame{Clock: n}} }

// TestOldestGoes: each stream has places of its own.
func TestOldestGoes(t *testing.T) {
	q := New(0)
	for i, want := range []bool{false, false, false, true, true} {
		img := depth(uint32(i))
		if i == 1 {
			img = video(uint32(i))
		}
		if q.Put(img) != want {
			t.Errorf("image %d: dropped is %v", i, !want)
		}
	}
	other := New(1)
	other.Put(depth(1))
	other.Flush()
	if other.Put(depth(2)) {
		t.Error("something was left after Flush")
	}
	q.End()
	if q.Put(depth(9)) {
		t.Error("an image after the end made another go")
	}
	for _, want := range []uint32{1, 3, 4} {
		img, err := q.Next(t.Context())
		if err != nil || img.Depth != nil && img.Depth.Clock != want || img.Video != nil && img.Video.Clock != want {
			t.Errorf("%+v, %v; want %d", img, err, want)
		}
	}
	if _, err := q.Next(t.Context()); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

// TestWaits: Next waits for Put, for its context, and for Close.
func TestWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New(1)
		go func() {
			time.Sleep(time.Second)
			q.Put(depth(5))
			time.Sleep(time.Hour)
			q.Close()
		}()
		if img, err := q.Next(t.Context()); err != nil || img.Depth.Clock != 5 {
			t.Error(img, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := q.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if _, err := q.Next(t.Context()); !errors.Is(err, io.EOF) {
			t.Error(err)
		}
		q.Put(depth(6))
		if _, err := q.Next(t.Context()); !errors.Is(err, io.EOF) {
			t.Error("something comes after Close")
		}
	})
}

// TestDrained: a sensor that can wait does so until every image was taken.
func TestDrained(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New(2)
		if err := q.Drained(t.Context()); err != nil {
			t.Error(err)
		}
		q.Put(depth(1))
		q.Put(depth(2))
		start := time.Now()
		go func() {
			for range 2 {
				time.Sleep(time.Second)
				if _, err := q.Next(context.Background()); err != nil {
					t.Error(err)
				}
			}
		}()
		if err := q.Drained(t.Context()); err != nil || time.Since(start) != 2*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		q.Put(depth(3))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := q.Drained(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
}
