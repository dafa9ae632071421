package auth

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"moiso/internal/directory"
	"moiso/internal/queue"
)

// The table once more, the other way round, so that a slip in either is seen.
var mayDo = map[Role]string{
	directory.Kiosk:     "issue watch-kiosk merge-slips print",
	directory.Display:   "speak",
	directory.Printer:   "print",
	directory.Volunteer: "issue watch-kiosk watch-staff assist speak",
	directory.Agent:     "issue watch-kiosk watch-staff assist speak",
	directory.Clerk:     "issue watch-kiosk watch-staff assist speak serve",
	directory.Manager: "issue watch-kiosk watch-staff assist speak serve call-chosen monitor pause-issuing end-day configure report " +
		"manage-devices",
	directory.Admin: "issue watch-kiosk watch-staff assist speak serve call-chosen monitor pause-issuing end-day configure report " +
		"manage-devices manage-users manage-city confirm-clock",
}

func TestEachRoleMayDoItsOwnAndNothingElse(t *testing.T) {
	for _, role := range append(slices.Clone(directory.DeviceRoles), directory.PersonRoles...) {
		want, ok := mayDo[role]
		if !ok {
			t.Errorf("the role %s has no line", role)
		}
		p := &Principal{Roles: []Grant{{Role: role, Center: "thuan-hoa"}}}
		for _, a := range Actions() {
			if got := p.May(a, "thuan-hoa"); got != slices.Contains(strings.Fields(want), string(a)) {
				t.Errorf("a %s may %s: %v", role, a, got)
			}
			if got := p.MayAnywhere(a); got != p.May(a, "thuan-hoa") {
				t.Errorf("a %s may %s anywhere: %v", role, a, got)
			}
		}
		if p.May("fly", "thuan-hoa") {
			t.Errorf("a %s may do what is not in the table", role)
		}
	}
}

func TestAGrantReachesAsFarAsItSaysAndNoFarther(t *testing.T) {
	roles := append(slices.Clone(directory.DeviceRoles), directory.PersonRoles...)
	rapid.Check(t, func(t *rapid.T) {
		grant := rapid.Custom(func(t *rapid.T) Grant {
			return Grant{Role: rapid.SampledFrom(roles).Draw(t, "role"),
				Center: rapid.SampledFrom([]queue.CenterID{"", "a", "b"}).Draw(t, "of")}
		})
		p := &Principal{Roles: rapid.SliceOfN(grant, 0, 3).Draw(t, "roles"), Browser: rapid.SliceOfN(grant, 0, 2).Draw(t, "browser")}
		action := rapid.SampledFrom(Actions()).Draw(t, "action")
		center := rapid.SampledFrom([]queue.CenterID{"", "a", "b", "c"}).Draw(t, "centre")
		want := false
		for _, g := range append(slices.Clone(p.Roles), p.Browser...) {
			if slices.Contains(strings.Fields(mayDo[g.Role]), string(action)) {
				want = want || g.Center == "" || g.Center == center
			}
		}
		if got := p.May(action, center); got != want {
			t.Fatalf("%+v may %s in %q: %v", p, action, center, got)
		}
		ctx := With(t.Context(), p)
		who, err := Need(ctx, action, center)
		if want && (err != nil || who != p) || !want && !errors.Is(err, ErrForbidden) {
			t.Fatalf("%+v needs %s in %q: %v", p, action, center, err)
		}
	})
}

func TestSomebodyUnknownMayNothing(t *testing.T) {
	var p *Principal
	for _, a := range Actions() {
		if p.May(a, "") || p.May(a, "a") || p.MayAnywhere(a) {
			t.Errorf("somebody unknown may %s", a)
		}
		if _, err := Need(t.Context(), a, "a"); !errors.Is(err, ErrNotSignedIn) {
			t.Errorf("somebody unknown who needs %s is told %v", a, err)
		}
	}
	if p.Center() != "" || p.DeviceID() != "" || len(p.RoleNames()) != 0 {
		t.Error("somebody unknown has a centre, an id or a role")
	}
}

func TestARefusalSaysWhatIsMissing(t *testing.T) {
	for _, tc := range []struct {
		grant  Grant
		action Action
		center queue.CenterID
		want   string
	}{
		{clerkHere, Serve, "an-cuu", "your role does not reach to the centre an-cuu"},
		{clerkHere, Serve, "", "your role does not reach over the whole city"},
		{clerkHere, EndDay, "thuan-hoa", "this takes the role manager or admin"},
		{clerkHere, ConfirmClock, "", "this takes the role admin"},
		{Grant{Role: directory.Display, Center: "thuan-hoa"}, Assist, "thuan-hoa", "this takes the role volunteer, agent, clerk, manager or admin"},
	} {
		_, err := Need(With(t.Context(), &Principal{Roles: []Grant{tc.grant}}), tc.action, tc.center)
		if !errors.Is(err, ErrForbidden) || err.Error() != tc.want {
			t.Errorf("%v who needs %s in %q is told %v", tc.grant, tc.action, tc.center, err)
		}
	}
}

func TestACentreIsNamedOnlyWhenItIsTheOnlyOne(t *testing.T) {
	for _, tc := range []struct {
		roles []Grant
		want  queue.CenterID
		names string
	}{
		{[]Grant{clerkHere}, "thuan-hoa", "clerk"},
		{[]Grant{clerkHere, {Role: directory.Manager, Center: "thuan-hoa"}}, "thuan-hoa", "clerk manager"},
		{[]Grant{clerkHere, {Role: directory.Clerk, Center: "an-cuu"}}, "", "clerk"},
		{[]Grant{clerkHere, adminAll}, "", "clerk admin"},
		{nil, "", ""},
	} {
		p := &Principal{Roles: tc.roles}
		if p.Center() != tc.want || strings.Join(p.RoleNames(), " ") != tc.names {
			t.Errorf("%v: centre %q, roles %v", tc.roles, p.Center(), p.RoleNames())
		}
	}
}
