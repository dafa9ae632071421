package auth

import (
	"slices"

	"moiso/internal/directory"
)

// Action is something that takes a role.
type Action string

const (
	Issue         Action = "issue"          // give out a ticket
	MergeSlips    Action = "merge-slips"    // bring in what was given out while cut off
	WatchKiosk    Action = "watch-kiosk"    // the kiosk's view
	WatchStaff    Action = "watch-staff"    // counter and assist views, lists of tickets
	Assist        Action = "assist"         // cancel, restore, return, change service, set priority for others
	Serve         Action = "serve"          // open, pause and close a counter; call, start, finish, …
	CallOutOfTurn Action = "call-chosen"    // a chosen waiting ticket before its turn
	Print         Action = "print"          // print the slips that staff order
	Speak         Action = "speak"          // be the screen of a hall that calls aloud
	Monitor       Action = "monitor"        // the live view of the hall
	PauseIssuing  Action = "pause-issuing"  // and resume it
	EndDay        Action = "end-day"        //
	Configure     Action = "configure"      // services, counters, hours, priorities of a centre
	Report        Action = "report"         // visits and their figures
	ManageDevices Action = "manage-devices" // kiosks, screens, printers of a centre
	ManageUsers   Action = "manage-users"   // accounts and roles
	ManageCity    Action = "manage-city"    // the list of centres, the city's view
	ConfirmClock  Action = "confirm-clock"  // after a jump
)

// The whole answer to "who may": an action and the roles that allow it, where the
// grant reaches. A device or a person without a row may not.
var policy = []struct {
	Action Action
	Roles  []Role
}{
	{Issue, []Role{directory.Kiosk, directory.Volunteer, directory.Agent, directory.Clerk, directory.Manager, directory.Admin}},
	{MergeSlips, []Role{directory.Kiosk}},
	{WatchKiosk, []Role{directory.Kiosk, directory.Volunteer, directory.Agent, directory.Clerk, directory.Manager, directory.Admin}},
	{WatchStaff, []Role{directory.Volunteer, directory.Agent, directory.Clerk, directory.Manager, directory.Admin}},
	{Assist, []Role{directory.Volunteer, directory.Agent, directory.Clerk, directory.Manager, directory.Admin}},
	{Serve, []Role{directory.Clerk, directory.Manager, directory.Admin}},
	{CallOutOfTurn, []Role{directory.Manager, directory.Admin}},
	{Print, []Role{directory.Kiosk, directory.Printer}},
	{Speak, []Role{directory.Display, directory.Volunteer, directory.Agent, directory.Clerk, directory.Manager, directory.Admin}},
	{Monitor, []Role{directory.Manager, directory.Admin}},
	{PauseIssuing, []Role{directory.Manager, directory.Admin}},
	{EndDay, []Role{directory.Manager, directory.Admin}},
	{Configure, []Role{directory.Manager, directory.Admin}},
	{Report, []Role{directory.Manager, directory.Admin}},
	{ManageDevices, []Role{directory.Manager, directory.Admin}},
	{ManageUsers, []Role{directory.Admin}},
	{ManageCity, []Role{directory.Admin}},
	{ConfirmClock, []Role{directory.Admin}},
}

// Actions lists every action in the order of the table.
func Actions() []Action {
	var out []Action
	for _, row := range policy {
		out = append(out, row.Action)
	}
	return out
}

// Roles are those that allow the action; not to be changed.
func (a Action) Roles() []Role {
	if i := slices.IndexFunc(policy, func(r struct {
		Action Action
		Roles  []Role
	}) bool {
		return r.Action == a
	}); i >= 0 {
		return policy[i].Roles
	}
	return nil
}
