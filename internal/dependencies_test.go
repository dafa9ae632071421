package internal_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every module that the project asks for itself has a line that says why, and no line
// speaks of one that has gone.
func TestEveryDependencyHasItsReason(t *testing.T) {
	mod, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile("../doc/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	required := map[string]bool{}
	for line := range strings.Lines(string(mod)) {
		f := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "require "))
		if len(f) == 2 && strings.Contains(f[0], ".") && strings.HasPrefix(f[1], "v") {
			required[f[0]] = true
		}
	}
	if len(required) < 10 {
		t.Fatalf("only %d modules were found in go.mod", len(required))
	}
	named := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\| ([a-z][^|]*) \|`).FindAllStringSubmatch(string(doc), -1) {
		for _, name := range strings.Split(m[1], ", ") {
			switch {
			case name == "cdproto":
				name = "github.com/chromedp/cdproto"
			case !strings.Contains(name, "/"):
				continue // a tool or an asset
			}
			named[name] = true
		}
	}
	for name := range required {
		if !named[name] {
			t.Errorf("%s is required in go.mod and has no line in doc/dependencies.md", name)
		}
	}
	elsewhere := []string{"honnef.co/go/tools", "github.com/goreleaser/nfpm/v2"} // run, not required
	for name := range named {
		if strings.Contains(name, ".") && !required[name] && !slices.Contains(elsewhere, name) {
			t.Errorf("doc/dependencies.md gives a reason for %s, which go.mod does not require", name)
		}
	}
}
