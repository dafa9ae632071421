package auth

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// openTerminal gives both ends of a pseudo-terminal.
func openTerminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { person.Close() })
	if err := unix.IoctlSetPointerInt(int(person.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(person.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { program.Close() })
	return person, program
}

func TestAPasswordTypedAtATerminalIsNotShown(t *testing.T) {
	for _, tc := range []struct{ first, second, problem string }{
		{goodPassword, goodPassword, ""},
		{goodPassword, "mèo con đen", "the two passwords differ; nothing was changed"},
	} {
		person, program := openTerminal(t)
		c := Console{Stdin: program, Stderr: program}
		type answer struct {
			password string
			err      error
		}
		done := make(chan answer, 1)
		go func() {
			pw, err := c.password(false)
			done <- answer{pw, err}
		}()
		// The person types when asked, as the screen then has echo off.
		screen := bufio.NewReader(person)
		shown := ""
		for _, line := range []string{tc.first, tc.second} {
			prompt, err := screen.ReadString(':')
			if err != nil {
				t.Fatal(err)
			}
			shown += prompt
			waitForEchoOff(t, program)
			if _, err := person.WriteString(line + "\n"); err != nil {
				t.Fatal(err)
			}
		}
		got := <-done
		rest := make([]byte, screen.Buffered())
		if _, err := screen.Read(rest); len(rest) > 0 && err != nil {
			t.Fatal(err)
		}
		shown += string(rest)
		if !strings.Contains(shown, "New password:") || !strings.Contains(shown, "Again:") || strings.Contains(shown, "mèo") {
			t.Errorf("the screen shows %q", shown)
		}
		if tc.problem == "" && (got.err != nil || got.password != tc.first) {
			t.Errorf("the password is %q, %v", got.password, got.err)
		}
		if tc.problem != "" && (got.err == nil || got.err.Error() != tc.problem) {
			t.Errorf("the error is %v, want %s", got.err, tc.problem)
		}
	}
}

// waitForEchoOff waits until the program on the other side of the terminal is
// ready: a prompt comes a moment before.
func waitForEchoOff(t *testing.T, tty *os.File) {
	t.Helper()
	for t.Context().Err() == nil {
		state, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
		if err != nil {
			t.Fatal(err)
		}
		if state.Lflag&unix.ECHO == 0 {
			return
		}
	}
}
