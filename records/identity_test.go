package records

import (
	"encoding/json"
	"strings"
	"testing"

	"parley/call"
)

// TestTheRecordSaysWhoReallyCalled, and nothing where nothing was said.
func TestTheRecordSaysWhoReallyCalled(t *testing.T) {
	info := call.Info{ID: "1", Headers: map[string]string{"X-Shop": "7"}, Identity: call.Identity{
		Asserted: []string{"<sip:+49301@pbx>"}, Privacy: []string{"id"},
		Diversions: []call.Diversion{{Number: "200", Reason: "no-answer"}},
		Signed:     []call.Passport{{Attest: "A", Verdict: "unverified: claims agree"}},
	}}
	for _, c := range []struct {
		info call.Info
		want bool
	}{{info, true}, {call.Info{ID: "1"}, false}} {
		data, err := json.Marshal(Build(c.info, nil))
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{`"headers":{"X-Shop":"7"}`, `"asserted":["`, `"privacy":["id"]`, `"reason":"no-answer"`, `"verdict":"unverified: claims agree"`} {
			if strings.Contains(string(data), part) != c.want {
				t.Errorf("%s in the record: %v\n%s", part, !c.want, data)
			}
		}
	}
}
