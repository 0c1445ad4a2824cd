package main

import (
	"fmt"
	"io"
	"math"
	"slices"

	"cutout/kinect"
	"cutout/kinect/body/forest"
)

// labelled is how many cells of a person are asked when a forest is measured.
const labelled = 1000

// errorsOf are how far, mm, the places with the most votes are from each joint in held
// out shots; those of joints outside the picture and of hidden ones are left out.
func errorsOf(f *forest.Forest, shots int, seed uint64, from source) [kinect.JointCount][]float64 {
	perShot := make([][kinect.JointCount][]float64, shots)
	each(shots, nil, func(i int) {
		var view forest.View
		var votes forest.Votes
		for _, figure := range from(heldOut + seed<<20 + uint64(i)) {
			figure.close()
			figure.crop().view(&view)
			f.Vote(&view, labelled, &votes)
			for j := range kinect.JointName(kinect.JointCount) {
				if !figure.seen[j] {
					continue
				}
				off := math.Inf(1)
				if m := votes.Modes(j, 1, nil); len(m) > 0 {
					off = math.Sqrt(float64(figure.joint[j].square(place{m[0].X, m[0].Y, m[0].Z})))
				}
				perShot[i][j] = append(perShot[i][j], off)
			}
		}
	})
	var all [kinect.JointCount][]float64
	for i := range perShot {
		for j := range all {
			all[j] = append(all[j], perShot[i][j]...)
		}
	}
	return all
}

// report writes the errors as a table.
func report(w io.Writer, all [kinect.JointCount][]float64) {
	fmt.Fprintf(w, "%-16s%8s%12s%12s%12s\n", "joint", "seen", "median mm", "<100 mm", "<150 mm")
	row := func(name string, off []float64) {
		if len(off) == 0 {
			return
		}
		slices.Sort(off)
		within := func(mm float64) float64 {
			n, _ := slices.BinarySearch(off, mm)
			return 100 * float64(n) / float64(len(off))
		}
		fmt.Fprintf(w, "%-16s%8d%12.0f%11.1f%%%11.1f%%\n", name, len(off), off[len(off)/2], within(100), within(150))
	}
	var together []float64
	for j, off := range all {
		row(kinect.JointName(j).String(), off)
		together = append(together, off...)
	}
	row("all", together)
}
