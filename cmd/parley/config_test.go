package main

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const reference = "../../etc/parley.yaml"

// TestReferenceEqualsDefaults: etc/parley.yaml is the manual, so it must say
// what holds without it, and every key must stand in it.
func TestReferenceEqualsDefaults(t *testing.T) {
	l, problems := load(reference)
	for _, p := range problems {
		t.Error(p)
	}
	if l == nil {
		t.FailNow()
	}
	if want := defaults(); !reflect.DeepEqual(l.Config, want) {
		t.Errorf("the reference differs from the defaults:\n%+v\n%+v", l.Config, want)
	}
	data, err := os.ReadFile(reference)
	if err != nil {
		t.Fatal(err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	n := 0
	c := defaults()
	walk(reflect.ValueOf(&c).Elem(), "", func(key string, _ reflect.Value) {
		n++
		at := doc.Content[0]
		for _, part := range strings.Split(key, ".") {
			if at = descend(at, part); at == nil {
				t.Errorf("%s does not stand in the reference", key)
				return
			}
		}
	})
	if n < 60 {
		t.Errorf("only %d keys were looked for", n)
	}
	// The first trunk is the manual of all.
	trunk := descend(descend(descend(doc.Content[0], "sip"), "trunks"), "0]")
	walk(reflect.ValueOf(&c.SIP.Trunks[0]).Elem(), "", func(key string, _ reflect.Value) {
		at := trunk
		for _, part := range strings.Split(key, ".") {
			if at = descend(at, part); at == nil {
				t.Errorf("%s of a trunk does not stand in the reference", key)
				return
			}
		}
	})
}

// TestExamplesAreSound: what stands in etc beside other people's servers can
// be used as it is.
func TestExamplesAreSound(t *testing.T) {
	files, err := filepath.Glob("../../etc/*/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("CARRIER_PASSWORD", "x")
	for _, name := range []string{"LINE7_PASSWORD", "DEEPGRAM_API_KEY", "OPENAI_API_KEY", "AZURE_OPENAI_KEY"} {
		t.Setenv(name, "x")
	}
	n := 0
	for _, file := range files {
		if dir := filepath.Base(filepath.Dir(file)); dir == "flows" || dir == "knowledge" {
			continue
		}
		n++
		_, problems := load(file)
		for _, p := range problems {
			t.Error(p)
		}
	}
	if n < 5 {
		t.Errorf("only %d examples", n)
	}
}

// TestBadConfigurations: each file of testdata/config names, in its first
// lines, the problems that must be listed. Nothing else may be.
func TestBadConfigurations(t *testing.T) {
	files, err := filepath.Glob("../../testdata/config/*.bad.yaml")
	if err != nil || len(files) < 6 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for _, line := range strings.Split(string(data), "\n") {
				if w, ok := strings.CutPrefix(line, "# want: "); ok {
					want = append(want, w)
				}
			}
			l, problems := load(file)
			if l != nil || len(want) == 0 {
				t.Fatal("it was accepted, or wants nothing")
			}
			var got []string
			for _, p := range problems {
				s := strings.TrimPrefix(p.String(), filepath.Dir(file)+"/")
				got = append(got, strings.TrimPrefix(s, filepath.Base(file)+":"))
			}
			all := strings.Join(got, "\n")
			for _, w := range want {
				if !strings.Contains(all, w) {
					t.Errorf("want %q in:\n%s", w, all)
				}
			}
			if len(got) != len(want) {
				t.Errorf("%d problems for %d mistakes:\n%s", len(got), len(want), all)
			}
			if strings.Contains(all, "hunter2") {
				t.Error("a secret stands in a problem")
			}
		})
	}
}

func minimal(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "parley.yaml")
	text += "\nivr: {flows: [], knowledge: []}\nroutes: []\naudiosocket: {program: \"\"}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestTheEnvironmentGoesBeforeTheFile(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(secret, []byte("a-secret-of-some-length\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PARLEY_DATA", "/somewhere")
	t.Setenv("PARLEY_VOICE_TURN_BARGE_IN", "250ms")
	t.Setenv("PARLEY_SIP_LIMITS_MAX_CALLS", "7")
	t.Setenv("PARLEY_HTTP_TOKEN_FILE", secret)
	l, problems := load(minimal(t, "data: elsewhere\nvoice: {turn: {barge_in: 1s}}"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if l.Data != "/somewhere" || l.Voice.Turn.BargeIn.Milliseconds() != 250 || l.SIP.Limits.MaxCalls != 7 || l.HTTP.Token != "a-secret-of-some-length" {
		t.Errorf("data %s, barge-in %s, calls %d", l.Data, l.Voice.Turn.BargeIn, l.SIP.Limits.MaxCalls)
	}
	t.Setenv("PARLEY_SIP_LIMITS_MAX_CALLS", "hunter2")
	_, problems = load(minimal(t, ""))
	if len(problems) != 1 || problems[0].Key != "sip.limits.max_calls" || strings.Contains(problems[0].String(), "hunter2") {
		t.Errorf("problems %v", problems)
	}
}

func TestStrangeNamesOfTheEnvironmentAreWarnedOf(t *testing.T) {
	t.Setenv("PARLEY_SIP_LISTEN", "127.0.0.1:5060")
	t.Setenv("PARLEY_HTTP_LISTN", "127.0.0.1:1")
	t.Setenv("PARLEY_TOKEN", "0123456789abcdef")
	t.Setenv("PARLEY_DATA", "/somewhere")
	l, problems := load(minimal(t, ""))
	if len(problems) > 0 || len(l.warnings) != 2 ||
		!strings.Contains(l.warnings[0], "PARLEY_HTTP_LISTN means nothing: did you mean PARLEY_HTTP_LISTEN?") ||
		!strings.Contains(l.warnings[1], "PARLEY_SIP_LISTEN means nothing: lists") {
		t.Errorf("problems %v, warnings %q", problems, l.warnings)
	}
}

func TestAFileThatIsNotThere(t *testing.T) {
	_, problems := load(filepath.Join(t.TempDir(), "none.yaml"))
	if len(problems) != 1 || !strings.Contains(problems[0].String(), "the file does not exist; name the configuration with --config") {
		t.Errorf("problems %v", problems)
	}
}

// run executes a command line and returns what it printed.
func run(t *testing.T, input string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(&out)
	root.SetErr(&out)
	root.SetIn(strings.NewReader(input))
	err := root.Execute()
	return out.String(), err
}

func TestCheckCommand(t *testing.T) {
	out, err := run(t, "", "check", reference)
	if err != nil || !strings.Contains(out, "is sound: 5 routes, flows [clinic shop switchboard]") {
		t.Errorf("%q, %v", out, err)
	}
	out, err = run(t, "", "check", "../../testdata/config/values.bad.yaml")
	if err == nil || strings.Count(strings.TrimSpace(out), "\n") < 6 {
		t.Errorf("%q, %v", out, err)
	}
}

func TestTextCommand(t *testing.T) {
	out, err := run(t, "when are you open\nwhere is my order\n#12\n#4321\nno\nyes\n", "text", "shop", "--config", reference)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"robot: Welcome to the corner shop.", "robot: We are open from nine to six",
		"robot: That was not a four digit number.", "robot: Order 4321 is ready", "[tag survey value yes]", "[ends at goodbye: hangup ]",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("want %q in:\n%s", want, out)
		}
	}
	out, err = run(t, "the workshop please\nbusy\nended\n#2\n", "text", "switchboard", "--config", reference)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"[transfer to 200, bridge;", "[visit workshop by busy]", "[transfer to 201, attended;", "robot: You have talked for 0 seconds.", "[tag grade value 2]",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("want %q in:\n%s", want, out)
		}
	}
	if _, err := run(t, "", "text", "nothing", "--config", reference); err == nil || !strings.Contains(err.Error(), "there are clinic, shop") {
		t.Errorf("err %v", err)
	}
}

func TestNearestKey(t *testing.T) {
	for name, want := range map[string]string{"lisen": "listen", "Listen": "listen", "trunk": "trunks", "zzz": ""} {
		if got := nearest(name, []string{"listen", "trunks", "unknown"}); got != want {
			t.Errorf("nearest to %q is %q, want %q", name, got, want)
		}
	}
}

// TestWhatCannotStartIsNamed: a part that cannot be made ends the start with
// its reason, and leaves nothing running.
func TestWhatCannotStartIsNamed(t *testing.T) {
	l, problems := load(minimal(t, "data: /proc/nowhere"))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	p, err := newParley(t.Context(), l, newLog(l.Log))
	if p != nil || err == nil || !strings.Contains(err.Error(), "make the data folder") {
		t.Errorf("%v, %v", p, err)
	}
}
