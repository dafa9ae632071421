package ticket

import (
	"fmt"
	"image"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/norm"

	"moiso/assets/paper"
)

// faces are the two weights of a slip, parsed once. A parsed font may be shared;
// what draws with it may not.
var faces = sync.OnceValues(func() (f struct{ plain, heavy *sfnt.Font }, err error) {
	if f.plain, err = sfnt.Parse(paper.Medium); err != nil {
		return f, fmt.Errorf("face of the ticket: %w", err)
	}
	if f.heavy, err = sfnt.Parse(paper.ExtraBold); err != nil {
		return f, fmt.Errorf("face of the ticket: %w", err)
	}
	return f, nil
})

// pen letters one line after another in one face and size. It belongs to one
// goroutine.
type pen struct {
	font *sfnt.Font
	face font.Face
	size int           // dots to the em
	ppem fixed.Int26_6 // size, as the font package wants it
	buf  sfnt.Buffer
	seen map[rune]letter
}

// letter is what wrapping asks of a glyph over and over, looked up once: reading
// it from the font means walking its outline.
type letter struct {
	glyph   sfnt.GlyphIndex
	box     fixed.Rectangle26_6 // of its black, from where it stands on the baseline
	advance fixed.Int26_6
}

func newPen(f *sfnt.Font, size int) (*pen, error) {
	// 72 to the inch makes a point a dot.
	face, err := opentype.NewFace(f, &opentype.FaceOptions{Size: float64(size), DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		return nil, fmt.Errorf("face of %d dots: %w", size, err)
	}
	return &pen{font: f, face: face, size: size, ppem: fixed.I(size), seen: map[rune]letter{}}, nil
}

func (p *pen) letter(r rune) letter {
	l, ok := p.seen[r]
	if !ok {
		// Errors leave zeros: a letter the face cannot give takes no room.
		l.glyph, _ = p.font.GlyphIndex(&p.buf, r)
		l.box, l.advance, _ = p.font.GlyphBounds(&p.buf, l.glyph, p.ppem, font.HintingNone)
		p.seen[r] = l
	}
	return l
}

// place calls put for each letter with where it stands, from 0. Kerning is asked
// of the font itself: opentype.Face.Kern answers in font units, whatever the size.
func (p *pen) place(s string, put func(r rune, x fixed.Int26_6)) {
	var x fixed.Int26_6
	var before sfnt.GlyphIndex
	for _, r := range s {
		l := p.letter(r)
		if before != 0 {
			if kern, err := p.font.Kern(&p.buf, before, l.glyph, p.ppem, font.HintingNone); err == nil {
				x += kern
			}
		}
		put(r, x)
		x += l.advance
		before = l.glyph
	}
}

// ink is how far the black of a line reaches to both sides of its start. Marks
// and slanted letters may stand out over the advance, so that does not do.
func (p *pen) ink(s string) (left, right fixed.Int26_6) {
	first := true
	p.place(s, func(r rune, x fixed.Int26_6) {
		box := p.letter(r).box
		if box.Empty() {
			return
		}
		if first || x+box.Min.X < left {
			left = x + box.Min.X
		}
		if first || x+box.Max.X > right {
			right = x + box.Max.X
		}
		first = false
	})
	return left, right
}

// width is the dots a line covers, whole ones.
func (p *pen) width(s string) int {
	left, right := p.ink(s)
	return (right - left).Ceil()
}

// height is the dots the black of a line covers, above and below its baseline.
func (p *pen) height(s string) (above, below int) {
	for _, r := range s {
		box := p.letter(r).box
		above = max(above, (-box.Min.Y).Ceil())
		below = max(below, box.Max.Y.Ceil())
	}
	return above, below
}

// write draws a line with its black in the middle of [x, x+width) and its
// baseline at y. A dot is black when at least half of it is covered.
func (p *pen) write(b *Bitmap, s string, x, width, y int) {
	left, right := p.ink(s)
	start := fixed.I(x) + (fixed.I(width)-(right-left))/2 - left
	p.place(s, func(r rune, at fixed.Int26_6) {
		box, mask, from, _, _ := p.face.Glyph(fixed.Point26_6{X: start + at, Y: fixed.I(y)}, r)
		cover, ok := mask.(*image.Alpha) // nil for a letter without ink
		if !ok {
			return
		}
		for dy := range box.Dy() {
			for dx := range box.Dx() {
				if cover.AlphaAt(from.X+dx, from.Y+dy).A >= 0x80 {
					b.set(box.Min.X+dx, box.Min.Y+dy)
				}
			}
		}
	})
}

// wrap breaks a text at spaces into lines no wider than width, and a word at a
// letter where the word alone is wider.
func (p *pen) wrap(s string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		joined := word
		if line != "" {
			joined = line + " " + word
		}
		if p.width(joined) <= width {
			line = joined
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		line = ""
		for _, r := range word {
			if line != "" && p.width(line+string(r)) > width {
				lines = append(lines, line)
				line = ""
			}
			line += string(r)
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// balance wraps a text and, where the last line would hold a lone short word,
// narrows the lines evenly without making one more.
func (p *pen) balance(s string, width int) []string {
	lines := p.wrap(s, width)
	if n := len(lines); n < 2 || p.width(lines[n-1])*3 > width {
		return lines
	}
	for low, high := 1, width; low < high; {
		middle := (low + high) / 2
		if even := p.wrap(s, middle); len(even) > len(lines) {
			low = middle + 1
		} else {
			lines, high = even, middle
		}
	}
	return lines
}

// clean puts a text into the form the faces know: composed letters (NFC), single
// spaces, nothing that does not print.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, norm.NFC.String(s))
	return strings.Join(strings.Fields(s), " ")
}
