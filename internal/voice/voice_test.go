package voice_test

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"moiso/assets"
	"moiso/internal/voice"
)

func sine(rate int, hz, amplitude, phase, seconds float64) voice.Sound {
	s := voice.Sound{Rate: rate, Samples: make([]float64, int(float64(rate)*seconds))}
	for i := range s.Samples {
		s.Samples[i] = amplitude * math.Sin(2*math.Pi*hz*float64(i)/float64(rate)+phase)
	}
	return s
}

// BS.1770-4: a sine of 997 Hz at full scale in one channel reads -3.01.
func TestTheMeterReadsTheStandardsToneAtEveryRate(t *testing.T) {
	for _, rate := range []int{16000, 22050, 44100, 48000, 96000} {
		if l := voice.LoudnessOf(sine(rate, 997, 1, 0, 5)); math.Abs(l+3.01) > 0.1 {
			t.Errorf("at %d Hz a full tone reads %.2f LUFS, want -3.01", rate, l)
		}
	}
	quiet := voice.LoudnessOf(sine(48000, 997, 0.1, 0, 5))
	if math.Abs(quiet+23.01) > 0.1 {
		t.Errorf("20 dB less reads %.2f LUFS, want -23.01", quiet)
	}
	if l := voice.LoudnessOf(voice.Sound{Rate: 48000, Samples: make([]float64, 48000)}); !math.IsInf(l, -1) {
		t.Errorf("silence reads %g", l)
	}
}

func TestAPeakBetweenTwoSamplesIsFound(t *testing.T) {
	// A quarter of the rate, sampled at 45 degrees: every sample is 3 dB below the crest.
	s := sine(48000, 12000, 1, math.Pi/4, 0.1)
	if p := voice.Measure(s).Peak; math.Abs(p) > 0.2 {
		t.Errorf("the crest reads %.2f dBTP, want 0", p)
	}
}

// decoded are the sounds of a pack as a browser hears them, in both its forms.
func decoded(t *testing.T, x voice.Index) map[string]voice.Sound {
	t.Helper()
	out := map[string]voice.Sound{}
	for _, name := range []string{x.WebM, x.MP3} {
		if name == "" {
			continue // only the calls have the second form
		}
		b, err := assets.FS.ReadFile("voice/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if out[name], err = voice.Decode(b); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func cut(s voice.Sound, c voice.Clip) voice.Sound {
	from := int(math.Round(c.Offset * float64(s.Rate)))
	to := min(len(s.Samples), from+int(math.Round(c.Duration*float64(s.Rate))))
	return voice.Sound{Rate: s.Rate, Samples: s.Samples[min(from, to):to]}
}

func TestEveryClipOfThePacksHasItsLoudness(t *testing.T) {
	for _, name := range []string{voice.Calls, voice.Texts} {
		x, err := voice.Default(name)
		if err != nil {
			t.Fatal(err)
		}
		for form, s := range decoded(t, x) {
			low, high, top := math.Inf(1), math.Inf(-1), math.Inf(-1)
			for _, id := range slices.Sorted(maps.Keys(x.Clips)) {
				c := x.Clips[id]
				want := voice.Loudness
				if id == voice.Chime {
					want = voice.ChimeLoudness
				}
				l := voice.Measure(cut(s, c))
				if math.Abs(l.Loudness-want) > voice.LoudnessSlack {
					t.Errorf("%s: %s has %.2f LUFS, want %g ± %g", form, id, l.Loudness, want, voice.LoudnessSlack)
				}
				if l.Peak > voice.PeakLimit {
					t.Errorf("%s: %s peaks at %.2f dBTP, more than %g", form, id, l.Peak, voice.PeakLimit)
				}
				low, high, top = min(low, l.Loudness-want), max(high, l.Loudness-want), max(top, l.Peak)
			}
			t.Logf("%s: %d clips, off by %+.2f to %+.2f LU, peaks to %.2f dBTP", form, len(x.Clips), low, high, top)
		}
	}
}

// Clips that touched would ring into each other.
func TestClipsLieApart(t *testing.T) {
	x, err := voice.Default(voice.Calls)
	if err != nil {
		t.Fatal(err)
	}
	s := decoded(t, x)[x.WebM]
	for id, c := range x.Clips {
		before := cut(s, voice.Clip{Offset: c.Offset - 0.1, Duration: 0.08})
		for _, v := range before.Samples {
			if math.Abs(v) > 0.01 {
				t.Errorf("%s is not silent before its beginning", id)
				break
			}
		}
	}
}

var reading = regexp.MustCompile(`(?s)I:\s+(-?[\d.]+) LUFS.*Peak:\s+(-?[\d.]+) dBFS`)

// The meter of other hands.
func TestTheMeterAgreesWithEBUR128OfFFmpeg(t *testing.T) {
	x, err := voice.Default(voice.Calls)
	if err != nil {
		t.Fatal(err)
	}
	s := decoded(t, x)[x.WebM]
	for _, id := range []string{"chime", "vi-call", "vi-0", "vi-s", "en-7", "en-counter"} {
		clip := cut(s, x.Clips[id])
		long := voice.Sound{Rate: s.Rate, Samples: make([]float64, 3*s.Rate)}
		for i := range long.Samples {
			long.Samples[i] = clip.Samples[i%len(clip.Samples)]
		}
		cmd := exec.Command("ffmpeg", "-hide_banner", "-nostats", "-i", "-", "-filter_complex", "ebur128=peak=true", "-f", "null", "-")
		cmd.Stdin = strings.NewReader(string(long.WAV()))
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("ffmpeg: %v\n%s", err, out)
		}
		text := string(out)
		m := reading.FindStringSubmatch(text[strings.LastIndex(text, "Summary"):])
		if m == nil {
			t.Fatalf("ffmpeg said:\n%s", text)
		}
		theirs, _ := strconv.ParseFloat(m[1], 64)
		peak, _ := strconv.ParseFloat(m[2], 64)
		ours := voice.Measure(long)
		if math.Abs(ours.Loudness-theirs) > 0.11 || math.Abs(ours.Peak-peak) > 0.3 {
			t.Errorf("%s: %.2f LUFS and %.2f dBTP here, %.1f and %.1f there", id, ours.Loudness, ours.Peak, theirs, peak)
		}
	}
}

func TestAWAVFileIsReadInEveryForm(t *testing.T) {
	want := sine(48000, 440, 0.5, 0, 0.1)
	for _, c := range []struct {
		name           string
		kind, bits, ch int
	}{{"16 bits", 1, 16, 1}, {"24 bits, stereo", 1, 24, 2}, {"32 bits", 1, 32, 1}, {"floats", 3, 32, 2}, {"extensible", 0xFFFE, 24, 1}} {
		got, err := voice.ReadWAV(wav(want, c.kind, c.bits, c.ch))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for i, v := range want.Samples {
			if math.Abs(v-got.Samples[i]) > 1e-4 {
				t.Errorf("%s: sample %d is %g, want %g", c.name, i, got.Samples[i], v)
				break
			}
		}
	}
}

func TestABadWAVFileIsRefusedInASentence(t *testing.T) {
	good := sine(48000, 440, 0.5, 0, 0.1).WAV()
	compressed := append([]byte(nil), good...)
	compressed[20] = 85 // MP3 in WAV
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"nothing", nil, "not a WAV file"},
		{"a text", []byte("this is a text and not a sound at all"), "not a WAV file"},
		{"an MP3 in a WAV", compressed, "compressed"},
		{"cut before its samples", good[:36], "no samples"},
		{"cut in its format", good[:24], "cut off"},
		{"no samples", good[:44], "no samples"},
		{"too long", sine(8000, 440, 0.5, 0, voice.MaxClip+1).WAV(), "longer than 30 s"},
	} {
		if _, err := voice.ReadWAV(c.file); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func FuzzReadWAV(f *testing.F) {
	f.Add(sine(8000, 440, 0.5, 0, 0.01).WAV())
	f.Add(wav(sine(8000, 440, 0.5, 0, 0.01), 0xFFFE, 24, 2))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := voice.ReadWAV(b)
		if err == nil && (len(s.Samples) == 0 || s.Rate == 0) {
			t.Error("a sound without samples was taken")
		}
	})
}

// wav writes a file as other programs do.
func wav(s voice.Sound, kind, bits, channels int) []byte {
	le := binary.LittleEndian
	var fmtChunk []byte
	fmtChunk = le.AppendUint16(fmtChunk, uint16(kind))
	fmtChunk = le.AppendUint16(fmtChunk, uint16(channels))
	fmtChunk = le.AppendUint32(fmtChunk, uint32(s.Rate))
	fmtChunk = le.AppendUint32(fmtChunk, uint32(s.Rate*channels*bits/8))
	fmtChunk = le.AppendUint16(fmtChunk, uint16(channels*bits/8))
	fmtChunk = le.AppendUint16(fmtChunk, uint16(bits))
	if kind == 0xFFFE {
		fmtChunk = append(fmtChunk, 22, 0, byte(bits), 0, 4, 0, 0, 0, 1, 0)
		fmtChunk = append(fmtChunk, make([]byte, 14)...)
	}
	var data []byte
	for _, v := range s.Samples {
		for range channels {
			switch {
			case kind == 3:
				data = le.AppendUint32(data, math.Float32bits(float32(v)))
			case bits == 16:
				data = le.AppendUint16(data, uint16(int16(v*(1<<15-1))))
			case bits == 24:
				n := uint32(int32(v * (1<<23 - 1)))
				data = append(data, byte(n), byte(n>>8), byte(n>>16))
			default:
				data = le.AppendUint32(data, uint32(int32(v*(1<<31-1))))
			}
		}
	}
	chunk := func(id string, b []byte) []byte {
		return append(le.AppendUint32([]byte(id), uint32(len(b))), b...)
	}
	body := append([]byte("WAVE"), chunk("LIST", []byte("INFOISFTx\x00"))...)
	body = append(append(body, chunk("fmt ", fmtChunk)...), chunk("data", data)...)
	return append(le.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

func ExampleIndex() {
	x, err := voice.Default(voice.Calls)
	fmt.Println(x.WebM, x.Clips["vi-call"].Text, err)
	// Output: index.webm Xin mời số thứ tự <nil>
}
