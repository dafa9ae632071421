package printertest

import (
	"os"
	"testing"
)

func FuzzThePrinterTakesAnyBytes(f *testing.F) {
	if golden, err := os.ReadFile("../../escpos/testdata/slip-384.bin"); err == nil {
		f.Add(golden[:2000])
	}
	f.Add([]byte("\x1b@\x1dP\xcb\xcb\x1ba\x01\x1dv0\x00\x01\x00\x02\x00\xff\x81\x1bJ\x10\x1dV\x01"))
	f.Add([]byte("\x1dv0\x00\xff\x00\xff\x00"))
	f.Fuzz(func(t *testing.T, in []byte) {
		slips, rest, err := Decode(in)
		bytes, rows := rest.Bytes, rest.Rows()
		for _, s := range slips {
			bytes += s.Bytes
			rows += s.Rows()
			if !s.Cut {
				t.Fatal("a slip lies in the tray and was not cut off")
			}
		}
		if err == nil && bytes != len(in) {
			t.Fatalf("%d bytes were counted of %d", bytes, len(in))
		}
		if rows > 255*(len(in)+1) {
			t.Fatalf("%d bytes made %d rows", len(in), rows)
		}
	})
}

func TestAPrinterKnowsNoLettersAndNoDrawer(t *testing.T) {
	for _, bad := range []string{"A", "\n", "\x1bp\x00\x19\xfa", "\x10\x14\x01\x00\x01", "\x1dv1\x00\x01\x00\x01\x00\xff", "\x1dV\x42\x00", "\x1dv0\x00\x01\x00\x00\x01"} {
		if _, _, err := Decode([]byte(bad)); err == nil {
			t.Errorf("%q was understood", bad)
		}
	}
}
