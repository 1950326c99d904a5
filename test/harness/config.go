package harness

import (
	"maps"
	"os"
	"path/filepath"
	"testing"

	"go.yaml.in/yaml/v3"
)

// Map is a group of keys of the configuration.
type Map = map[string]any

// Options say how a Parley under test differs from the usual.
type Options struct {
	// Config is laid over the test's own configuration.
	Config Map
	// Flows are flow files beside the sample's, by name.
	Flows map[string]string
	// Data is the data folder; empty: one of its own.
	Data string
	// Env is added to the environment.
	Env []string
}

// config is that of a Parley under test. Every port is one that is free. The
// machine may be busy with other tests: the engines are as important as
// these, and may take their time.
func config() Map {
	patient := Map{"engine": Map{"nice": 0, "open_timeout": "30s", "start_timeout": "60s"}}
	return Map{
		"speech": Map{"pocketsphinx": patient, "flite": patient},
		"voice":  Map{"turn": Map{"final_timeout": "30s", "answer_timeout": "30s"}},
		"log":    Map{"level": "DEBUG", "format": "json"},
		"sip": Map{
			"listen": []Map{
				{"network": "udp", "address": "127.0.0.1:0"},
				{"network": "tcp", "address": "127.0.0.1:0"},
			},
			"overload": Map{"setup_delay": "0s", "cpu": 0},
		},
		"audiosocket": Map{"listen": "127.0.0.1:0"},
		"http":        Map{"listen": "127.0.0.1:0"},
	}
}

// merge lays over over base, group by group.
func merge(base, over Map) Map {
	out := maps.Clone(base)
	for k, v := range over {
		below, isMap := out[k].(Map)
		if m, ok := v.(Map); ok && isMap {
			v = merge(below, m)
		}
		out[k] = v
	}
	return out
}

// write makes the configuration's folder, with the sample flows and those of
// the options, and returns the configuration file's path.
func (o Options) write(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, sub := range []string{"flows", "knowledge"} {
		if err := os.CopyFS(filepath.Join(dir, sub), os.DirFS(filepath.Join(Root(), "etc", sub))); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range o.Flows {
		put(t, filepath.Join(dir, "flows", name+".yaml"), []byte(text))
	}
	data, err := yaml.Marshal(merge(config(), o.Config))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "parley.yaml")
	put(t, file, data)
	return file
}

func put(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Config is the path of the configuration file.
func (p *Parley) Config() string { return p.config }
