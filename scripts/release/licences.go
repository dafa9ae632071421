package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// licences gathers the licence texts of all that the programs contain of others: the Go
// modules linked into them, the Go library itself, and what is vendored under assets.
func (r release) licences(ctx context.Context) ([]byte, error) {
	args := []string{"list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}\t{{.Dir}}{{end}}{{end}}"}
	for _, p := range programs {
		args = append(args, "./"+p)
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Stderr = r.root, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("list the modules: %w", err)
	}
	goroot, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return nil, err
	}
	modules := strings.Split(strings.TrimSpace(string(out)), "\n")
	modules = append(modules, "the Go standard library\t"+strings.TrimSpace(string(goroot)))
	slices.Sort(modules)
	var b bytes.Buffer
	fmt.Fprint(&b, "Mời Số contains the following works of others, each under its own licence.\n")
	for _, line := range slices.Compact(modules) {
		name, dir, _ := strings.Cut(line, "\t")
		if name == "" {
			continue
		}
		if err := texts(&b, name, dir, "LICENSE*", "LICENCE*", "COPYING*", "NOTICE*"); err != nil {
			return nil, err
		}
	}
	vendored, err := filepath.Glob(filepath.Join(r.root, "assets", "*"))
	if err != nil {
		return nil, err
	}
	for _, dir := range vendored {
		if found, err := filepath.Glob(filepath.Join(dir, "*.LICENSE")); err != nil || len(found) == 0 {
			if found, err = filepath.Glob(filepath.Join(dir, "OFL.txt")); err != nil || len(found) == 0 {
				continue
			}
		}
		if err := texts(&b, "assets/"+filepath.Base(dir), dir, "*.LICENSE", "OFL.txt"); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

// texts appends the files of a folder that match. A work without a licence text is not
// handed out.
func texts(b *bytes.Buffer, name, dir string, patterns ...string) error {
	n := 0
	for _, p := range patterns {
		files, err := filepath.Glob(filepath.Join(dir, p))
		if err != nil {
			return err
		}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				continue // a folder of that name
			}
			n++
			fmt.Fprintf(b, "\n%s\n%s: %s\n\n%s\n", strings.Repeat("=", 78), name, filepath.Base(f), bytes.TrimSpace(text))
		}
	}
	if n == 0 {
		return fmt.Errorf("%s has no licence text in %s", name, filepath.Base(dir))
	}
	return nil
}
