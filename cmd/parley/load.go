package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"sort"
	"strconv"
	"strings"

	"github.com/spf13/viper"
	"go.yaml.in/yaml/v3"

	"parley/ivr"
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
	file    string
	library *ivr.Library
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
	p.read(data, &l.Config)
	p.environment(&l.Config)
	var flows []ivr.Problem
	l.library, flows = ivr.Load(l.dir(), l.IVR)
	l.validate(l.program, p.report)
	for _, f := range flows {
		p.problems = append(p.problems, Problem{File: f.File, Line: f.Line, Key: f.Node, Problem: f.Text, Remedy: f.Remedy})
	}
	if len(p.problems) > 0 {
		sort.SliceStable(p.problems, func(i, j int) bool { return p.problems[i].Line < p.problems[j].Line })
		return nil, p.problems
	}
	return l, nil
}

// parsed is a configuration file under examination.
type parsed struct {
	file     string
	doc      yaml.Node
	problems []Problem
}

func (p *parsed) add(line int, key, problem, remedy string) {
	p.problems = append(p.problems, Problem{File: p.file, Line: line, Key: key, Problem: problem, Remedy: remedy})
}

// report adds a problem of a key, at the line where the key stands.
func (p *parsed) report(key, problem, remedy string) {
	p.add(lineOf(&p.doc, key), key, problem, remedy)
}

// read puts the file's values over those of c. It takes the YAML apart by
// itself: keys are strict and keep their case and their lines.
func (p *parsed) read(data []byte, c *Config) {
	if err := yaml.Unmarshal(data, &p.doc); err != nil {
		line, text := yamlError(err.Error())
		p.add(line, "", text, "correct the YAML")
		return
	}
	if len(p.doc.Content) == 0 {
		return // an empty file: the defaults
	}
	root := p.doc.Content[0]
	p.secrets(root)
	p.unknown(root, reflect.TypeOf(*c), "")
	p.duplicates(root, "")
	if err := root.Decode(c); err != nil {
		lines := []string{err.Error()}
		if te := (*yaml.TypeError)(nil); errors.As(err, &te) {
			lines = te.Errors
		}
		for _, l := range lines {
			line, text := yamlError(l)
			p.add(line, keyAt(root, line), text, "give a value of the right kind")
		}
	}
}

var yamlLine = regexp.MustCompile(`^(?:yaml: )?line (\d+): (.*)$`)

func yamlError(text string) (line int, rest string) {
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		line, _ = strconv.Atoi(m[1])
		text = m[2]
	}
	text = strings.TrimPrefix(text, "yaml: ")
	if m := cannot.FindStringSubmatch(text); m != nil {
		text = fmt.Sprintf("%s is not a %s", m[1], kindName(m[2]))
	}
	return line, text
}

var cannot = regexp.MustCompile("^cannot unmarshal !!\\w+ `?(.*?)`? into (.*)$")

func kindName(goType string) string {
	switch {
	case goType == "time.Duration":
		return "time such as 500ms, 3s or 1m"
	case strings.HasPrefix(goType, "int"), strings.HasPrefix(goType, "uint"):
		return "whole number"
	case strings.HasPrefix(goType, "float"):
		return "number"
	case goType == "bool":
		return "true or false"
	case strings.HasPrefix(goType, "[]"):
		return "list"
	case goType == "string":
		return "text"
	}
	return "group of keys"
}

// unknown reports every key that no part of the program knows.
func (p *parsed) unknown(n *yaml.Node, t reflect.Type, path string) {
	switch {
	case n.Kind == yaml.AliasNode:
		p.unknown(n.Alias, t, path)
	case n.Kind == yaml.SequenceNode && t.Kind() == reflect.Slice:
		for i, item := range n.Content {
			p.unknown(item, t.Elem(), fmt.Sprintf("%s[%d]", path, i))
		}
	case n.Kind == yaml.MappingNode && t.Kind() == reflect.Struct:
		for i := 0; i+1 < len(n.Content); i += 2 {
			name := n.Content[i].Value
			f, ok := fieldByKey(t, name)
			if !ok {
				remedy := "remove it"
				if near := nearest(name, keysOf(t)); near != "" {
					remedy = "did you mean " + near + "?"
				}
				p.add(n.Content[i].Line, joinKey(path, name), "is not a key of the configuration", remedy)
				continue
			}
			p.unknown(n.Content[i+1], f.Type, joinKey(path, name))
		}
	}
}

// duplicates reports keys that stand twice in one group.
func (p *parsed) duplicates(n *yaml.Node, path string) {
	seen := map[string]bool{}
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode {
			if i%2 == 1 {
				continue
			}
			if seen[c.Value] {
				p.add(c.Line, joinKey(path, c.Value), "stands here a second time", "keep one of them")
			}
			seen[c.Value] = true
			p.duplicates(n.Content[i+1], joinKey(path, c.Value))
		} else {
			p.duplicates(c, path)
		}
	}
}

// secret matches a value that stands elsewhere: ${env:NAME} or ${file:/path}.
var secret = regexp.MustCompile(`^\$\{(env|file):([^}]+)\}$`)

// secrets fetches the values that stand elsewhere. What they are never
// appears in a problem.
func (p *parsed) secrets(n *yaml.Node) {
	for _, c := range n.Content {
		p.secrets(c)
	}
	m := secret.FindStringSubmatch(n.Value)
	if n.Kind != yaml.ScalarNode || m == nil {
		return
	}
	value, ok := os.LookupEnv(m[2])
	if m[1] == "file" {
		data, err := os.ReadFile(m[2])
		value, ok = strings.TrimSpace(string(data)), err == nil
	}
	if !ok {
		p.add(n.Line, "", fmt.Sprintf("%s %s cannot be read", m[1], m[2]), "set it, or write the value here")
	}
	n.Value = value
}

// environment puts values of the environment over those of the file:
// PARLEY_HTTP_LISTEN is http.listen, PARLEY_DATA is data. With _FILE appended
// the value is read from a file.
func (p *parsed) environment(c *Config) {
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
