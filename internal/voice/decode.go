package voice

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os/exec"
)

// Decode unpacks a sprite by the program ffmpeg, at 48 kHz. It is for making and
// testing a pack; the programs leave decoding to the browser.
func Decode(packed []byte) (Sound, error) {
	cmd := exec.Command("ffmpeg", "-hide_banner", "-loglevel", "error", "-i", "-", "-ac", "1", "-ar", "48000", "-f", "f32le", "-")
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(packed), &out, &errs
	if err := cmd.Run(); err != nil {
		return Sound{}, fmt.Errorf("ffmpeg: %w: %s", err, errs.String())
	}
	s := Sound{Rate: 48000, Samples: make([]float64, out.Len()/4)}
	for i := range s.Samples {
		s.Samples[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(out.Bytes()[4*i:])))
	}
	return s, nil
}
