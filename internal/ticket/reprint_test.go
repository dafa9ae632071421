package ticket

import (
	"bytes"
	"testing"
)

func TestAReprintIsTheSlipWithAMarkAboveIt(t *testing.T) {
	for _, width := range []Width{Narrow, Wide} {
		b, err := Render(plainSlip(t), width)
		if err != nil {
			t.Fatal(err)
		}
		marked, err := b.Reprint()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasSuffix(marked.Bits, b.Bits) || marked.Height <= b.Height {
			t.Errorf("at %d the slip is not below the mark", width)
		}
		// Drawn as a whole, it is the same.
		p := plainSlip(t)
		p.Reprint = true
		whole, err := Render(p, width)
		if err != nil || !bytes.Equal(whole.Bits, marked.Bits) {
			t.Errorf("at %d a slip drawn as a reprint differs from a slip marked as one (%v)", width, err)
		}
	}
}
