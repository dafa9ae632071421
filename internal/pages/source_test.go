package pages

import (
	"os"
	"testing"

	"moiso/assets"
	"moiso/internal/queue"
)

// packageFiles is this package's own source, for the locale test.
var packageFiles = os.DirFS(".")

func TestEveryRefusalOfTheDomainHasWords(t *testing.T) {
	all, err := readLocales(assets.FS)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range queue.Errors() {
		for _, lang := range Languages {
			if all[lang]["error."+string(e.Code)] == "" {
				t.Errorf("error.%s has no words in %s", e.Code, lang)
			}
		}
	}
}
