package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRouteCommand(t *testing.T) {
	file := filepath.Join(t.TempDir(), "parley.yaml")
	text := `
ivr: {flows: [], knowledge: []}
audiosocket: {program: ""}
sip:
  trunks:
    - {name: carrier, addresses: [192.0.2.1], called: {in: [{strip: "+4930", add: ""}]}}
    - {name: other, addresses: [192.0.2.2]}
periods:
  - {name: office, zone: Europe/Berlin, times: [{days: mon-fri, hours: ["09:00-17:59"]}], except: [{dates: ["12-25"]}]}
routes:
  - {called: "1*", trunk: other, echo: true}
  - {called: "1*", period: office, headers: {X-Shop: "b*"}, reject: busy}
  - {called: "1*", period: "!office", dial: other, number: {strip: "1", add: "+1"}}
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := run(t, "", "route", "-c", file, "--to", "+493012", "--from", "5", "--at", "2026-11-21T10:00:00Z")
	want := "called 12, caller 5, over carrier, Sat 2026-11-21 10:00 UTC\n" +
		"routes[0]: no: trunk \"carrier\" does not fit \"other\"\n" +
		"routes[1]: no: there is no header X-Shop\n" +
		"routes[2]: wins: dial other\n"
	if err != nil || out != want {
		t.Errorf("%v:\n%s", err, out)
	}
	out, err = run(t, "", "route", "-c", file, "--to", "12", "--header", "X-Shop=books", "--at", "2026-11-20T10:00:00+01:00", "--json")
	if err != nil || !strings.Contains(out, `"target": "reject busy"`) || !strings.Contains(out, `"X-Shop": "books"`) {
		t.Errorf("%v:\n%s", err, out)
	}
	out, err = run(t, "", "route", "-c", file, "--to", "7")
	if err == nil || !strings.Contains(out, "no route: the call gets 404") {
		t.Errorf("%v:\n%s", err, out)
	}
	for _, bad := range [][]string{{"--trunk", "none"}, {"--at", "soon"}, {"--header", "x"}} {
		if _, err := run(t, "", append([]string{"route", "-c", file, "--to", "1"}, bad...)...); err == nil || !strings.Contains(err.Error(), bad[0]) {
			t.Errorf("%v: %v", bad, err)
		}
	}
}
