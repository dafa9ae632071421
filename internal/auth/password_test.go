package auth

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"golang.org/x/text/unicode/norm"
)

func TestANewHashIsArgon2idWithItsParameters(t *testing.T) {
	h := newHasher(present)
	s, err := h.make(t.Context(), goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(s, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("the hash is %s", s)
	}
	p, err := parsePHC(s)
	if err != nil {
		t.Fatal(err)
	}
	if !h.match(p, goodPassword) || h.match(p, goodPassword+" ") {
		t.Error("the hash does not tell its password from another")
	}
	if !h.match(p, norm.NFD.String(goodPassword)) {
		t.Error("the password typed on another keyboard does not match")
	}
	if other := h.hash(goodPassword); other.String() == s {
		t.Error("two hashes of one password are the same")
	}
}

// A value made with the reference implementation of the PHC winner (the test
// vector of its repository for version 19, t=2, m=2^8, p=1).
func TestAHashMadeElsewhereMatches(t *testing.T) {
	p, err := parsePHC("$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4")
	if err != nil {
		t.Fatal(err)
	}
	if !newHasher(present).match(p, "password") {
		t.Error("the known hash does not match its password")
	}
}

func TestADamagedHashIsRefused(t *testing.T) {
	good := "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	for _, change := range [][2]string{
		{"argon2id", "argon2i"}, {"v=19", "v=16"}, {"m=256", "m=0"}, {"m=256", "m=999999999"}, {"t=2", "t=17"}, {"p=1", "p=300"},
		{"t=2,", ""}, {"m=256,t=2", "t=2,m=256"}, {"m=256", "m=-1"}, {"c29tZXNhbHQ", "c29t"}, {"c29tZXNhbHQ", "c29tZXNhbHQ="}, {"nf65", "!!!!"},
		{"$c29tZXNhbHQ", ""}, {"nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "nf65"}, {"$argon", "x$argon"},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		if bad == good {
			t.Fatalf("%q is not in the hash", change[0])
		}
		if _, err := parsePHC(bad); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}

func FuzzParsePHC(f *testing.F) {
	f.Add("$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4")
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$$")
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := parsePHC(s)
		if err != nil {
			return
		}
		if p.memoryKiB > maxMemoryKiB || p.passes > 16 || p.lanes > 16 || p.passes < 1 || p.lanes < 1 {
			t.Fatalf("%q gives parameters %+v", s, p)
		}
		back, err := parsePHC(p.String())
		if err != nil || back.String() != p.String() {
			t.Fatalf("%q is written as %q, which reads as %v, %v", s, p, back, err)
		}
	})
}

func TestOnlySoManyLoginsWaitAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHasher(cheap)
		var leaves []func()
		for range cap(h.slots) {
			leave, err := h.enter(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			leaves = append(leaves, leave)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for range maxWaitingLogins {
			wg.Go(func() {
				if _, err := h.enter(ctx); !errors.Is(err, context.Canceled) {
					t.Errorf("a login that waits ended with %v", err)
				}
			})
		}
		synctest.Wait()
		_, err := h.enter(t.Context())
		if wait, ok := RetryAfter(err); !errors.Is(err, ErrBusy) || !ok || wait <= 0 {
			t.Errorf("one more login was answered %v", err)
		}
		cancel()
		wg.Wait()
		leaves[0]()
		leave, err := h.enter(t.Context())
		if err != nil {
			t.Fatalf("a slot that was left was not given out: %v", err)
		}
		leave()
		for _, l := range leaves[1:] {
			l()
		}
	})
}

func BenchmarkHash(b *testing.B) {
	h := newHasher(present)
	b.ReportAllocs()
	for b.Loop() {
		h.hash(goodPassword)
	}
}
