// Package version names the build of a program, from what the Go toolchain stamps
// into it. The three programs of one release carry the same.
package version

import (
	"fmt"
	"io"
	"runtime/debug"
)

// String is the module's version, the commit, or both: "v0.1.0 1a2b3c4d5e6f".
func String() string {
	v, commit, _, dirty := build()
	if commit == "" {
		return v
	}
	commit = commit[:min(len(commit), 12)]
	if dirty {
		commit += "+changes"
	}
	if v == "" || v == "(devel)" {
		return commit
	}
	return v + " " + commit
}

func build() (version, commit, date string, dirty bool) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown", "", "", false
	}
	version = info.Main.Version
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			commit = s.Value
		case "vcs.time":
			date = s.Value
		case "vcs.modified":
			dirty = s.Value == "true"
		}
	}
	return version, commit, date, dirty
}

// Print writes version, commit and date for a person.
func Print(w io.Writer, program string) {
	v, commit, date, dirty := build()
	fmt.Fprintf(w, "moiso %s %s\n", program, v)
	if commit == "" {
		fmt.Fprintln(w, "built outside of a repository")
		return
	}
	note := ""
	if dirty {
		note = " with uncommitted changes"
	}
	fmt.Fprintf(w, "commit %s%s\ndate %s\n", commit, note, date)
}
