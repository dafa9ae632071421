package voice

import "math"

// Levels of a sound.
type Levels struct {
	Loudness float64 // LUFS, integrated; -Inf for silence
	Peak     float64 // dBTP
}

// Measure takes the levels of a clip.
func Measure(s Sound) Levels { return Levels{LoudnessOf(s), truePeak(s)} }

// LoudnessOf is the integrated loudness of a clip, repeated to three seconds where it
// is shorter.
func LoudnessOf(s Sound) float64 {
	n := 3 * s.Rate
	if len(s.Samples) == 0 {
		return math.Inf(-1)
	}
	long := s.Samples
	if len(long) < n {
		long = make([]float64, n)
		for i := range long {
			long[i] = s.Samples[i%len(s.Samples)]
		}
	}
	return integrated(Sound{s.Rate, long})
}

// integrated is the programme loudness of ITU-R BS.1770-4 for one channel: mean
// square after K-weighting, in blocks of 400 ms that overlap by three quarters,
// gated at -70 LUFS and then at 10 LU below the mean of what is left.
func integrated(s Sound) float64 {
	weighted := kWeight(s)
	block, step := s.Rate*4/10, s.Rate/10
	var powers []float64
	for at := 0; at+block <= len(weighted); at += step {
		sum := 0.0
		for _, v := range weighted[at : at+block] {
			sum += v * v
		}
		powers = append(powers, sum/float64(block))
	}
	mean := gatedMean(powers, power(-70))
	return lufs(gatedMean(powers, max(power(-70), mean*math.Pow(10, -10.0/10))))
}

func gatedMean(powers []float64, gate float64) float64 {
	sum, n := 0.0, 0
	for _, p := range powers {
		if p > gate {
			sum, n = sum+p, n+1
		}
	}
	if n == 0 {
		return 0
	}
	return sum / float64(n)
}

func lufs(power float64) float64 { return -0.691 + 10*math.Log10(power) }
func power(lufs float64) float64 { return math.Pow(10, (lufs+0.691)/10) }

// biquad is a second-order filter; a0 is 1.
type biquad struct{ b0, b1, b2, a1, a2 float64 }

func (q biquad) run(in []float64) []float64 {
	out := make([]float64, len(in))
	var x1, x2, y1, y2 float64
	for i, x := range in {
		y := q.b0*x + q.b1*x1 + q.b2*x2 - q.a1*y1 - q.a2*y2
		x2, x1, y2, y1 = x1, x, y1, y
		out[i] = y
	}
	return out
}

// kWeight is the head's shelf and the high-pass of BS.1770-4, annex 1. The standard
// gives coefficients for 48 kHz only; these are the analogue filters behind them
// (corner, quality and gain fitted to its table), mapped to any rate.
func kWeight(s Sound) []float64 {
	const (
		shelfHz, shelfQ, shelfDB = 1681.974450955533, 0.7071752369554196, 3.999843853973347
		passHz, passQ            = 38.13547087602444, 0.5003270373238773
	)
	k := math.Tan(math.Pi * shelfHz / float64(s.Rate))
	vh := math.Pow(10, shelfDB/20)
	vb := math.Pow(vh, 0.4996667741545416)
	a0 := 1 + k/shelfQ + k*k
	shelf := biquad{(vh + vb*k/shelfQ + k*k) / a0, 2 * (k*k - vh) / a0, (vh - vb*k/shelfQ + k*k) / a0,
		2 * (k*k - 1) / a0, (1 - k/shelfQ + k*k) / a0}
	k = math.Tan(math.Pi * passHz / float64(s.Rate))
	a0 = 1 + k/passQ + k*k
	pass := biquad{1, -2, 1, 2 * (k*k - 1) / a0, (1 - k/passQ + k*k) / a0}
	return pass.run(shelf.run(s.Samples))
}

// taps of the interpolator for each of the points between two samples.
const taps = 24

// between holds, for 1/4, 1/2 and 3/4 of the way, a sinc under a Hann window.
var between = func() (h [3][2 * taps]float64) {
	for p := range h {
		for i := range h[p] {
			x := float64(i-taps+1) - float64(p+1)/4
			h[p][i] = math.Sin(math.Pi*x) / (math.Pi * x) * (0.5 + 0.5*math.Cos(math.Pi*x/(taps+1)))
		}
	}
	return h
}()

// truePeak is the highest level between samples too, by four-fold oversampling
// (BS.1770-4, annex 2). It looks only beside samples of at least half the height of
// the highest: a crest of a band-limited sound does not stand alone.
func truePeak(s Sound) float64 {
	top := 0.0
	x := s.Samples
	for _, v := range x {
		top = max(top, math.Abs(v))
	}
	floor := top / 2
	for n := range x {
		if math.Abs(x[n]) < floor && (n+1 == len(x) || math.Abs(x[n+1]) < floor) {
			continue
		}
		for p := range between {
			sum := 0.0
			for i, c := range between[p] {
				if j := n + i - taps + 1; j >= 0 && j < len(x) {
					sum += c * x[j]
				}
			}
			top = max(top, math.Abs(sum))
		}
	}
	return 20 * math.Log10(top)
}

// Gain is the factor of a level in decibels.
func Gain(dB float64) float64 { return math.Pow(10, dB/20) }
