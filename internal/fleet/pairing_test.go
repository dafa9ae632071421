package fleet_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"moiso/internal/fleet"
)

var office = netip.MustParseAddr("192.0.2.7")

func begin(t *testing.T, p *fleet.Pairing) fleet.Offer {
	t.Helper()
	o, _, err := p.Begin("kiosk", "1.0", office)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestACodeLetsOneDeviceInAndItsSecretAloneReceivesTheCredential(t *testing.T) {
	var p fleet.Pairing
	o, other := begin(t, &p), begin(t, &p)
	if len(o.Code) != fleet.CodeLength || strings.Trim(o.Code, fleet.Alphabet) != "" || o.Code == other.Code || o.Secret == other.Secret {
		t.Fatalf("offers are %+v and %+v", o, other)
	}
	if _, g, err := p.Poll(o.Secret); g != nil || err != nil {
		t.Errorf("before the approval: %v %v", g, err)
	}
	got, _, err := p.Take(strings.ToLower(o.Code[:3])+"-"+o.Code[3:]+" ", "lan")
	if err != nil || got.Secret != o.Secret || got.Role != "kiosk" {
		t.Fatalf("taken is %+v, %v", got, err)
	}
	if _, _, err := p.Take(o.Code, "hoa"); !errors.Is(err, fleet.ErrWrongCode) {
		t.Errorf("two approve one device: %v", err)
	}
	p.Leave(got)
	if got, _, err = p.Take(o.Code, "lan"); err != nil {
		t.Fatal(err)
	}
	p.Approve(got, fleet.Grant{Token: "T", Device: "d_1"})
	for range 2 { // an answer can be lost on its way
		if _, g, err := p.Poll(o.Secret); err != nil || g == nil || g.Token != "T" {
			t.Errorf("after the approval: %v %v", g, err)
		}
	}
	for _, s := range []string{other.Secret, o.Code, ""} {
		if _, g, _ := p.Poll(s); g != nil {
			t.Errorf("%q received %v", s, g)
		}
	}
	if _, _, err := p.Take(o.Code, "lan"); !errors.Is(err, fleet.ErrWrongCode) {
		t.Errorf("a code was used twice: %v", err)
	}
}

func TestACodeEndsAfterTenMinutesAndACredentialThatNobodyFetchesAfterTwo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p fleet.Pairing
		o := begin(t, &p)
		time.Sleep(fleet.CodeLife - time.Second)
		if _, _, err := p.Poll(o.Secret); err != nil {
			t.Errorf("before its end: %v", err)
		}
		late := begin(t, &p)
		time.Sleep(2 * time.Second)
		if _, _, err := p.Poll(o.Secret); !errors.Is(err, fleet.ErrPairingOver) {
			t.Errorf("after its end: %v", err)
		}
		if _, _, err := p.Take(o.Code, "lan"); !errors.Is(err, fleet.ErrWrongCode) {
			t.Errorf("the old code: %v", err)
		}
		got, _, err := p.Take(late.Code, "lan")
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(fleet.CodeLife) // whoever approves has a slow disk
		p.Approve(got, fleet.Grant{Token: "T"})
		if _, g, err := p.Poll(late.Secret); err != nil || g == nil {
			t.Errorf("the approved device: %v %v", g, err)
		}
		time.Sleep(fleet.GrantLife)
		if _, g, err := p.Poll(late.Secret); g != nil || !errors.Is(err, fleet.ErrPairingOver) {
			t.Errorf("after the credential's time: %v %v", g, err)
		}
		if p.Waiting() != 0 {
			t.Errorf("%d are kept", p.Waiting())
		}
	})
}

func TestWhoTriesCodesIsStoppedAndARightOneCountsForNothingThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p fleet.Pairing
		o := begin(t, &p)
		for i := range 10 {
			if _, _, err := p.Take("AAAAA3", "mallory"); !errors.Is(err, fleet.ErrWrongCode) {
				t.Fatalf("attempt %d: %v", i, err)
			}
		}
		_, wait, err := p.Take(o.Code, "mallory")
		if !errors.Is(err, fleet.ErrTooMany) || wait <= 0 || wait > time.Minute {
			t.Errorf("the eleventh: %v, wait %v", err, wait)
		}
		if _, _, err := p.Take(o.Code, "lan"); err != nil {
			t.Errorf("somebody else: %v", err)
		}
		p.Leave(o)
		time.Sleep(wait)
		if _, _, err := p.Take(o.Code, "mallory"); err != nil {
			t.Errorf("after the wait: %v", err)
		}
	})
}

func TestOneAddressBeginsSoManyPairingsAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p fleet.Pairing
		six := netip.MustParseAddr("2001:db8::1")
		var wait time.Duration
		var err error
		for n := 0; err == nil; n++ {
			if n > 100 {
				t.Fatal("there is no limit")
			}
			_, wait, err = p.Begin("kiosk", "", six)
			six = six.Next() // another address of one network is the same
		}
		if !errors.Is(err, fleet.ErrTooMany) || wait <= 0 {
			t.Errorf("refused with %v, wait %v", err, wait)
		}
		begin(t, &p) // somebody else
		time.Sleep(wait)
		if _, _, err := p.Begin("kiosk", "", six); err != nil {
			t.Errorf("after the wait: %v", err)
		}
	})
}
