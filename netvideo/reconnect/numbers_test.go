//go:build linux

package reconnect_test

import "slices"

// middle is the median.
func middle(list []float64) float64 {
	if len(list) == 0 {
		return 0
	}
	list = slices.Sorted(slices.Values(list))
	return list[len(list)/2]
}

func most(list []float64) float64 {
	if len(list) == 0 {
		return 0
	}
	return slices.Max(list)
}
