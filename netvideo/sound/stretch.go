package sound

// Sound is made shorter or longer by leaving out or repeating one period of it, where
// it is most like itself, and gliding over the seam: its pitch stays, and 2.5 to 10 ms
// are not heard (WSOLA: Verhelst and Roelands, 1993).
const (
	shortest = SampleRate / 400 // 2.5 ms, the period of 400 Hz
	longest  = SampleRate / 100 // 10 ms, the period of 100 Hz
	seam     = SampleRate / 200 // 5 ms
	stride   = 4                // of the search, in samples
	// alike is how similar two places must be, 0 to 1, for a seam that is not heard;
	// quiet is the mean square of what nobody hears anyway.
	alike = 0.6
	quiet = 1e-6
)

// period finds the distance at which the front of the sound, channels in turn, is most
// like what follows; ok is false when nothing is alike.
func period(pcm []float32) (samples int, ok bool) {
	best := float32(-1)
	var own float32
	for i := 0; i < 2*seam; i += 2 {
		own += pcm[i] * pcm[i]
	}
	for lag := shortest; lag <= longest && 2*(lag+seam) <= len(pcm); lag += stride {
		var cross, power float32
		for i := 0; i < 2*seam; i += 2 {
			a, b := pcm[i], pcm[i+2*lag]
			cross += a * b
			power += b * b
		}
		likeness := float32(0)
		if cross > 0 && own*power > 0 {
			likeness = cross * cross / (own * power) // of the square: what is compared is the same
		}
		if power+own < 2*quiet*seam {
			likeness = 1
		}
		if likeness > best {
			best, samples = likeness, lag
		}
	}
	return samples, best >= alike*alike
}

// shorten leaves a period out and returns how many samples of each channel it took; 0
// when it would be heard, unless it has to be.
func shorten(pcm []float32, must bool) int {
	lag, ok := period(pcm)
	if lag == 0 || !ok && !must {
		return 0
	}
	for i := range 2 * seam {
		k := float32(i/2) / seam
		pcm[i] = pcm[i]*(1-k) + pcm[i+2*lag]*k
	}
	copy(pcm[2*seam:], pcm[2*(lag+seam):])
	return lag
}

// lengthen repeats a period of the first n samples of each channel and returns how many
// it added; pcm has room for longest more.
func lengthen(pcm []float32, n int, must bool) int {
	lag, ok := period(pcm[:2*n])
	if lag == 0 || !ok && !must {
		return 0
	}
	// Up to lag+seam as it is, gliding over to the front again, and on from there.
	copy(pcm[2*(lag+seam):2*(n+lag)], pcm[2*seam:2*n])
	for i := range 2 * seam {
		k := float32(i/2) / seam
		at := 2*lag + i
		pcm[at] = pcm[at]*(1-k) + pcm[i]*k
	}
	return lag
}
