package voice

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// Sound is one channel of samples between -1 and 1.
type Sound struct {
	Rate    int
	Samples []float64
}

// Seconds is how long a sound lasts.
func (s Sound) Seconds() float64 { return float64(len(s.Samples)) / float64(s.Rate) }

// MaxClip is the longest recording that is taken for a word, in seconds.
const MaxClip = 30

// ReadWAV reads a RIFF/WAVE file of PCM samples (16, 24 or 32 bits, or 32-bit
// floats). Channels are added up to one by their mean.
func ReadWAV(b []byte) (Sound, error) {
	var s Sound
	if len(b) < 12 || string(b[:4]) != "RIFF" || string(b[8:12]) != "WAVE" {
		return s, errors.New("it is not a WAV file")
	}
	var f format
	for at := 12; at+8 <= len(b); {
		id, size := string(b[at:at+4]), int64(binary.LittleEndian.Uint32(b[at+4:]))
		body := b[at+8:]
		// A recorder that was cut off, or that writes to a pipe, leaves a size that is too large.
		if size < int64(len(body)) {
			body = body[:size]
		}
		switch id {
		case "fmt ":
			if err := f.read(body); err != nil {
				return s, err
			}
		case "data":
			if f.channels == 0 {
				return s, errors.New("its samples come before their format")
			}
			return f.decode(body)
		}
		at += 8 + int(size+size&1)
	}
	return s, errors.New("it has no samples")
}

// format is a WAV file's "fmt " chunk.
type format struct {
	float          bool
	channels, bits int
	rate           int
}

func (f *format) read(b []byte) error {
	if len(b) < 16 {
		return errors.New("its format is cut off")
	}
	kind := binary.LittleEndian.Uint16(b)
	f.channels, f.rate = int(binary.LittleEndian.Uint16(b[2:])), int(binary.LittleEndian.Uint32(b[4:]))
	f.bits = int(binary.LittleEndian.Uint16(b[14:]))
	if kind == 0xFFFE && len(b) >= 26 { // WAVE_FORMAT_EXTENSIBLE names the kind further on
		kind = binary.LittleEndian.Uint16(b[24:])
	}
	f.float = kind == 3
	switch {
	case kind != 1 && kind != 3:
		return fmt.Errorf("its samples are compressed (kind %d); save it as PCM", kind)
	case f.float && f.bits != 32, !f.float && f.bits != 16 && f.bits != 24 && f.bits != 32:
		return fmt.Errorf("its samples have %d bits; save it with 16 or 24", f.bits)
	case f.channels < 1 || f.channels > 8:
		return fmt.Errorf("it has %d channels", f.channels)
	case f.rate < 8000 || f.rate > 192000:
		return fmt.Errorf("it has %d samples a second; save it with 48000", f.rate)
	}
	return nil
}

func (f *format) decode(b []byte) (Sound, error) {
	width := f.bits / 8
	n := len(b) / (width * f.channels)
	s := Sound{Rate: f.rate}
	switch {
	case n == 0:
		return s, errors.New("it has no samples")
	case n > MaxClip*f.rate:
		return s, fmt.Errorf("it is longer than %d s", MaxClip)
	}
	s.Samples = make([]float64, n)
	for i := range s.Samples {
		sum := 0.0
		for c := range f.channels {
			sum += f.sample(b[(i*f.channels+c)*width:])
		}
		s.Samples[i] = sum / float64(f.channels)
	}
	return s, nil
}

func (f *format) sample(b []byte) float64 {
	switch {
	case f.float:
		v := float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
		if math.IsNaN(v) {
			return 0
		}
		return max(-8, min(8, v))
	case f.bits == 16:
		return float64(int16(binary.LittleEndian.Uint16(b))) / (1 << 15)
	case f.bits == 24:
		return float64(int32(uint32(b[0])<<8|uint32(b[1])<<16|uint32(b[2])<<24)) / (1 << 31)
	}
	return float64(int32(binary.LittleEndian.Uint32(b))) / (1 << 31)
}

// WAV writes a sound as 16-bit PCM.
func (s Sound) WAV() []byte {
	n := 2 * len(s.Samples)
	b := make([]byte, 0, 44+n)
	le := binary.LittleEndian
	b = append(b, "RIFF"...)
	b = le.AppendUint32(b, uint32(36+n))
	b = append(b, "WAVEfmt "...)
	b = le.AppendUint32(b, 16)
	b = le.AppendUint16(b, 1)
	b = le.AppendUint16(b, 1)
	b = le.AppendUint32(b, uint32(s.Rate))
	b = le.AppendUint32(b, uint32(2*s.Rate))
	b = le.AppendUint16(b, 2)
	b = le.AppendUint16(b, 16)
	b = append(b, "data"...)
	b = le.AppendUint32(b, uint32(n))
	for _, v := range s.Samples {
		b = le.AppendUint16(b, uint16(int16(math.Round(max(-1, min(1, v))*(1<<15-1)))))
	}
	return b
}
