package main

import (
	"bytes"
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/viper"
	"go.yaml.in/yaml/v3"

	"parley/ivr"
	"parley/ivr/agent"
)

// Problem is one mistake in the configuration or in a file that it names.
type Problem struct {
	File, Key       string
	Line            int // 0: the key is not in the file
	Problem, Remedy string
}

func (p Problem) String() string {
	s := p.File
	if p.Line > 0 {
		s += ":" + strconv.Itoa(p.Line)
	}
	if p.Key != "" {
		s += ": " + p.Key
	}
	return s + ": " + p.Problem + "; " + p.Remedy
}

// loaded is a configuration that can be used, and the flows that it names.
type loaded struct {
	Config
	file     string
	library  *ivr.Library
	agent    *agent.Agent
	warnings []string
}

// dir is the folder that relative paths of the file start from.
func (l *loaded) dir() string { return filepath.Dir(l.file) }

// places are where the configuration is looked for if none is named.
var places = []string{"etc/parley.yaml", "/etc/parley/parley.yaml"}

// load reads the configuration file (or the first of places), the
// environment and the flows. It returns what can be used or every problem.
func load(file string) (*loaded, []Problem) {
	if file == "" {
		file = places[0]
		for _, p := range places {
			if _, err := os.Stat(p); err == nil {
				file = p
				break
			}
		}
	}
	l := &loaded{Config: defaults(), file: file}
	data, err := os.ReadFile(file)
	if err != nil {
		reason := err.Error()
		if errors.Is(err, fs.ErrNotExist) {
			reason = "the file does not exist"
		}
		return nil, []Problem{{File: file, Problem: reason, Remedy: "name the configuration with --config"}}
	}
	p := parsed{file: file}
	if !p.read(data, &l.Config) {
		return nil, p.problems
	}
	p.environment(&l.Config)
	l.warnings = p.warnings
	var flows []ivr.Problem
	l.library, flows = ivr.Load(l.dir(), l.IVR, l.world())
	l.agent = agent.New(l.IVR.Agent, agent.NewWeb(l.IVR.Agent))
	// A flow that is not there may be one of those that have problems.
	l.validate(func(name string) bool { return l.program(name) || len(flows) > 0 }, p.report)
	l.validateVoice(p.report)
	for _, f := range flows {
		p.problems = append(p.problems, Problem{File: f.File, Line: f.Line, Key: f.Node, Problem: f.Text, Remedy: f.Remedy})
	}
	p.hideSecrets()
	if len(p.problems) > 0 {
		slices.SortStableFunc(p.problems, func(a, b Problem) int {
			first := func(p Problem) int { // the configuration itself comes before what it names
				if p.File == file {
					return 0
				}
				return 1
			}
			return cmp.Or(first(a)-first(b), strings.Compare(a.File, b.File), a.Line-b.Line)
		})
		return nil, p.problems
	}
	return l, nil
}

// parsed is a configuration file under examination.
type parsed struct {
	file     string
	doc      yaml.Node
	problems []Problem
	warnings []string
	hidden   []hidden
}

func (p *parsed) add(line int, key, problem, remedy string) {
	p.problems = append(p.problems, Problem{File: p.file, Line: line, Key: key, Problem: problem, Remedy: remedy})
}

// report adds a problem of a key, at the line where the key stands; unless
// the key could not be read, which has been said.
func (p *parsed) report(key, problem, remedy string) {
	for _, said := range p.problems {
		if strings.HasPrefix(said.Key, key) {
			return
		}
	}
	if ref := p.reference(key); ref != "" {
		problem = ref + " holds nothing that can be used here" // the complaint may quote a part of it
	}
	p.add(lineOf(&p.doc, key), key, problem, remedy)
}

// read puts the file's values over those of c. It reports false if the file
// is no YAML at all.
func (p *parsed) read(data []byte, c *Config) bool {
	if err := yaml.Unmarshal(data, &p.doc); err != nil {
		line, text := yamlError(err.Error())
		p.add(line, "", text, "correct the YAML")
		return false
	}
	if len(p.doc.Content) == 0 {
		return true // an empty file: the defaults
	}
	p.oneDocument(data)
	root := p.doc.Content[0]
	p.secrets(root)
	p.assign(root, reflect.ValueOf(c).Elem(), "")
	return true
}

// oneDocument refuses what stands after the first document: nobody would read
// it.
func (p *parsed) oneDocument(data []byte) {
	d := yaml.NewDecoder(bytes.NewReader(data))
	var first, second yaml.Node
	if d.Decode(&first) == nil && d.Decode(&second) == nil {
		p.add(second.Line, "", "a second document begins here", "write everything in one, or remove it")
	}
}

var yamlLine = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)$`)

// yamlError takes the line out of a complaint of the library's.
func yamlError(text string) (line int, rest string) {
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		line, _ = strconv.Atoi(m[1])
		text = m[2]
	}
	return line, strings.TrimPrefix(text, "yaml: ")
}

// environment puts values of the environment over those of the file:
// PARLEY_HTTP_LISTEN is http.listen, PARLEY_DATA is data. With _FILE appended
// the value is read from a file.
func (p *parsed) environment(c *Config) {
	p.strangers(c)
	v := viper.New()
	v.SetEnvPrefix("PARLEY")
	v.SetEnvKeyReplacer(strings.NewReplacer(".", "_"))
	v.AutomaticEnv()
	walk(reflect.ValueOf(c).Elem(), "", func(key string, field reflect.Value) {
		name := "PARLEY_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
		value := v.GetString(key)
		if file := v.GetString(key + "_file"); file != "" {
			data, err := os.ReadFile(file)
			if err != nil {
				p.add(0, key, name+"_FILE cannot be read", "name a file that can be read")
				return
			}
			value = strings.TrimSpace(string(data))
			p.hidden = append(p.hidden, hidden{key: key, value: value, reference: "$" + name + "_FILE"})
		}
		if value == "" {
			return
		}
		// A string is taken as it is; anything else as YAML reads it.
		if field.Kind() == reflect.String {
			field.SetString(value)
		} else if err := yaml.Unmarshal([]byte(value), field.Addr().Interface()); err != nil {
			p.add(0, key, "the environment's "+name+" is not of the right kind", "set it to a value as in etc/parley.yaml")
		}
	})
}
