package media

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	_ "image/jpeg" // a kind that screens show
	_ "image/png"  // the same
	"io"

	_ "golang.org/x/image/webp" // the same
)

// headBytes are enough to tell the kinds apart.
const headBytes = 512

// maxSide is the longest side of a picture: a browser unpacks it whole.
const maxSide = 8192

// Kind says by its first bytes what a file is, "image/png", or "" for what no screen
// shows (the signatures of RFC 2083, JFIF, RFC 9649, ISO 14496-12 and Matroska).
func Kind(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte("\x89PNG\r\n\x1a\n")):
		return "image/png"
	case bytes.HasPrefix(head, []byte("\xff\xd8\xff")):
		return "image/jpeg"
	case len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP":
		return "image/webp"
	case isMP4(head):
		return "video/mp4"
	case bytes.HasPrefix(head, []byte{0x1a, 0x45, 0xdf, 0xa3}) && bytes.Contains(head[:min(len(head), 64)], []byte("webm")):
		return "video/webm"
	}
	return ""
}

// isMP4 looks for a file-type box of a brand that browsers play.
func isMP4(head []byte) bool {
	if len(head) < 12 || string(head[4:8]) != "ftyp" {
		return false
	}
	if n := binary.BigEndian.Uint32(head); n < 12 || n > 256 {
		return false
	}
	switch string(head[8:12]) {
	case "isom", "iso2", "iso4", "iso5", "iso6", "mp41", "mp42", "avc1", "M4V ", "MSNV", "dash":
		return true
	}
	return false
}

// check looks at the whole of a picture's head; films are left to the browser.
func check(kind string, r io.Reader) error {
	switch kind {
	case "":
		return ErrType
	case "video/mp4", "video/webm":
		return nil
	}
	c, _, err := image.DecodeConfig(r)
	if err != nil {
		return fmt.Errorf("%w: its head is damaged", ErrType)
	}
	if c.Width < 1 || c.Height < 1 || c.Width > maxSide || c.Height > maxSide {
		return fmt.Errorf("%w: it has %d x %d pixels; %d a side are the most", ErrTooLarge, c.Width, c.Height, maxSide)
	}
	return nil
}
