package hub

import "syscall"

// limitUnsent bounds what the kernel queues for a network that does not take it:
// queued bytes cannot be skipped any more. What is under way is not counted, so
// that, unlike a small SO_SNDBUF, it slows no fast socket. Where the option is
// missing the system's own bounds hold.
func limitUnsent(raw syscall.RawConn, bytes int) {
	const tcpNotSentLowAt = 25 // TCP_NOTSENT_LOWAT, tcp(7)
	raw.Control(func(fd uintptr) {
		syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpNotSentLowAt, bytes)
	})
}
