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
	}
}
