// Package ticket turns a ticket into what a person takes away: the address in
// its QR code, the code as PNG and SVG, and the slip of paper as a 1-bit bitmap.
//
// It promises:
//   - the same ticket gives the same dots, always: no clock, no randomness, and
//     the faces are part of the program;
//   - text is set in NFC, wraps, and never leaves the paper or meets its edge;
//   - black and white only: a thermal head knows no grey;
//   - a QR code stands in a quiet zone of four modules (ISO/IEC 18004) and is
//     never smaller than six dots a module, the least that still reads when the
//     paper is smudged;
//   - everything may be called from any goroutine.
package ticket

import (
	"net/url"
	"strings"

	"moiso/internal/queue"
)

// URL is the address printed on a ticket, HTTPS://HOST/T/ID. It is in upper case
// so that the code stays in alphanumeric mode; schemes and hosts ignore case, and
// our routes do too. A path of the public address is kept as it is written,
// because the proxy that strips it may not ignore case; its query is dropped.
func URL(public *url.URL, id queue.TicketID) string {
	prefix := strings.TrimSuffix(public.EscapedPath(), "/")
	return strings.ToUpper(public.Scheme) + "://" + strings.ToUpper(public.Host) +
		prefix + "/T/" + strings.ToUpper(string(id))
}
