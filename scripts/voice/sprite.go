package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"moiso/internal/announce"
	"moiso/internal/voice"
)

// clip is a piece of a sprite to be.
type clip struct {
	id, lang, text string
	raw            []float64
	loudness       float64
	ceiling        float64 // dBFS of the samples before they are packed
	shift          float64 // LU by which packing changes it
	sound          []float64
	again          bool  // it is to be levelled anew
	offset         int   // sample
	same           *clip // that says the same, and stands for this one too
}

// Lossy packing adds peaks of its own; this much room is left at first.
const firstCeiling = -3.0

// between is the silence around each clip in a sprite, so that none rings into the next.
const between = rate / 5

// format is one of the ways a sprite is packed.
type format struct {
	name string
	args []string
}

func formats(webmRate, mp3Rate string) []format {
	return []format{
		{"webm", []string{"-c:a", "libopus", "-b:a", webmRate, "-vbr", "on", "-f", "webm"}},
		{"mp3", []string{"-c:a", "libmp3lame", "-b:a", mp3Rate, "-ar", "24000", "-f", "mp3"}},
	}
}

// sprite levels the clips, packs them, listens to the result and mends what packing
// did, until each is right in both forms.
func sprite(name string, clips []*clip, forms []format) (map[string][]byte, error) {
	for _, c := range clips {
		c.ceiling = firstCeiling
	}
	files := map[string][]byte{}
	for try := 1; ; try++ {
		whole := lay(clips)
		wrong := 0
		for i, f := range forms {
			b, err := ffmpeg(pcm(whole), append([]string{"-f", "s16le", "-ar", fmt.Sprint(rate), "-ac", "1", "-i", "-",
				"-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"}, append(f.args, "-")...)...)
			if err != nil {
				return nil, err
			}
			if f.name == "mp3" {
				// The header with the length, by which a browser knows how much of the first and last
				// frame to leave out, can only be written to a file.
				if b, err = viaFile(pcm(whole), f); err != nil {
					return nil, err
				}
			}
			files[f.name] = b
			heard, err := voice.Decode(b)
			if err != nil {
				return nil, err
			}
			wrong += mend(clips, heard, i == 0)
		}
		fmt.Printf("%s: %d clips, %.1f s, webm %d KB, mp3 %d KB; try %d: %d to mend\n", name, len(clips),
			float64(len(whole))/rate, len(files["webm"])>>10, len(files["mp3"])>>10, try, wrong)
		if wrong == 0 {
			return files, nil
		}
		if try == 12 {
			return nil, fmt.Errorf("%s: %d clips cannot be brought to their loudness", name, wrong)
		}
	}
}

func lay(clips []*clip) []float64 {
	whole := make([]float64, between)
	for _, c := range clips {
		if c.same != nil {
			continue
		}
		if c.sound == nil || c.again {
			c.again = false
			c.sound = level(c.raw, c.loudness-c.shift, c.ceiling)
		}
		c.offset = len(whole)
		whole = append(append(whole, c.sound...), make([]float64, between)...)
		// Offsets are whole milliseconds, so that the index is exact.
		whole = append(whole, make([]float64, (rate/1000-len(whole)%(rate/1000))%(rate/1000))...)
	}
	return whole
}

// mend listens to each clip as it comes out of a form, and counts those that are not
// right. The loudness follows the first form; peaks must fit in all.
func mend(clips []*clip, heard voice.Sound, first bool) int {
	wrong := 0
	for _, c := range clips {
		if c.same != nil {
			continue
		}
		was := wrong
		l := voice.Measure(voice.Sound{Rate: heard.Rate, Samples: heard.Samples[c.offset:min(len(heard.Samples), c.offset+len(c.sound))]})
		off := l.Loudness - c.loudness
		if first && math.Abs(off) > 0.3 {
			c.shift += off
			wrong++
		} else if math.Abs(off) > 0.8 {
			// What differs between the forms is shared between them.
			c.shift += off / 2
			wrong++
		}
		if l.Peak > voice.PeakLimit-0.1 {
			c.ceiling -= l.Peak - voice.PeakLimit + 0.2
			wrong++
		}
		c.again = c.again || wrong > was
	}
	return wrong
}

func pcm(x []float64) []byte {
	b := make([]byte, 0, 2*len(x))
	for _, v := range x {
		b = binary.LittleEndian.AppendUint16(b, uint16(int16(math.Round(max(-1, min(1, v))*(1<<15-1)))))
	}
	return b
}

func ffmpeg(in []byte, args ...string) ([]byte, error) {
	cmd := exec.Command("ffmpeg", append([]string{"-hide_banner", "-loglevel", "error", "-y"}, args...)...)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &out, &errs
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("ffmpeg: %w: %s", err, errs.String())
	}
	return out.Bytes(), nil
}

func viaFile(in []byte, f format) ([]byte, error) {
	dir, err := os.MkdirTemp("", "voice")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "sprite."+f.name)
	args := append([]string{"-f", "s16le", "-ar", fmt.Sprint(rate), "-ac", "1", "-i", "-", "-map_metadata", "-1",
		"-fflags", "+bitexact", "-flags:a", "+bitexact"}, append(f.args, path)...)
	if _, err := ffmpeg(in, args...); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// index is written with a clip a line, in order of id, so that a change is read easily.
func index(name string, clips []*clip, forms []format) []byte {
	byID := map[string]*clip{}
	for _, c := range clips {
		byID[c.id] = c
	}
	var b bytes.Buffer
	b.WriteString("{\n")
	for _, f := range forms {
		fmt.Fprintf(&b, "  %q: %q,\n", f.name, name+"."+f.name)
	}
	fmt.Fprintf(&b, "  \"gap_s\": %g,\n  \"pause_s\": %g,\n  \"clips\": {\n", voice.Gap, voice.Pause)
	ids := slices.Sorted(maps.Keys(byID))
	for i, id := range ids {
		c := byID[id]
		at := c
		if c.same != nil {
			at = c.same
		}
		ms := math.Ceil(float64(len(at.sound)) * 1000 / rate)
		end := ","
		if i == len(ids)-1 {
			end = ""
		}
		fmt.Fprintf(&b, "    %s: %s%s\n", quote(id), quote(voice.Clip{Offset: float64(at.offset*1000/rate) / 1000, Duration: ms / 1000, Text: c.text, Lang: c.lang}), end)
	}
	b.WriteString("  }")
	if name == voice.Calls {
		b.WriteString(",\n  \"numbers\": " + quote(numbers()))
	}
	b.WriteString("\n}\n")
	return b.Bytes()
}

// numbers are the words of 0 to maxNumber, as announce says them.
func numbers() map[string][]string {
	const maxNumber = 120
	out := map[string][]string{}
	for _, lang := range announce.Languages {
		for n := range maxNumber + 1 {
			words := announce.Number(lang, n)
			for i := range words {
				words[i] = strings.TrimPrefix(words[i], lang+"-")
			}
			out[lang] = append(out[lang], strings.Join(words, " "))
		}
	}
	return out
}
