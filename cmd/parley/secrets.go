package main

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// secret matches a value that stands elsewhere: ${env:NAME} or ${file:/path}.
var secret = regexp.MustCompile(`^\$\{(env|file):([^}]+)\}$`)

// secrets fetches the values that stand elsewhere. What they are never
// appears in a problem.
func (p *parsed) secrets(n *yaml.Node) {
	for i, c := range n.Content {
		if n.Kind != yaml.MappingNode || i%2 == 1 { // keys are no secrets
			p.secrets(c)
		}
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
	n.Style |= fetched
	if !ok { // what stands there stays, so that nobody finds it missing too
		p.add(n.Line, "", fmt.Sprintf("%s %s cannot be read", m[1], m[2]), "set it")
		return
	}
	p.hidden = append(p.hidden, hidden{node: n, value: value, reference: n.Value})
	n.Value = value
}

// hidden is a value that stands elsewhere: in a problem its reference stands
// for it.
type hidden struct {
	node             *yaml.Node // in the file
	key              string     // or of the environment
	value, reference string
}

// shown returns a node's value as a problem may show it.
func (p *parsed) shown(n *yaml.Node) string {
	for _, h := range p.hidden {
		if h.node == n {
			return h.reference
		}
	}
	return n.Value
}

// reference returns what stands for a key's value if that is hidden.
func (p *parsed) reference(key string) string {
	at := nodeOf(&p.doc, key)
	for _, h := range p.hidden {
		if h.key == key && key != "" || h.node != nil && h.node == at {
			return h.reference
		}
	}
	return ""
}

// leastSecret is the length from which a value is looked for in the words of
// problems of other keys. A shorter one is part of too much.
const leastSecret = 4

// hideSecrets puts references for the values in every problem.
func (p *parsed) hideSecrets() {
	for _, h := range p.hidden {
		if len(h.value) < leastSecret {
			continue
		}
		quoted := strings.Trim(strconv.Quote(h.value), `"`)
		hide := strings.NewReplacer(h.value, h.reference, quoted, h.reference)
		for i := range p.problems {
			q := &p.problems[i]
			q.File, q.Key, q.Problem, q.Remedy = hide.Replace(q.File), hide.Replace(q.Key), hide.Replace(q.Problem), hide.Replace(q.Remedy)
		}
	}
}
