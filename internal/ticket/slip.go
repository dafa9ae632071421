package ticket

import (
	"errors"

	"moiso/internal/queue"
)

// ErrTooLong says that a code would not be readable on the paper.
var ErrTooLong = errors.New("the address is too long for a readable code on this paper")

// Sizes in dots to the em: on the narrow roll, and on the wide one. 20 dots print
// capitals of 1.8 mm, the smallest we set.
type size struct{ narrow, wide int }

var (
	fieldSize  = size{34, 46}
	strongSize = size{28, 32}
	bodySize   = size{24, 28}
	centerSize = size{24, 28}
	smallSize  = size{22, 25}
	noteSize   = size{20, 23}
	markSize   = size{36, 44}
)

// maxNumber keeps a short number from filling the paper's length, dots to the em.
const maxNumber = 300

type weight bool

const (
	plain weight = false
	heavy weight = true
)

// slip stacks blocks from the top of the paper. The first error stops it.
type slip struct {
	width   int
	english bool
	height  int
	blocks  []func(*Bitmap)
	err     error
}

func (s *slip) gap(dots int) { s.height += dots }

// inner is the width between the margins.
func (s *slip) inner() int { return s.width - 2*margin }

func (s *slip) pen(w weight, dots int) *pen {
	if s.err != nil {
		return nil
	}
	f, err := faces()
	if err != nil {
		s.err = err
		return nil
	}
	chosen := f.plain
	if w == heavy {
		chosen = f.heavy
	}
	p, err := newPen(chosen, dots)
	s.err = err
	return p
}

func (s *slip) dots(z size) int {
	if s.width == int(Narrow) {
		return z.narrow
	}
	return z.wide
}

// line sets a text in as many lines as it needs.
func (s *slip) line(w weight, z size, text string) {
	text = clean(text)
	p := s.pen(w, s.dots(z))
	if p == nil || text == "" {
		return
	}
	for _, line := range p.balance(text, s.inner()) {
		// A line is as high as its letters need: capitals with two marks, as in
		// Ễ, stand over the face's own ascent.
		above, below := p.height(line)
		above = max(above, p.size*19/20)
		below = max(below, p.size/4)
		baseline := s.height + above
		s.blocks = append(s.blocks, func(b *Bitmap) { p.write(b, line, margin, s.inner(), baseline) })
		s.height += above + below
	}
	s.gap(2)
}

// both sets a text in the first language heavy, and in the second plain and
// smaller below it. Notes, whose two sizes are one, are plain in both.
func (s *slip) both(t queue.Text, first, second size) {
	one, two := t.VI, t.EN
	if s.english && two != "" {
		one, two = two, one
	}
	w := heavy
	if first == second {
		w = plain
	}
	s.line(w, first, one)
	if clean(two) != clean(one) {
		s.line(plain, second, two)
	}
	s.gap(6)
}

// rule draws a line across the paper.
func (s *slip) rule() {
	y := s.height + 6
	s.blocks = append(s.blocks, func(b *Bitmap) { b.fill(margin, y, s.inner(), 2) })
	s.gap(16)
}

// picture puts a logo in the middle. One that cannot be read is left out: the number
// matters more.
func (s *slip) picture(encoded []byte) {
	if s.err != nil || len(encoded) == 0 {
		return
	}
	l, err := logo(encoded, s.width)
	if err != nil {
		return
	}
	top, left := s.height, (s.width-l.Width)/2
	s.blocks = append(s.blocks, func(b *Bitmap) {
		for y := range l.Height {
			for x := range l.Width {
				if l.Black(x, y) {
					b.set(left+x, top+y)
				}
			}
		}
	})
	s.gap(l.Height + 12)
}

// mark sets a text white on a black bar across the paper.
func (s *slip) mark(text string) {
	p := s.pen(heavy, s.dots(markSize))
	if p == nil {
		return
	}
	above, below := p.height(text)
	pad := p.size / 3
	s.gap(margin + 8)
	top, height := s.height, above+below+2*pad
	s.blocks = append(s.blocks, func(b *Bitmap) {
		words, bar := newBitmap(b.Width, b.Height), newBitmap(b.Width, b.Height)
		p.write(words, text, margin, s.inner(), top+pad+above)
		bar.fill(margin, top, s.inner(), height)
		for i := range b.Bits {
			b.Bits[i] |= bar.Bits[i] &^ words.Bits[i]
		}
	})
	s.gap(height)
}

// number sets the number as wide as the paper allows.
func (s *slip) number(text string) {
	text = clean(text)
	reference := s.pen(heavy, maxNumber)
	if reference == nil || text == "" {
		return
	}
	dots := maxNumber
	if w := reference.width(text); w > s.inner() {
		dots = maxNumber * s.inner() / w
	}
	p := s.pen(heavy, max(dots, 1))
	if p == nil {
		return
	}
	s.gap(12)
	above, below := p.height(text)
	baseline := s.height + above
	s.blocks = append(s.blocks, func(b *Bitmap) { p.write(b, text, margin, s.inner(), baseline) })
	s.gap(above + below + 12)
}

// code draws the QR code at eight dots a module, or at six where it must; less
// does not read when the paper is smudged, so less is refused. Its quiet zone
// may use the margins, which are white as well.
func (s *slip) code(address string) {
	if s.err != nil || address == "" {
		return
	}
	qr, err := QR(address)
	if err != nil {
		s.err = err
		return
	}
	module := 8
	if (qr.Size()+2*Quiet)*module > s.width {
		module = 6
	}
	side := qr.Size() * module
	if side+2*Quiet*module > s.width {
		s.err = ErrTooLong
		return
	}
	top := s.height + Quiet*module
	left := (s.width - side) / 2
	s.blocks = append(s.blocks, func(b *Bitmap) {
		for y := range qr.Size() {
			for x := range qr.Size() {
				if qr.Dark(x, y) {
					b.fill(left+x*module, top+y*module, module, module)
				}
			}
		}
	})
	s.gap(side + 2*Quiet*module)
}

func (s *slip) draw() *Bitmap {
	b := newBitmap(s.width, s.height)
	for _, block := range s.blocks {
		block(b)
	}
	return b
}
