package main

import (
	"slices"
	"strings"
	"testing"

	"cutout/kinect/mannequin"
)

func TestKinds(t *testing.T) {
	kinds, err := parseKinds([]string{"cross", "swipe_right"})
	if err != nil || !slices.Equal(kinds, []mannequin.Kind{mannequin.Cross, mannequin.PlaySwipeRight}) {
		t.Errorf("%v, %v", kinds, err)
	}
	if _, err := parseKinds([]string{"crossing"}); err == nil || !strings.Contains(err.Error(), "cross_touching") {
		t.Errorf("%v: says not what there is", err)
	}
	o, err := options(flags{only: "synthetic", kinds: []string{"cross"}}, t.Output())
	if err != nil || o.Synthetic[mannequin.Cross] != 100 || o.Synthetic[mannequin.Dance] != 0 {
		t.Errorf("%+v, %v", o.Synthetic, err)
	}
}
