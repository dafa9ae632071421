package directory

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"moiso/internal/queue"
)

var noon = time.Date(2025, 7, 14, 5, 0, 0, 0, time.UTC)

func vi(s string) queue.Text { return queue.Text{VI: s} }

// after gives the state after events.
func after(events ...Event) *State {
	s := New()
	for _, e := range events {
		s.Apply(Record{At: noon, Event: e})
	}
	return s
}

func TestCommands(t *testing.T) {
	hoa := CenterAdded{ID: "thuan-hoa", Name: vi("Trung tâm"), Short: vi("phường")}
	admin := AccountAdded{ID: "u_admin", Roles: []Grant{{Role: Admin}}}
	clerk := AccountAdded{ID: "u_clerk", Roles: []Grant{{Role: Clerk, Center: "thuan-hoa"}}}
	kiosk := DeviceAdded{ID: "d_kiosk", Role: Kiosk, Center: "thuan-hoa", Place: "sảnh"}
	for _, tc := range []struct {
		name  string
		given []Event
		when  Command
		then  []Event
		err   error
	}{
		{"a centre is added", nil, AddCenter{ID: "thuan-hoa", Name: vi("Trung tâm"), Short: vi("phường")}, []Event{hoa}, nil},
		{"a centre's id is taken", []Event{hoa}, AddCenter{ID: "thuan-hoa", Name: vi("a"), Short: vi("b")}, nil, ErrIDTaken},
		{"a centre's id is malformed", nil, AddCenter{ID: "Thuận Hóa", Name: vi("a"), Short: vi("b")}, nil, ErrInvalid},
		{"a centre has no name", nil, AddCenter{ID: "a", Short: vi("b")}, nil, ErrInvalid},
		{"a centre has no short name", nil, AddCenter{ID: "a", Name: vi("b"), Short: vi(" ")}, nil, ErrInvalid},
		{"a centre is renamed", []Event{hoa}, UpdateCenter{ID: "thuan-hoa", Name: vi("x"), Short: vi("y"), Order: 3},
			[]Event{CenterUpdated{ID: "thuan-hoa", Name: vi("x"), Short: vi("y"), Order: 3}}, nil},
		{"a centre is renamed to what it is called", []Event{hoa}, UpdateCenter{ID: "thuan-hoa", Name: vi("Trung tâm"), Short: vi("phường")}, nil, nil},
		{"an unknown centre is renamed", []Event{hoa}, UpdateCenter{ID: "an-cuu", Name: vi("x"), Short: vi("y")}, nil, ErrUnknownCenter},
		{"a centre is disabled", []Event{hoa}, DisableCenter{"thuan-hoa"}, []Event{CenterDisabled{"thuan-hoa"}}, nil},
		{"a centre is disabled twice", []Event{hoa, CenterDisabled{"thuan-hoa"}}, DisableCenter{"thuan-hoa"}, nil, nil},
		{"a centre comes back", []Event{hoa, CenterDisabled{"thuan-hoa"}}, EnableCenter{"thuan-hoa"}, []Event{CenterEnabled{"thuan-hoa"}}, nil},
		{"an unknown centre is disabled", nil, DisableCenter{"thuan-hoa"}, nil, ErrUnknownCenter},

		{"an account is added", []Event{hoa}, AddAccount{ID: "u_clerk", Roles: []Grant{{Role: Clerk, Center: "thuan-hoa"}}}, []Event{clerk}, nil},
		{"an account's id is taken", []Event{hoa, clerk}, AddAccount{ID: "u_clerk", Roles: []Grant{{Role: Admin}}}, nil, ErrIDTaken},
		{"an account's id is malformed", nil, AddAccount{ID: "U 1", Roles: []Grant{{Role: Admin}}}, nil, ErrInvalid},
		{"an account has no role", nil, AddAccount{ID: "u_1"}, nil, ErrInvalid},
		{"an account has a device's role", nil, AddAccount{ID: "u_1", Roles: []Grant{{Role: Kiosk}}}, nil, ErrInvalid},
		{"an account has a role twice", nil, AddAccount{ID: "u_1", Roles: []Grant{{Role: Clerk}, {Role: Clerk}}}, nil, ErrInvalid},
		{"an account's centre is unknown", nil, AddAccount{ID: "u_1", Roles: []Grant{{Role: Clerk, Center: "thuan-hoa"}}}, nil, ErrUnknownCenter},
		{"an administrator of one centre", []Event{hoa}, AddAccount{ID: "u_1", Roles: []Grant{{Role: Admin, Center: "thuan-hoa"}}}, nil, ErrInvalid},
		{"roles are set", []Event{hoa, admin, clerk}, SetRoles{ID: "u_clerk", Roles: []Grant{{Role: Manager}}},
			[]Event{RolesSet{ID: "u_clerk", Roles: []Grant{{Role: Manager}}}}, nil},
		{"roles are set to what they are", []Event{hoa, admin}, SetRoles{ID: "u_admin", Roles: []Grant{{Role: Admin}}}, nil, nil},
		{"the last administrator gives up", []Event{hoa, admin, clerk}, SetRoles{ID: "u_admin", Roles: []Grant{{Role: Clerk}}}, nil, ErrLastAdmin},
		{"the last administrator is disabled", []Event{admin}, DisableAccount{"u_admin"}, nil, ErrLastAdmin},
		{"one of two administrators is disabled", []Event{admin, AccountAdded{ID: "u_2", Roles: []Grant{{Role: Admin}}}},
			DisableAccount{"u_2"}, []Event{AccountDisabled{"u_2"}}, nil},
		{"a disabled administrator does not count", []Event{admin, AccountAdded{ID: "u_2", Roles: []Grant{{Role: Admin}}}, AccountDisabled{"u_2"}},
			DisableAccount{"u_admin"}, nil, ErrLastAdmin},
		{"a disabled account is disabled", []Event{hoa, clerk, AccountDisabled{"u_clerk"}}, DisableAccount{"u_clerk"}, nil, nil},
		{"an account comes back", []Event{hoa, clerk, AccountDisabled{"u_clerk"}}, EnableAccount{"u_clerk"}, []Event{AccountEnabled{"u_clerk"}}, nil},
		{"an enabled account is enabled", []Event{hoa, clerk}, EnableAccount{"u_clerk"}, nil, nil},
		{"an unknown account is disabled", nil, DisableAccount{"u_x"}, nil, ErrUnknownAccount},
		{"an unknown account is enabled", nil, EnableAccount{"u_x"}, nil, ErrUnknownAccount},
		{"an unknown account gets roles", nil, SetRoles{ID: "u_x", Roles: []Grant{{Role: Admin}}}, nil, ErrUnknownAccount},
		{"a password is changed", []Event{hoa, clerk}, ChangePassword{"u_clerk"}, []Event{PasswordChanged{"u_clerk"}}, nil},
		{"an unknown password is changed", nil, ChangePassword{"u_x"}, nil, ErrUnknownAccount},

		{"a device is added", []Event{hoa}, AddDevice{ID: "d_kiosk", Role: Kiosk, Center: "thuan-hoa", Place: "sảnh"}, []Event{kiosk}, nil},
		{"a device's id is taken", []Event{hoa, kiosk}, AddDevice{ID: "d_kiosk", Role: Kiosk, Center: "thuan-hoa", Place: "sảnh"}, nil, ErrIDTaken},
		{"a device's id is malformed", []Event{hoa}, AddDevice{ID: "-", Role: Kiosk, Center: "thuan-hoa", Place: "sảnh"}, nil, ErrInvalid},
		{"a device has a person's role", []Event{hoa}, AddDevice{ID: "d_1", Role: Clerk, Center: "thuan-hoa", Place: "sảnh"}, nil, ErrInvalid},
		{"a device of no centre", []Event{hoa}, AddDevice{ID: "d_1", Role: Kiosk, Place: "sảnh"}, nil, ErrUnknownCenter},
		{"a device stands nowhere", []Event{hoa}, AddDevice{ID: "d_1", Role: Kiosk, Center: "thuan-hoa", Place: " "}, nil, ErrInvalid},
		{"a place of two lines", []Event{hoa, kiosk}, RenameDevice{ID: "d_kiosk", Place: "a\nb"}, nil, ErrInvalid},
		{"a place too long", []Event{hoa, kiosk}, RenameDevice{ID: "d_kiosk", Place: strings.Repeat("ả", 81)}, nil, ErrInvalid},
		{"a device is moved", []Event{hoa, kiosk}, RenameDevice{ID: "d_kiosk", Place: "cửa"}, []Event{DeviceRenamed{ID: "d_kiosk", Place: "cửa"}}, nil},
		{"a device is moved to where it stands", []Event{hoa, kiosk}, RenameDevice{ID: "d_kiosk", Place: "sảnh"}, nil, nil},
		{"an unknown device is moved", nil, RenameDevice{ID: "d_x", Place: "cửa"}, nil, ErrUnknownDevice},
		{"a device is revoked", []Event{hoa, kiosk}, RevokeDevice{ID: "d_kiosk"}, []Event{DeviceRevoked{ID: "d_kiosk"}}, nil},
		{"a device is revoked twice", []Event{hoa, kiosk, DeviceRevoked{ID: "d_kiosk"}}, RevokeDevice{ID: "d_kiosk"}, nil, nil},
		{"a device never came for its credential", []Event{hoa, kiosk}, RevokeDevice{ID: "d_kiosk", Unused: true}, []Event{DeviceRevoked{ID: "d_kiosk", Unused: true}}, nil},
		{"an unknown device is revoked", nil, RevokeDevice{ID: "d_x"}, nil, ErrUnknownDevice},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, want := after(tc.given...), after(tc.given...)
			records, err := Decide(s, tc.when, Meta{Now: noon, Actor: "u_0", Source: "web"})
			if !errors.Is(err, tc.err) {
				t.Fatalf("error %v, want %v", err, tc.err)
			}
			var got []Event
			for _, r := range records {
				got = append(got, r.Event)
				want.Apply(r)
				if r.Actor != "u_0" || r.Source != "web" || r.Day != "2025-07-14" || !r.At.Equal(noon) {
					t.Errorf("the envelope is %+v", r)
				}
			}
			if !reflect.DeepEqual(got, tc.then) {
				t.Errorf("events %+v, want %+v", got, tc.then)
			}
			if !reflect.DeepEqual(s, want) {
				t.Errorf("the state is %+v, its events make %+v", s, want)
			}
		})
	}
}

func TestAnUnknownCentreIsAnsweredWithThoseNearIt(t *testing.T) {
	var given []Event
	for _, id := range []queue.CenterID{"a-luoi", "an-cuu", "phu-xuan", "thuan-an", "vy-da"} {
		given = append(given, CenterAdded{ID: id, Name: vi("x"), Short: vi("y")})
	}
	_, err := Decide(after(given...), DisableCenter{"phu-xuam"}, Meta{Now: noon})
	var e *Error
	if !errors.As(err, &e) || !strings.Contains(e.Message, "an-cuu, phu-xuan and thuan-an") {
		t.Errorf("error %v with %v", err, e.Detail)
	}
	_, err = Decide(New(), DisableCenter{"phu-xuam"}, Meta{Now: noon})
	if !errors.As(err, &e) || e.Message != `there is no centre "phu-xuam"` {
		t.Errorf("error of an empty city: %v", err)
	}
}

func TestListsFollowTheCitysOrder(t *testing.T) {
	s := after(CenterAdded{ID: "b", Order: 2}, CenterAdded{ID: "c", Order: 1}, CenterAdded{ID: "a", Order: 3}, CenterDisabled{"a"})
	var got []queue.CenterID
	for _, c := range s.ActiveCenters() {
		got = append(got, c.ID)
	}
	if !reflect.DeepEqual(got, []queue.CenterID{"c", "b"}) {
		t.Errorf("the centres are %v", got)
	}
}

func TestTheStampNeverGoesBack(t *testing.T) {
	s := after(CenterAdded{ID: "a"})
	records, err := Decide(s, DisableCenter{"a"}, Meta{Now: noon.Add(-time.Hour)})
	if err != nil || len(records) != 1 || !records[0].At.Equal(noon) {
		t.Errorf("records %+v, %v", records, err)
	}
}

func TestACloneIsNotTouchedByLaterEvents(t *testing.T) {
	s := after(CenterAdded{ID: "a"}, AccountAdded{ID: "u_1", Roles: []Grant{{Role: Clerk}}}, DeviceAdded{ID: "d_1"})
	c := s.Clone()
	before := fmt.Sprintf("%+v", c)
	for _, e := range []Event{CenterUpdated{ID: "a", Order: 9}, RolesSet{ID: "u_1", Roles: []Grant{{Role: Admin}}}, AccountDisabled{"u_1"},
		DeviceRevoked{ID: "d_1"}, CenterAdded{ID: "0"}, AccountAdded{ID: "u_0"}, DeviceAdded{ID: "d_0"}} {
		s.Apply(Record{At: noon.Add(time.Hour), Event: e})
	}
	if now := fmt.Sprintf("%+v", c); now != before {
		t.Errorf("the clone was\n%s, now\n%s", before, now)
	}
}

// anyCommand draws from few ids, so that commands meet each other.
func anyCommand(t *rapid.T) Command {
	center := rapid.SampledFrom([]queue.CenterID{"a", "b", "", "No"}).Draw(t, "center")
	account := AccountID(rapid.SampledFrom([]string{"u_1", "u_2", "u_3", "?"}).Draw(t, "account"))
	device := DeviceID(rapid.SampledFrom([]string{"d_1", "d_2", ""}).Draw(t, "device"))
	role := rapid.SampledFrom(append(PersonRoles, DeviceRoles...))
	grants := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Grant {
		return Grant{Role: role.Draw(t, "role"), Center: rapid.SampledFrom([]queue.CenterID{"", "", "a", "b"}).Draw(t, "where")}
	}), 0, 2).Draw(t, "grants")
	text := queue.Text{VI: rapid.SampledFrom([]string{"", "một", "hai"}).Draw(t, "text")}
	return rapid.SampledFrom([]Command{
		AddCenter{ID: center, Name: text, Short: text}, UpdateCenter{ID: center, Name: text, Short: text, Order: 1},
		DisableCenter{center}, EnableCenter{center},
		AddAccount{ID: account, Roles: grants}, SetRoles{ID: account, Roles: grants}, DisableAccount{account}, EnableAccount{account},
		ChangePassword{account}, AddDevice{ID: device, Role: role.Draw(t, "device role"), Center: center, Place: text.VI},
		RenameDevice{ID: device, Place: text.VI}, RevokeDevice{ID: device},
	}).Draw(t, "command")
}

func TestReplayGivesTheLiveState(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		live, now := New(), noon
		var log [][]byte
		hadAdmin := false
		for _, c := range rapid.SliceOfN(rapid.Custom(anyCommand), 1, 60).Draw(t, "commands") {
			now = now.Add(time.Duration(rapid.IntRange(-5, 60).Draw(t, "s")) * time.Second)
			before, err := live.Snapshot()
			if err != nil {
				t.Fatal(err)
			}
			records, err := Decide(live, c, Meta{Now: now})
			if err != nil {
				if len(records) > 0 {
					t.Fatalf("%+v was refused and made records", c)
				}
				if b, _ := live.Snapshot(); string(b) != string(before) {
					t.Fatalf("%+v was refused and changed the state", c)
				}
			}
			for _, r := range records {
				b, err := EncodeRecord(r)
				if err != nil {
					t.Fatal(err)
				}
				log = append(log, b)
			}
			if hadAdmin && !live.HasAdmin() {
				t.Fatalf("%+v took the last administrator away", c)
			}
			hadAdmin = live.HasAdmin()
		}
		replay := New()
		for _, b := range log {
			r, err := DecodeRecord(b)
			if err != nil {
				t.Fatal(err)
			}
			replay.Apply(r)
		}
		want, err := live.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := replay.Snapshot(); string(got) != string(want) {
			t.Fatalf("replay gives\n%s, live is\n%s", got, want)
		}
		back, err := Restore(want)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := back.Snapshot(); string(got) != string(want) {
			t.Fatalf("restored\n%s from\n%s", got, want)
		}
	})
}
