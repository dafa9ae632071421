package auth

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/text/unicode/norm"

	"moiso/internal/directory"
)

func TestAWrongPasswordAndAnUnknownUserLookAlike(t *testing.T) {
	o := openOffice(t, nil)
	o.add(t, "an", clerkHere)
	say := func(user, password string) (string, int64) {
		before := o.hasher.runs.Load()
		_, _, err := o.Login(t.Context(), user, password, home)
		if !errors.Is(err, ErrLoginFailed) {
			t.Fatalf("%s gives %v", user, err)
		}
		return err.Error(), o.hasher.runs.Load() - before
	}
	wrong, wrongRuns := say("an", "mèo con đen")
	for _, user := range []string{"nobody", "", "mot nguoi khong co o day", string(make([]byte, 100_000))} {
		words, runs := say(user, "mèo con đen")
		if words != wrong || runs != wrongRuns || runs != 1 {
			t.Errorf("an unknown user is told %q after %d hashes, a wrong password %q after %d", words, runs, wrong, wrongRuns)
		}
	}
	if got, want := o.hasher.unknown, o.hasher.params; !got.sameParameters(want) || len(got.salt) != saltLen || len(got.hash) != hashLen {
		t.Errorf("the hash of an unknown user has %+v, others %+v", got, want)
	}
}

func TestALoginGivesATokenAndTheRoles(t *testing.T) {
	o := openOffice(t, nil)
	acc := o.add(t, "An.Nguyễn", clerkHere)
	p, tok, err := o.Login(t.Context(), norm.NFD.String("an.nguyỄn "), norm.NFD.String(goodPassword), home)
	if err != nil {
		t.Fatal(err)
	}
	if p.ID != string(acc.ID) || p.Kind != Person || p.Username != "An.Nguyễn" || p.Center() != "thuan-hoa" {
		t.Errorf("the principal is %+v", p)
	}
	if len(tok) != len("ms_")+32 || tok[:3] != "ms_" {
		t.Errorf("the token is %q", tok)
	}
	got, err := o.ByToken(tok)
	if err != nil || got.ID != p.ID {
		t.Errorf("the token is of %+v, %v", got, err)
	}
	if err := o.Logout(tok); err != nil {
		t.Fatal(err)
	}
	if _, err := o.ByToken(tok); !errors.Is(err, ErrNotSignedIn) {
		t.Errorf("after the logout: %v", err)
	}
}

func TestATokenEndsAfterThirtyDays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := openOffice(t, nil)
		o.add(t, "an", clerkHere)
		_, tok, err := o.Login(t.Context(), "an", goodPassword, home)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(30*24*time.Hour - time.Second)
		if _, err := o.ByToken(tok); err != nil {
			t.Errorf("a second before: %v", err)
		}
		if acc, _ := o.AccountByName("an"); acc.Used != time.Now().UTC().Format(time.DateOnly) {
			t.Errorf("its last use was on %q", acc.Used)
		}
		time.Sleep(time.Second)
		if _, err := o.ByToken(tok); !errors.Is(err, ErrNotSignedIn) {
			t.Errorf("then: %v", err)
		}
	})
}

func TestOnlyFailedLoginsCountAndALockedAccountSaysForHowLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := openOffice(t, nil)
		o.add(t, "an", clerkHere)
		o.add(t, "ba", clerkHere)
		login := func(user, password string) error {
			_, _, err := o.Login(t.Context(), user, password, home)
			return err
		}
		for range 100 {
			if err := login("an", goodPassword); err != nil {
				t.Fatalf("a right login: %v", err)
			}
		}
		for i := range accountFailures {
			if err := login("an", "sai rồi"); !errors.Is(err, ErrLoginFailed) {
				t.Fatalf("failure %d: %v", i, err)
			}
		}
		err := login("an", goodPassword)
		if wait, ok := RetryAfter(err); !errors.Is(err, ErrLockedOut) || !ok || wait != 30*time.Second {
			t.Fatalf("the sixth login: %v, wait %v", err, wait)
		}
		if err.Error() != "too many failed logins; try again in 30s" {
			t.Errorf("it says %q", err)
		}
		if err := login("ba", goodPassword); err != nil {
			t.Errorf("another account from the same address: %v", err)
		}
		time.Sleep(29 * time.Second)
		if wait, _ := RetryAfter(login("AN", goodPassword)); wait != time.Second {
			t.Errorf("a second before its end the wait is %v", wait)
		}
		time.Sleep(time.Second)
		// Each failure after a rest doubles the next one, up to 15 minutes.
		for _, rest := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 15 * time.Minute, 15 * time.Minute} {
			if err := login("an", "sai rồi"); !errors.Is(err, ErrLoginFailed) {
				t.Fatalf("before the rest of %v: %v", rest, err)
			}
			if wait, _ := RetryAfter(login("an", goodPassword)); wait != rest {
				t.Errorf("the wait is %v, want %v", wait, rest)
			}
			time.Sleep(rest)
		}
		if err := login("an", goodPassword); err != nil {
			t.Fatalf("after the rest: %v", err)
		}
		for range accountFailures - 1 {
			if err := login("an", "sai rồi"); !errors.Is(err, ErrLoginFailed) {
				t.Fatalf("after a success the count goes on: %v", err)
			}
		}
		if err := login("an", goodPassword); err != nil {
			t.Errorf("after four failures: %v", err)
		}
	})
}

func TestFailuresAreForgottenAfterAQuietHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimits()
		for range accountFailures + 3 {
			l.fail("an", home, time.Now())
		}
		time.Sleep(time.Hour)
		l.fail("an", home, time.Now())
		if d := l.wait("an", home, time.Now()); d != 0 {
			t.Errorf("after an hour and one failure the wait is %v", d)
		}
	})
}

func TestAnAddressThatTriesManyUsersRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := openOffice(t, nil)
		o.add(t, "an", clerkHere)
		for i := range addressFailures {
			if _, _, err := o.Login(t.Context(), fmt.Sprint("user", i), goodPassword, home); !errors.Is(err, ErrLoginFailed) {
				t.Fatalf("failure %d: %v", i, err)
			}
		}
		_, _, err := o.Login(t.Context(), "an", goodPassword, home)
		if wait, _ := RetryAfter(err); !errors.Is(err, ErrLockedOut) || wait != 30*time.Second {
			t.Errorf("the next login from there: %v", err)
		}
		if _, _, err := o.Login(t.Context(), "an", goodPassword, netip.MustParseAddr("192.0.2.8")); err != nil {
			t.Errorf("a login from elsewhere: %v", err)
		}
	})
}

func TestPeopleBehindOneAddressDoNotLockItByMistyping(t *testing.T) {
	l, now := newLimits(), time.Now()
	for i := range 10 * addressFailures {
		user := fmt.Sprint("clerk", i)
		for range accountFailures - 1 {
			l.fail(user, home, now)
		}
		if d := l.wait(user, home, now); d != 0 {
			t.Fatalf("clerk %d waits %v", i, d)
		}
		l.succeed(user, home)
	}
	// But a success of one does not forgive what was tried on others.
	for i := range addressFailures {
		l.fail(fmt.Sprint("victim", i), home, now)
		l.succeed("mine", home)
	}
	if l.wait("victim", home, now) == 0 {
		t.Error("an attacker with an account of their own is never stopped")
	}
}

func TestOneHostDoesNotHaveAWholeNetworkOfTries(t *testing.T) {
	l, now := newLimits(), time.Now()
	for i := range addressFailures {
		l.fail(fmt.Sprint(i), netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 15: byte(i)}), now)
	}
	if l.wait("an", netip.MustParseAddr("2001:db8::ffff"), now) == 0 {
		t.Error("another address of the same /64 may go on")
	}
	if l.wait("an", netip.MustParseAddr("2001:db8:0:1::1"), now) != 0 {
		t.Error("the next /64 is locked too")
	}
	for i := range 2 * addressFailures {
		l.fail(fmt.Sprint(i), netip.Addr{}, now)
	}
	if l.wait("an", netip.Addr{}, now) != 0 {
		t.Error("those whose address is unknown lock each other out")
	}
}

func TestTheLimitsDoNotGrowForEver(t *testing.T) {
	l, now := newLimits(), time.Now()
	for i := range maxTracked + 100 {
		l.fail(fmt.Sprint(i), netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), now.Add(time.Duration(i)*time.Millisecond))
	}
	if len(l.accounts) > maxTracked || len(l.address) > maxTracked {
		t.Errorf("%d accounts and %d addresses are tracked", len(l.accounts), len(l.address))
	}
	if l.accounts["0"] != nil || l.accounts[fmt.Sprint(maxTracked+99)] == nil {
		t.Error("not the oldest entry went")
	}
	l.fail("late", home, now.Add(2*time.Hour))
	if len(l.accounts) != 1 {
		t.Errorf("%d quiet accounts are tracked", len(l.accounts))
	}
}

func TestABurstOfGuessesGetsNoMoreTriesThanAPatientOne(t *testing.T) {
	o := openOffice(t, nil)
	o.add(t, "an", clerkHere)
	before := o.hasher.runs.Load()
	var wg sync.WaitGroup
	for range 60 {
		wg.Go(func() {
			_, _, err := o.Login(t.Context(), "an", "đoán mò", home)
			if !errors.Is(err, ErrLoginFailed) && !errors.Is(err, ErrLockedOut) {
				t.Errorf("a guess gives %v", err)
			}
		})
	}
	wg.Wait()
	if n, most := o.hasher.runs.Load()-before, int64(accountFailures+cap(o.hasher.slots)-1); n < accountFailures || n > most {
		t.Errorf("%d guesses were tried; between %d and %d are allowed", n, accountFailures, most)
	}
}

func TestACrowdThatSignsInRightlyIsNotLockedOut(t *testing.T) {
	o := openOffice(t, nil)
	o.add(t, "an", clerkHere)
	var wg sync.WaitGroup
	for range maxWaitingLogins {
		wg.Go(func() {
			if _, _, err := o.Login(t.Context(), "an", goodPassword, home); err != nil {
				t.Errorf("login: %v", err)
			}
		})
	}
	wg.Wait()
}

func TestAnOldHashIsRenewedAtTheNextLogin(t *testing.T) {
	o := openOffice(t, nil)
	acc := o.add(t, "an", clerkHere)
	before, _ := o.store.secret(acc.ID)
	o.hasher.params.passes = 2
	_, tok, err := o.Login(t.Context(), "an", goodPassword, home)
	if err != nil {
		t.Fatal(err)
	}
	after, _ := o.store.secret(acc.ID)
	p, err := parsePHC(after.Hash)
	if err != nil || p.passes != 2 || after.Hash == before.Hash {
		t.Errorf("the hash was %s, now %s, %v", before.Hash, after.Hash, err)
	}
	if _, err := o.ByToken(tok); err != nil {
		t.Errorf("the token of that login: %v", err)
	}
	if _, _, err := o.Login(t.Context(), "an", goodPassword, home); err != nil {
		t.Errorf("the next login: %v", err)
	}
}

func TestADisabledPersonIsToldSoAfterTheRightPasswordOnly(t *testing.T) {
	o := openOffice(t, nil)
	acc := o.add(t, "an", clerkHere)
	if err := o.DisableAccount(t.Context(), acc.ID); err != nil {
		t.Fatal(err)
	}
	_, _, right := o.Login(t.Context(), "an", goodPassword, home)
	_, _, wrong := o.Login(t.Context(), "an", "sai rồi", home)
	if !errors.Is(right, ErrLoginFailed) || right.Error() == ErrLoginFailed.Message {
		t.Errorf("the right password gives %v", right)
	}
	if !errors.Is(wrong, ErrLoginFailed) || wrong.Error() != ErrLoginFailed.Message {
		t.Errorf("a wrong one gives %v", wrong)
	}
	if err := o.EnableAccount(t.Context(), acc.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := o.Login(t.Context(), "an", goodPassword, home); err != nil {
		t.Errorf("when enabled again: %v", err)
	}
}

func TestASecretWithoutAnAccountOpensNothing(t *testing.T) {
	o := openOffice(t, nil)
	o.register.fail = errors.New("the journal is away")
	if _, err := o.CreateAccount(t.Context(), NewAccount{Username: "an", Password: goodPassword, Roles: []Grant{clerkHere}}); err == nil {
		t.Fatal("the account was made without the register")
	}
	// As after a crash between the two.
	hash, err := o.hasher.make(t.Context(), goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.store.putSecret("u_lost", func(s *secret) { s.Username, s.Hash = "an", hash }); err != nil {
		t.Fatal(err)
	}
	if _, _, err := o.Login(t.Context(), "an", goodPassword, home); !errors.Is(err, ErrLoginFailed) {
		t.Errorf("login: %v", err)
	}
	o.register.fail = nil
	acc := o.add(t, "an", Grant{Role: directory.Volunteer, Center: "thuan-hoa"})
	if p, _, err := o.Login(t.Context(), "an", goodPassword, home); err != nil || p.ID != string(acc.ID) {
		t.Errorf("the name could not be taken: %+v, %v", p, err)
	}
	if _, ok := o.store.secret("u_lost"); ok {
		t.Error("the lost secret is still there")
	}
}
