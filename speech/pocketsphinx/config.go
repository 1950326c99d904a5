package pocketsphinx

import (
	"fmt"
	"os"
	"path/filepath"

	"parley/speech/engine"
)

// Config of the embedded recogniser.
type Config struct {
	// Model is the folder of the English model: en-us (acoustic),
	// cmudict-en-us.dict and, for free form, en-us.lm.bin.
	Model string `yaml:"model"`
	// FreeForm loads the n-gram model: 35 MB more per child, and 30 MB per
	// decoder that has used it. Without it only closed hints are understood.
	FreeForm bool `yaml:"free_form"`
	// Reject is the acoustic score per frame below which a phrase of a
	// grammar counts as something else. 0 is a perfect match; phrases said
	// plainly lie above -27, others mostly below -38.
	Reject float64 `yaml:"reject"`
	// Engine bounds the child processes. Engine.Works is also the number of
	// warm decoders in each, 28 MB apiece.
	Engine engine.Config `yaml:"engine"`
}

// Defaults understand eight callers at once on a machine of two cores.
func Defaults() Config {
	return Config{Model: "/usr/share/pocketsphinx/model/en-us", FreeForm: true, Reject: -36, Engine: engine.Defaults()}
}

// Validate reports settings that cannot work, missing model files too.
func (c Config) Validate(report func(key, problem, remedy string)) {
	if c.Reject > -5 || c.Reject < -200 {
		report("reject", fmt.Sprintf("%g is outside -200 to -5", c.Reject), "use -36")
	}
	for _, name := range c.files().all() {
		if _, err := os.Stat(name); err != nil {
			report("model", err.Error(), "apt-get install pocketsphinx-en-us, or name the folder of another model")
			break
		}
	}
	c.Engine.Validate(func(key, problem, remedy string) { report("engine."+key, problem, remedy) })
}

// modelFiles are the paths that a decoder is set up from.
type modelFiles struct {
	Acoustic, Dictionary string
	Language             string // empty: grammars only
}

func (c Config) files() modelFiles {
	m := modelFiles{
		Acoustic:   filepath.Join(c.Model, "en-us"),
		Dictionary: filepath.Join(c.Model, "cmudict-en-us.dict"),
	}
	if c.FreeForm {
		m.Language = filepath.Join(c.Model, "en-us.lm.bin")
	}
	return m
}

func (m modelFiles) all() []string {
	names := []string{m.Acoustic, m.Dictionary}
	if m.Language != "" {
		names = append(names, m.Language)
	}
	return names
}
