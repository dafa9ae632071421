package announce

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// ServeHTTP answers GET /api/v1/voice/announcement where there is no server: a screen
// knows itself how a call is said, and says it also while it is cut off. What it is not
// asked, or asked wrongly, is as the centre has it by default.
func ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	number := func(key string) int {
		n, _ := strconv.Atoi(q.Get(key)) // 0 is the default
		return max(0, n)
	}
	yes := func(key string) bool { return q.Get(key) == "true" || q.Get(key) == "1" }
	a := Of(Call{Number: q.Get("number"), Counter: number("counter"), Again: yes("again"), Language: q.Get("language")},
		Style{Languages: strings.Split(q.Get("languages"), ","), Repeats: number("repeats"), ChimeOnly: yes("chime_only"), Waiting: number("waiting")})
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(a) // a page that is gone needs no answer
}
