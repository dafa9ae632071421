package ticket

import "moiso/internal/queue"

// reprint is the mark of a slip that was printed before.
var reprint = queue.Text{VI: "IN LẠI", EN: "REPRINT"}

// Reprint is a copy of a slip with the mark "in lại" above it, white on black, so
// that of two slips with one number everybody sees which is the second.
func (b *Bitmap) Reprint() (*Bitmap, error) {
	s := &slip{width: b.Width}
	s.mark(reprint.VI + " · " + reprint.EN)
	if s.err != nil {
		return nil, s.err
	}
	head := s.draw()
	return &Bitmap{Width: b.Width, Height: head.Height + b.Height, Bits: append(head.Bits, b.Bits...)}, nil
}
