package auth

import (
	"errors"
	"sync"
	"testing"

	"moiso/internal/directory"
)

func TestTheFirstStartMakesALinkThatIsGoodOnce(t *testing.T) {
	o := openOffice(t, nil)
	first, err := o.SetupToken()
	if err != nil || len(first) != tokenChars {
		t.Fatalf("the token is %q, %v", first, err)
	}
	tok, err := o.SetupToken()
	if err != nil || tok == first {
		t.Fatalf("the next start's token is %q, %v", tok, err)
	}
	for _, bad := range []string{"", first, tok[1:], tok + "0"} {
		if _, err := o.CompleteSetup(t.Context(), bad, "an", goodPassword); !errors.Is(err, ErrForbidden) {
			t.Errorf("the link %q gives %v", bad, err)
		}
	}
	// What is wrong with the name or the password does not use the link up.
	if _, err := o.CompleteSetup(t.Context(), tok, "a", goodPassword); !errors.Is(err, ErrInvalid) {
		t.Errorf("a bad user name gives %v", err)
	}
	if _, err := o.CompleteSetup(t.Context(), tok, "an", "12345678"); !errors.Is(err, ErrInvalid) {
		t.Errorf("a bad password gives %v", err)
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	o.open(t, nil)
	p, err := o.CompleteSetup(t.Context(), tok, "an", goodPassword)
	if err != nil || !p.May(ManageCity, "") {
		t.Fatalf("the first administrator is %+v, %v", p, err)
	}
	if _, _, err := o.Login(t.Context(), "an", goodPassword, home); err != nil {
		t.Errorf("they sign in: %v", err)
	}
	if _, err := o.CompleteSetup(t.Context(), tok, "ba", goodPassword); !errors.Is(err, ErrForbidden) {
		t.Errorf("the link used again gives %v", err)
	}
	if tok, err := o.SetupToken(); err != nil || tok != "" {
		t.Errorf("the next start prints the link %q, %v", tok, err)
	}
}

func TestOfTwoPeopleWithTheLinkOneBecomesAdministrator(t *testing.T) {
	o := openOffice(t, nil)
	tok, err := o.SetupToken()
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	made := 0
	for _, user := range []string{"an", "ba", "chi", "dung"} {
		wg.Go(func() {
			_, err := o.CompleteSetup(t.Context(), tok, user, goodPassword)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				made++
			} else if !errors.Is(err, ErrForbidden) {
				t.Errorf("%s is told %v", user, err)
			}
		})
	}
	wg.Wait()
	if made != 1 || len(o.Accounts()) != 1 {
		t.Errorf("%d became administrator, there are %d accounts", made, len(o.Accounts()))
	}
}

func TestALinkIsNotUsedUpWhenTheRegisterFails(t *testing.T) {
	o := openOffice(t, nil)
	tok, err := o.SetupToken()
	if err != nil {
		t.Fatal(err)
	}
	away := errors.New("the journal is away")
	o.register.fail = away
	if _, err := o.CompleteSetup(t.Context(), tok, "an", goodPassword); !errors.Is(err, away) {
		t.Errorf("the failure is %v", err)
	}
	o.register.fail = nil
	if _, err := o.CompleteSetup(t.Context(), tok, "an", goodPassword); err != nil {
		t.Errorf("the second try: %v", err)
	}
}

func TestAnAdministratorMadeElsewhereClosesTheLink(t *testing.T) {
	o := openOffice(t, nil)
	tok, err := o.SetupToken()
	if err != nil {
		t.Fatal(err)
	}
	o.add(t, "an", adminAll)
	if _, err := o.CompleteSetup(t.Context(), tok, "ba", goodPassword); !errors.Is(err, ErrForbidden) {
		t.Errorf("the link gives %v", err)
	}
}

func TestTheDemoHasItsAccountAndNothingElseDoes(t *testing.T) {
	o := openOffice(t, func(o *Options) { o.Demo = true })
	for range 2 {
		if err := o.EnsureDemo(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if p, _, err := o.Login(t.Context(), "demo", "demo", home); err != nil || !p.May(ManageCity, "") {
		t.Errorf("demo is %+v, %v", p, err)
	}
	if n := len(o.register.records); n != 3 { // two centres and the account
		t.Errorf("there are %d events", n)
	}
	// A side store that was lost is made good.
	if err := o.store.erase(string(demoAccount)); err != nil {
		t.Fatal(err)
	}
	if err := o.EnsureDemo(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := o.Login(t.Context(), "demo", "demo", home); err != nil {
		t.Errorf("after the side store was lost: %v", err)
	}
	strict := openOffice(t, nil)
	if err := strict.EnsureDemo(t.Context()); !errors.Is(err, ErrForbidden) || len(strict.Accounts()) != 0 {
		t.Errorf("outside of a demo: %v", err)
	}
	if _, err := strict.CreateAccount(t.Context(), NewAccount{Username: "demo", Password: "demo", Roles: []Grant{adminAll}}); !errors.Is(err, ErrInvalid) {
		t.Errorf("outside of a demo its password is taken: %v", err)
	}
}

func TestAccountsAreListedByName(t *testing.T) {
	o := openOffice(t, nil)
	o.add(t, "chi", clerkHere)
	an := o.add(t, "An", adminAll)
	if _, err := o.CreateAccount(t.Context(), NewAccount{Username: "ba", Name: "  Lê   Ba ", Password: goodPassword, Roles: []Grant{clerkHere}}); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []NewAccount{
		{Username: "AN", Password: goodPassword, Roles: []Grant{clerkHere}},
		{Username: "dung", Password: goodPassword},
		{Username: "dung", Password: goodPassword, Roles: []Grant{{Role: directory.Kiosk}}},
		{Username: "dung", Password: goodPassword, Roles: []Grant{{Role: directory.Clerk, Center: "nowhere"}}},
		{Username: "dung", Name: "a\x00b", Password: goodPassword, Roles: []Grant{clerkHere}},
	} {
		if acc, err := o.CreateAccount(t.Context(), tc); err == nil {
			t.Errorf("%+v became %+v", tc, acc)
		}
	}
	var names string
	for _, a := range o.Accounts() {
		names += a.Username + "(" + a.Name + ") "
	}
	if names != "An() ba(Lê Ba) chi() " {
		t.Errorf("the accounts are %s", names)
	}
	if err := o.DisableAccount(t.Context(), an.ID); !errors.Is(err, directory.ErrLastAdmin) {
		t.Errorf("the last administrator was disabled: %v", err)
	}
	chi, err := o.AccountByName("CHI")
	if err != nil {
		t.Fatal(err)
	}
	if err := o.EraseAccount(t.Context(), chi.ID); err != nil {
		t.Fatal(err)
	}
	if got, err := o.Account(chi.ID); err != nil || got.Username != "" || !got.Disabled {
		t.Errorf("the erased account is %+v, %v", got, err)
	}
	if len(o.Accounts()) != 2 {
		t.Errorf("%d accounts are listed", len(o.Accounts()))
	}
	if acc := o.add(t, "chi", clerkHere); acc.ID == chi.ID {
		t.Error("the erased id came back with the name")
	}
	if err := o.SetPassword(t.Context(), chi.ID, goodPassword); !errors.Is(err, ErrNotFound) {
		t.Errorf("an erased account got a password: %v", err)
	}
}

func TestTheLogSaysWhoChangedWhat(t *testing.T) {
	o := openOffice(t, nil)
	boss, acc := o.add(t, "boss", adminAll), o.add(t, "an", clerkHere)
	ctx := With(t.Context(), &Principal{ID: string(boss.ID), Kind: Person})
	if err := o.SetPassword(ctx, acc.ID, "một mật khẩu khác"); err != nil {
		t.Fatal(err)
	}
	last := o.register.records[len(o.register.records)-1]
	if (last.Event != directory.PasswordChanged{ID: acc.ID}) || last.Actor != string(boss.ID) || last.Source != "web" {
		t.Errorf("the record is %+v", last)
	}
	if got, _ := o.Account(acc.ID); got.Password.IsZero() {
		t.Error("the account does not say when its password was changed")
	}
	away := errors.New("the journal is away")
	o.register.fail = away
	if err := o.SetPassword(ctx, acc.ID, goodPassword); !errors.Is(err, away) {
		t.Errorf("the failure is %v", err)
	}
	if _, _, err := o.Login(t.Context(), "an", goodPassword, home); !errors.Is(err, ErrLoginFailed) {
		t.Errorf("a change that is not in the log happened: %v", err)
	}
}

func TestARevokedDeviceIsNobodyAtOnce(t *testing.T) {
	o := openOffice(t, nil)
	d, tok, err := o.CreateDevice(t.Context(), directory.Printer, "thuan-hoa", "quầy 3")
	if err != nil {
		t.Fatal(err)
	}
	if len(tok) != len("msd_")+tokenChars || tok[:4] != "msd_" {
		t.Errorf("the token is %q", tok)
	}
	if err := o.RenameDevice(t.Context(), d.ID, "quầy 4"); err != nil {
		t.Fatal(err)
	}
	if p, err := o.ByToken(tok); err != nil || p.Name != "quầy 4" {
		t.Errorf("the device is %+v, %v", p, err)
	}
	if list := o.Devices("thuan-hoa"); len(list) != 1 || list[0].Used == "" || len(o.Devices("an-cuu")) != 0 || len(o.Devices("")) != 1 {
		t.Errorf("the devices are %+v", list)
	}
	if err := o.RevokeDevice(t.Context(), d.ID); err != nil {
		t.Fatal(err)
	}
	if p, err := o.ByToken(tok); !errors.Is(err, ErrNotSignedIn) {
		t.Errorf("the revoked device is %+v, %v", p, err)
	}
	if got := o.revocations(); got != string(d.ID) {
		t.Errorf("told to close the sockets of %q", got)
	}
	if err := o.RevokeDevice(t.Context(), "d_unknown"); !errors.Is(err, directory.ErrUnknownDevice) {
		t.Errorf("an unknown device: %v", err)
	}
	if _, _, err := o.CreateDevice(t.Context(), directory.Clerk, "thuan-hoa", "quầy"); err == nil {
		t.Error("a clerk is a device")
	}
}
