package ivr

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"

	"parley/ivr/agent"
	"parley/ivr/flow"
)

// Config says where flows and knowledge bases are. Patterns are those of
// filepath.Match, relative to the configuration file's folder.
type Config struct {
	Flows     []string `yaml:"flows"`
	Knowledge []string `yaml:"knowledge"`
	// Agent bounds what language models do.
	Agent agent.Config `yaml:"agent"`
}

// Defaults returns the folders of the sample configuration.
func Defaults() Config {
	return Config{Flows: []string{"flows/*.yaml"}, Knowledge: []string{"knowledge/*.yaml"}, Agent: agent.Defaults()}
}

// Validate reports patterns that cannot be understood, and limits of agents
// that cannot be.
func (c Config) Validate(report func(key, problem, remedy string)) {
	c.Agent.Validate(func(key, problem, remedy string) { report("agent."+key, problem, remedy) })
	for key, patterns := range map[string][]string{"flows": c.Flows, "knowledge": c.Knowledge} {
		for i, p := range patterns {
			if _, err := filepath.Match(p, ""); err != nil {
				report(fmt.Sprintf("%s[%d]", key, i), fmt.Sprintf("%q is not a pattern", p), "use * and ? and [a-z], see filepath.Match")
			}
		}
	}
}

// Library holds the flows that can be used. It does not change.
type Library struct {
	flows map[string]*flow.Flow
}

// Problem is a mistake in one of the files.
type Problem struct {
	File string
	flow.Problem
}

func (p Problem) String() string { return p.File + ": " + p.Problem.String() }

// Load reads every flow and knowledge base below dir. It returns the flows
// that are sound and all problems of those that are not. The world's bases are
// those that it reads.
func Load(dir string, c Config, w flow.World) (*Library, []Problem) {
	l := &Library{flows: map[string]*flow.Flow{}}
	var problems []Problem
	bases := map[string]*flow.Base{}
	w.Bases = bases
	w.Templates = agent.Templates()
	read(dir, c.Knowledge, &problems, func(file string, data []byte) []flow.Problem {
		b, ps := flow.ParseBase(data)
		if b != nil {
			if bases[b.Name] != nil {
				return []flow.Problem{{Line: 1, Text: fmt.Sprintf("there are two knowledge bases named %q", b.Name), Remedy: "rename one of them"}}
			}
			bases[b.Name] = b
		}
		return ps
	})
	read(dir, c.Flows, &problems, func(file string, data []byte) []flow.Problem {
		f, ps := flow.Parse(data, w)
		if f != nil {
			if l.flows[f.Name] != nil {
				return []flow.Problem{{Line: 1, Text: fmt.Sprintf("there are two flows named %q", f.Name), Remedy: "rename one of them"}}
			}
			l.flows[f.Name] = f
		}
		return ps
	})
	return l, problems
}

// read gives every file that a pattern names to parse.
func read(dir string, patterns []string, problems *[]Problem, parse func(string, []byte) []flow.Problem) {
	add := func(file string, ps ...flow.Problem) {
		for _, p := range ps {
			*problems = append(*problems, Problem{File: file, Problem: p})
		}
	}
	for _, p := range patterns {
		if !filepath.IsAbs(p) {
			p = filepath.Join(dir, p)
		}
		files, _ := filepath.Glob(p) // Validate has checked the pattern
		if len(files) == 0 {
			add(p, flow.Problem{Line: 1, Text: "no file is named so", Remedy: "correct the path or remove it from the configuration"})
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				add(file, flow.Problem{Line: 1, Text: err.Error(), Remedy: "make the file readable"})
				continue
			}
			add(file, parse(file, data)...)
		}
	}
}

// Flow returns the flow of that name, nil if there is none.
func (l *Library) Flow(name string) *flow.Flow { return l.flows[name] }

// Names lists the flows in order.
func (l *Library) Names() []string {
	names := make([]string, 0, len(l.flows))
	for name := range l.flows {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}
