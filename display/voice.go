package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"

	"moiso/internal/announce"
	"moiso/internal/voice"
)

// voiceHandlers answer what the page asks in order to speak: how a call is said, and
// the centre's own recordings in dir ("" for none). A folder that cannot be used is
// said once; the screen then speaks with the voice it brought along.
func voiceHandlers(dir string, log *slog.Logger) (map[string]http.Handler, error) {
	handlers := map[string]http.Handler{"GET /api/v1/voice/announcement": http.HandlerFunc(announce.ServeHTTP)}
	pack, err := voice.Default(voice.Calls)
	if err != nil {
		return nil, err
	}
	if dir != "" {
		own, err := voice.ReadRecordings(dir, pack)
		if err != nil {
			log.Warn("the screen speaks with its default voice", "error", err)
		} else {
			if w := own.Warning(pack); w != "" {
				log.Warn("some recordings are not as they should be", "folder", dir, "what", w)
			}
			pack = own.Over(pack, func(id string) string { return "/local/voice/" + voice.FileName(id) })
			handlers["GET /local/voice/{file}"] = recordings(own)
		}
	}
	handlers["GET /local/voice/index.json"] = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		_ = json.NewEncoder(w).Encode(pack) // a page that is gone needs no answer
	})
	return handlers, nil
}

// recordings serves the files that were found good, and no others.
func recordings(own *voice.Recordings) http.Handler {
	files := map[string]string{}
	for id := range own.Clips {
		files[voice.FileName(id)] = filepath.Join(own.Dir, voice.FileName(id))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, ok := files[r.PathValue("file")]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "audio/wav")
		w.Header().Set("Cache-Control", "no-cache")
		http.ServeFile(w, r, path)
	})
}

// runVoice is "display voice check DIR".
func runVoice(args []string, stdout, stderr io.Writer) int {
	f := flag.NewFlagSet("voice", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	err := f.Parse(args)
	if err != nil || f.NArg() != 2 || f.Arg(0) != "check" {
		fmt.Fprintln(stderr, "Usage: display voice check DIR\n\nSays what is wrong with a centre's own recordings: WAV files named like vi-0.wav.")
		return 2
	}
	pack, err := voice.Default(voice.Calls)
	if err == nil {
		var own *voice.Recordings
		if own, err = voice.ReadRecordings(f.Arg(1), pack); err == nil {
			return reportVoice(stdout, own, pack)
		}
	}
	fmt.Fprintf(stderr, "display: %v\n", err)
	return 1
}

// reportVoice prints what is missing or wrong, and gives 1 when anything is.
func reportVoice(w io.Writer, own *voice.Recordings, pack voice.Index) int {
	for _, id := range own.Missing {
		fmt.Fprintf(w, "missing    %-20s %s\n", voice.FileName(id), pack.Clips[id].Text)
	}
	for _, f := range own.Faults {
		kind := "to mend"
		if f.Unusable {
			kind = "left out"
		}
		fmt.Fprintf(w, "%-10s %-20s %s\n", kind, f.File, f.What)
	}
	fmt.Fprintf(w, "%d recordings can be used, %d words are missing, %d things are to be mended\n", len(own.Clips), len(own.Missing), len(own.Faults))
	if len(own.Missing)+len(own.Faults) > 0 {
		return 1
	}
	return 0
}
