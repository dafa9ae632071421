package printer

import (
	"bytes"
	"compress/zlib"
	"fmt"

	"moiso/internal/escpos"
	"moiso/internal/ticket"
)

// PDF is a slip as a page of its own size, its dots in one picture (ISO 32000-1).
func PDF(b *ticket.Bitmap) ([]byte, error) {
	var dots bytes.Buffer
	z := zlib.NewWriter(&dots)
	if _, err := z.Write(b.Bits); err != nil {
		return nil, fmt.Errorf("slip to PDF: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("slip to PDF: %w", err)
	}
	points := func(n int) float64 { return float64(n) * 72 / escpos.DotsPerInch }
	place := fmt.Sprintf("q %.3f 0 0 %.3f 0 0 cm /I Do Q", points(b.Width), points(b.Height))
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %.3f %.3f] /Contents 4 0 R /Resources << /XObject << /I 5 0 R >> >> >>", points(b.Width), points(b.Height)),
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(place), place),
		// Decode turns the meaning of a bit: in ours 1 is black.
		fmt.Sprintf("<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 1 /Decode [1 0] /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream",
			b.Width, b.Height, dots.Len(), dots.String()),
	}
	var out bytes.Buffer
	out.WriteString("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
	at := make([]int, len(objects))
	for i, o := range objects {
		at[i] = out.Len()
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	table := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, o := range at {
		fmt.Fprintf(&out, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&out, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, table)
	return out.Bytes(), nil
}
