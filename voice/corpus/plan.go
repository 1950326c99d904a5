package corpus

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"go.yaml.in/yaml/v3"
)

// Plan is what the folder of YAML files says.
type Plan struct {
	Seed       uint64
	Conditions []Condition
	Classes    []Class
	Voices     map[Part][]Voice
	Robots     map[Part]Robot
	// Texts by part, list and language.
	Texts map[Part]map[string]map[string][]string
	// Slots are what $name in a text stands for.
	Slots map[Part]map[string][]string
	// Noises and Bursts by part and name of the family.
	Noises map[Part]map[string]Family
	Bursts map[Part]map[string]Family
}

// Condition is how noisy the caller's place is.
type Condition struct {
	Name   string
	SNR    float64 // dB
	Weight int
}

// Class is one kind of scene.
type Class struct {
	Name   string
	Is     string // turn, interruption, backchannel, burst, babble, talker, noise, echo, digits, loss, silence, greeting
	Texts  string // the list that it draws from
	Phases []string
	Echo   []float64 // levels, dB below the robot
	Lossy  bool      // packets are lost
	// Expects: the flow has the text among its phrases. Slot is what it asks
	// for, if anything in particular.
	Expects bool
	Slot    string
	Who     string // in a greeting: person or machine
	Count   map[Part]int
}

// Voice is one speaker.
type Voice struct {
	Name, Program, Voice, Language string
	Pitch                          int        // of espeak-ng, 0 to 99; 0: its own
	Size                           [2]float64 // how much higher than made it is played
}

// Robot is who speaks on the other side, and what.
type Robot struct {
	Voice  Voice
	Lines  []string
	Answer string
}

// Family is one source of noise: what it is mixed of, in dB, and from which
// part of each parameter's range it draws.
type Family struct {
	Environment string
	Span        [2]float64
	Mix         map[string]float64
}

// Load reads the plan in a folder.
func Load(dir string) (*Plan, error) {
	p := &Plan{}
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%w: no *.yaml in it", fs.ErrNotExist)
	}
	if err != nil {
		return nil, fmt.Errorf("read the corpus in %s: %w", dir, err)
	}
	slices.Sort(files)
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			return nil, fmt.Errorf("read the corpus: %w", err)
		}
		d := yaml.NewDecoder(bytes.NewReader(text))
		d.KnownFields(true)
		if err := d.Decode(p); err != nil {
			return nil, fmt.Errorf("read %s: %w", f, err)
		}
	}
	return p, p.check()
}

// check finds what would leave a scene without words, voices or noises.
func (p *Plan) check() error {
	var problems []error
	bad := func(format string, args ...any) { problems = append(problems, fmt.Errorf("corpus: "+format, args...)) }
	if len(p.Conditions) == 0 || len(p.Classes) == 0 {
		bad("there are no conditions or no classes")
	}
	for _, part := range Parts {
		if len(p.Voices[part]) == 0 || len(p.Noises[part]) == 0 || len(p.Bursts[part]) == 0 || len(p.Robots[part].Lines) == 0 {
			bad("%s has no voices, noises, bursts or lines of the robot", part)
		}
		for _, c := range p.Classes {
			for lang := range p.Texts[part][c.Texts] {
				if !slices.ContainsFunc(p.Voices[part], func(v Voice) bool { return v.Language == lang }) {
					bad("%s: nobody speaks %s", part, lang)
				}
			}
			if c.Texts != "" && len(p.Texts[part][c.Texts]["en"]) == 0 {
				bad("%s: class %s has no texts %s", part, c.Name, c.Texts)
			}
		}
		for name, f := range p.Noises[part] {
			for component := range f.Mix {
				if components[component] == nil {
					bad("%s: noise %s has no component %s", part, name, component)
				}
			}
		}
		for name, f := range p.Bursts[part] {
			for burst := range f.Mix {
				if bursts[burst] == nil {
					bad("%s: burst %s is no %s", part, name, burst)
				}
			}
		}
	}
	return errors.Join(problems...)
}
