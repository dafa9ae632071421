package auth

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// ClientAddr makes a function that finds the address of whoever sent a request.
// It is the peer's, unless the peer is a trusted proxy: then X-Forwarded-For is
// read from the right, through trusted hops only, because everything to the left
// of the first untrusted one is the client's own invention. An address that
// cannot be read ends the walk at the hop that reported it.
//
// The zero Addr is an unknown address, e.g. of a Unix socket.
func ClientAddr(trusted []netip.Prefix) func(*http.Request) netip.Addr {
	trusted = slices.Clone(trusted)
	trusts := func(a netip.Addr) bool {
		return slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(a) })
	}
	return func(r *http.Request) netip.Addr {
		addr := parseHop(r.RemoteAddr)
		if len(trusted) == 0 || !addr.IsValid() || !trusts(addr) {
			return addr
		}
		lines := r.Header.Values("X-Forwarded-For")
		for i := len(lines) - 1; i >= 0; i-- {
			rest := lines[i]
			for rest != "" {
				var item string
				if cut := strings.LastIndexByte(rest, ','); cut >= 0 {
					rest, item = rest[:cut], rest[cut+1:]
				} else {
					rest, item = "", rest
				}
				next := parseHop(item)
				if !next.IsValid() {
					return addr
				}
				addr = next
				if !trusts(addr) {
					return addr
				}
			}
		}
		return addr
	}
}

// parseHop reads an address with or without a port, and takes off what would make
// one host look like many: a zone, and IPv4 inside IPv6.
func parseHop(s string) netip.Addr {
	s = strings.TrimSpace(s)
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	if err != nil {
		ap, err := netip.ParseAddrPort(s)
		if err != nil {
			return netip.Addr{}
		}
		a = ap.Addr()
	}
	return a.Unmap().WithZone("")
}
