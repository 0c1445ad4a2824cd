package room

import (
	"context"
	"slices"
	"strings"
	"testing"

	"cutout/netvideo"

	"github.com/pion/webrtc/v4"
)

// Pictures that are published as H.264 arrive, in one layer and in two, with key frames
// for who asks.
func TestPublishH264(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ada := join(t, s, token(t, "h264", "Ada", netvideo.Publisher))
	p, err := ada.Publish(context.Background(), PublishOptions{Name: "cam", H264: true})
	if err != nil {
		t.Fatal(err)
	}
	showAll(t, p, noisy(30, 640, 480))
	bob := join(t, s, token(t, "h264", "Bob", netvideo.Subscriber))
	pictures(t, bob, 10)
	for _, l := range ada.link.sdk.LocalParticipant.TrackPublications() {
		if !strings.EqualFold(l.MimeType(), webrtc.MimeTypeH264) {
			t.Errorf("published as %s", l.MimeType())
		}
	}
	cyd := join(t, s, token(t, "h264", "Cyd", netvideo.Subscriber))
	pictures(t, cyd, 10)
	eventually(t, "two sizes", func() bool { return slices.Equal(sizes(p), []int{320, 640}) })
	drawn(t, cyd, 160, 120)
	eventually(t, "the small one", func() bool { return cyd.Streams()[0].Picture.Image.Rect.Dx() == 320 })
	if st := p.Stats(); st.KeyFrames == 0 || st.Encoded == 0 {
		t.Errorf("%+v", st)
	}
	t.Logf("%+v", p.Stats())
}

func TestPictureCodec(t *testing.T) {
	vp8, h264 := webrtc.MimeTypeVP8, webrtc.MimeTypeH264
	for _, c := range []struct {
		takes *[]string
		h264  bool
		want  string
	}{
		{nil, false, vp8}, {nil, true, h264}, {&[]string{}, false, vp8},
		{&[]string{"audio/opus", "video/vp8", "video/h264"}, false, vp8},
		{&[]string{"audio/opus", "video/vp8", "video/h264"}, true, h264},
		{&[]string{"audio/opus", "video/h264"}, false, h264},
		{&[]string{"audio/opus", "video/VP8"}, true, vp8},
		{&[]string{"audio/opus", "video/AV1"}, false, ""},
	} {
		if got, err := pictureCodec(c.takes, c.h264); got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("of %v: %q, %v", c.takes, got, err)
		}
	}
}
