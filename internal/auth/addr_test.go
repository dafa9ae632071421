package auth

import (
	"net/http"
	"net/netip"
	"slices"
	"testing"
)

func prefixes(s ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, p := range s {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}

func TestClientAddr(t *testing.T) {
	for _, tc := range []struct {
		name    string
		trusted []netip.Prefix
		remote  string
		headers []string
		want    string
	}{
		{"no proxy", nil, "203.0.113.9:1234", nil, "203.0.113.9"},
		{"a header nobody vouches for", nil, "203.0.113.9:1234", []string{"10.0.0.1"}, "203.0.113.9"},
		{"a peer that is not a proxy", prefixes("10.0.0.0/8"), "203.0.113.9:1234", []string{"1.2.3.4"}, "203.0.113.9"},
		{"one proxy", prefixes("10.0.0.0/8"), "10.0.0.1:1234", []string{"203.0.113.9"}, "203.0.113.9"},
		{"a proxy without the header", prefixes("10.0.0.0/8"), "10.0.0.1:1234", nil, "10.0.0.1"},
		{"two proxies", prefixes("10.0.0.0/8"), "10.0.0.1:1", []string{"203.0.113.9, 10.9.9.9"}, "203.0.113.9"},
		{"an invention on the left", prefixes("10.0.0.0/8"), "10.0.0.1:1", []string{"127.0.0.1, 203.0.113.9"}, "203.0.113.9"},
		{"an invention in an earlier line", prefixes("10.0.0.0/8"), "10.0.0.1:1", []string{"127.0.0.1", "203.0.113.9"}, "203.0.113.9"},
		{"all hops trusted", prefixes("10.0.0.0/8"), "10.0.0.1:1", []string{"10.0.0.3,10.0.0.2"}, "10.0.0.3"},
		{"a hop that cannot be read", prefixes("10.0.0.0/8"), "10.0.0.1:1", []string{"203.0.113.9, unknown, 10.0.0.2"}, "10.0.0.2"},
		{"an empty header", prefixes("10.0.0.0/8"), "10.0.0.1:1", []string{""}, "10.0.0.1"},
		{"a trailing comma", prefixes("10.0.0.0/8"), "10.0.0.1:1", []string{"203.0.113.9,"}, "10.0.0.1"},
		{"a hop with a port", prefixes("10.0.0.0/8"), "10.0.0.1:1", []string{"203.0.113.9:555"}, "203.0.113.9"},
		{"IPv6", prefixes("::1/128"), "[::1]:1", []string{"[2001:db8::1]:555"}, "2001:db8::1"},
		{"IPv6 in brackets", prefixes("::1/128"), "[::1]:1", []string{"[2001:db8::1]"}, "2001:db8::1"},
		{"a zone", prefixes("fe80::/10"), "[fe80::1%eth0]:1", []string{"2001:db8::1"}, "2001:db8::1"},
		{"IPv4 in IPv6", prefixes("10.0.0.0/8"), "[::ffff:10.0.0.1]:1", []string{"::ffff:203.0.113.9"}, "203.0.113.9"},
		{"a Unix socket", prefixes("10.0.0.0/8"), "@", []string{"203.0.113.9"}, "invalid IP"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := &http.Request{RemoteAddr: tc.remote, Header: http.Header{"X-Forwarded-For": tc.headers}}
			if got := ClientAddr(tc.trusted)(r).String(); got != tc.want {
				t.Errorf("the address is %s, want %s", got, tc.want)
			}
		})
	}
}

func FuzzClientAddr(f *testing.F) {
	f.Add("10.0.0.1:1", "203.0.113.9, 10.9.9.9")
	f.Add("[::1]:1", "[2001:db8::1]:555")
	f.Add("@", ",,,")
	trusted := prefixes("10.0.0.0/8", "::1/128")
	find := ClientAddr(trusted)
	f.Fuzz(func(t *testing.T, remote, header string) {
		got := find(&http.Request{RemoteAddr: remote, Header: http.Header{"X-Forwarded-For": {header}}})
		peer := ClientAddr(nil)(&http.Request{RemoteAddr: remote})
		if !slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(peer) }) && got != peer {
			t.Fatalf("%q with %q came from %v: the peer is no proxy", remote, header, got)
		}
		if got.Is4In6() || got.Zone() != "" {
			t.Fatalf("%q with %q came from %v, which is not in its plain form", remote, header, got)
		}
		// What a client puts in front of a list changes nothing when the list
		// already ends at an untrusted hop.
		if got.IsValid() && got != peer && !slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(got) }) {
			again := find(&http.Request{RemoteAddr: remote, Header: http.Header{"X-Forwarded-For": {"198.51.100.1, " + header}}})
			if again != got {
				t.Fatalf("%q with %q came from %v, with an invention in front from %v", remote, header, got, again)
			}
		}
	})
}
