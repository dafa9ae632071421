package main

import (
	"math"

	"moiso/internal/voice"
)

// chime is two struck bars, E5 and C5, with the partials of a bar (1, 2.76, 5.4:
// Fletcher and Rossing, The Physics of Musical Instruments, ch. 2) dying away, the
// higher the sooner.
func chime() []float64 {
	out := silence(0.85)
	strike := func(at, hz float64) {
		for i := range out {
			t := float64(i)/rate - at
			if t < 0 {
				continue
			}
			attack := min(1, t/0.004)
			v := math.Exp(-t/0.22) * math.Sin(2*math.Pi*hz*t)
			v += 0.30 * math.Exp(-t/0.12) * math.Sin(2*math.Pi*2.76*hz*t)
			v += 0.08 * math.Exp(-t/0.05) * math.Sin(2*math.Pi*5.40*hz*t)
			out[i] += attack * v
		}
	}
	strike(0, 659.26)
	strike(0.3, 523.25)
	return trim(out)
}

// level brings a clip to a loudness with no sample above a ceiling (dBFS). Speech at
// -18 LUFS has peaks that would clip; they are rounded off, and the gain is found by
// trying.
func level(x []float64, loudness, ceiling float64) []float64 {
	gain := 1.0
	var out []float64
	for range 12 {
		out = limit(x, gain, math.Pow(10, ceiling/20))
		off := loudness - voice.LoudnessOf(voice.Sound{Rate: rate, Samples: out})
		if math.Abs(off) < 0.02 {
			break
		}
		gain *= math.Pow(10, off/20)
	}
	return out
}

// limit turns the gain down around each peak above the ceiling, over 3 ms either way.
func limit(x []float64, gain, ceiling float64) []float64 {
	const reach = rate * 3 / 1000
	low := make([]float64, len(x))
	for i := range low {
		low[i] = 1
	}
	for i, v := range x {
		if need := ceiling / max(ceiling, math.Abs(v*gain)); need < 1 {
			for j := max(0, i-reach); j <= min(len(x)-1, i+reach); j++ {
				low[j] = min(low[j], need)
			}
		}
	}
	// The mean of the minima around a sample is at most what the sample needs.
	sums := make([]float64, len(x)+1)
	for i, v := range low {
		sums[i+1] = sums[i] + v
	}
	out := make([]float64, len(x))
	for i := range out {
		from, to := max(0, i-reach), min(len(x), i+reach+1)
		out[i] = x[i] * gain * (sums[to] - sums[from]) / float64(to-from)
	}
	return out
}
